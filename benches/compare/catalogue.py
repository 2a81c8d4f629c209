"""The tools: what each is run with. Settings are the tools' own defaults; what a command adds to
them chooses an output or a length.

In a command {bin} is the folder of the peers, {python} the interpreter, {path} the sample and
{arguments} its arguments, {script} both, {program} all three, {out} where to write, {from} what `run`
wrote, {pid} a process.
"""

from dataclasses import dataclass, field

SETTLED, NEWEST = "3.13", "3.15"


@dataclass(frozen=True, eq=False)
class Tool:
    name: str
    settings: str  # its defaults, in words
    run: str  # runs the program and writes what is read
    packages: str = ""  # of pip
    python: str = SETTLED
    convert: str = ""  # from what `run` wrote to what is read, where that is another file
    attach: str = ""  # to a process, for five seconds
    help: str = ""  # where it would say that it can attach
    outside: bool = True  # is it a process of its own
    formats: dict = field(default_factory=dict)  # name -> command, from what `run` wrote if it says so
    ending: str = ""  # that it adds to the name of what it writes
    text: str = ""  # what is printed for people, where the default run does not
    memory: str = ""
    native: str = ""


TACHYON = "{python} -m profiling.sampling"
TOOLS = [
    Tool("unslow", "100 Hz", "{unslow} run -q -o {out} -f json -- {program}",
         attach="{unslow} attach {pid} -d 5 -q -o {out} -f json",
         text="{unslow} run -- {program}",
         formats={name: "{unslow} run -q -o {out}." + ending + " -- {program}" for name, ending in {
             "HTML": "html", "SVG": "svg", "pprof": "pb.gz", "JSON": "json", "SARIF": "sarif",
             "JUnit": "junit.xml", "Markdown": "md", "text": "txt", "speedscope": "speedscope.json",
             "folded": "folded", "callgrind": "callgrind", "pstats": "pstats",
             "Chrome": "trace.json", "Firefox": "firefox.json"}.items()}),
    Tool("py-spy", "100 Hz, stops the process for each look",
         "{bin}/py-spy record -f raw -o {out} -- {program}", "py-spy==0.4.3",
         attach="{bin}/py-spy record -f raw -o {out} -d 5 -p {pid}",
         formats={name: "{bin}/py-spy record -f " + kind + " -o {out} -- {program}" for name, kind in {
             "SVG": "flamegraph", "speedscope": "speedscope", "folded": "raw",
             "Chrome": "chrometrace"}.items()},
         native="{bin}/py-spy record --native -f raw -o {out} -- {program}"),
    Tool("Tachyon", "1 kHz", TACHYON + " run --jsonl -o {out} {script}", python=NEWEST,
         attach=TACHYON + " attach --jsonl -o {out} -d 5 {pid}",
         formats={name: f"{TACHYON} run --{kind} -o {{out}} {{script}}" for name, kind in {
             "HTML": "flamegraph", "HTML heat map": "heatmap", "folded": "collapsed",
             "Firefox": "gecko", "pstats": "pstats", "JSON lines": "jsonl", "binary": "binary"}.items()},
         text=TACHYON + " run --heatmap --opcodes -o {out} {script}",
         native=TACHYON + " run --native --collapsed -o {out} {script}"),
    Tool("Austin", "10 kHz", "{austin} -o {out} {program}", "austin-dist==4.0.0 austin-python==2.4.0",
         convert="{bin}/python {programs}/mojo.py {from}",
         attach="{austin} -x 5 -o {out} -p {pid}",
         formats={"its own": "{austin} -o {out} {program}", "folded": "{bin}/mojo2austin {from} {out}",
                  "pprof": "{bin}/austin2pprof {from} {out}",
                  "speedscope": "{bin}/austin2speedscope {from} {out}"},
         memory="{austin} -m -o {out} {program}"),
    Tool("Scalene", "processor time at 100 Hz, memory",
         "{bin}/scalene run -o {out} {path} --- {arguments}", "scalene==2.4.0", outside=False, ending=".json",
         help="{bin}/scalene run --help-advanced",
         formats={"JSON": "{bin}/scalene run -o {out} {path} --- {arguments}",
                  "HTML": "{bin}/scalene view --standalone {from}"},
         text="{bin}/scalene view --cli {from}",
         memory="{bin}/scalene run -o {out} {path} --- {arguments}",
         native="{bin}/scalene run -o {out} {path} --- {arguments}"),
    Tool("memray", "every allocation; tells bytes, not time",
         "{bin}/memray run -f -o {out} {script}", "memray==1.20.0", outside=False,
         convert="{bin}/memray stats --json -f -o {out} {from}",
         attach="{bin}/memray attach -f --duration 5 -o {out} {pid}",
         formats={"its own": "{bin}/memray run -f -o {out} {script}",
                  "HTML": "{bin}/memray flamegraph -f -o {out} {from}",
                  "HTML table": "{bin}/memray table -f -o {out} {from}",
                  "JSON": "{bin}/memray stats --json -f -o {out} {from}",
                  "CSV": "{bin}/memray transform csv -f -o {out} {from}",
                  "gprof2dot": "{bin}/memray transform gprof2dot -f -o {out} {from}",
                  "speedscope": "{bin}/memray transform speedscope -f -o {out} {from}"},
         text="{bin}/memray summary {from}",
         memory="{bin}/memray run -f -o {out} {script}",
         native="{bin}/memray run --native -f -o {out} {script}"),
    Tool("pyinstrument", "1 kHz", "{bin}/pyinstrument -r json -o {out} {script}", "pyinstrument==5.1.3",
         outside=False, help="{bin}/pyinstrument --help",
         formats={name: "{bin}/pyinstrument -r " + kind + " -o {out} {script}" for name, kind in {
             "HTML": "html", "text": "text", "JSON": "json", "speedscope": "speedscope",
             "pstats": "pstats", "its own": "pyisession"}.items()},
         text="{bin}/pyinstrument {script}",
         native="{bin}/pyinstrument -r json -o {out} {script}"),
]
