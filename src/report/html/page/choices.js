// What of a recording can be chosen to be seen.

const GRAINS = ["expression", "line", "function"];
const APART = ["nothing", "process", "thread", "task"];

function standard() {
  return {
    finding: data.findings.length ? 0 : -1,
    search: "",
    regex: false,
    zoom: "",
    inverted: false,
    flame: false,
    mine: false,
    grain: data.view.functions ? "function" : "expression",
    apart: data.view.by_thread ? "thread" : data.view.tasks ? "task" : "nothing",
    idle: data.view.idle,
    gil: data.view.gil,
    waits: false,
    gc: data.view.gc,
    raises: false,
    task: data.view.tasks,
    hidden: "",
    file: "",
    line: 0,
    whole: false,
  };
}

/** Another way to see it than there is becomes the usual one. */
function checkChoices() {
  if (!GRAINS.includes(state.grain)) state.grain = STANDARD.grain;
  if (!APART.includes(state.apart)) state.apart = STANDARD.apart;
  if (!data.findings[state.finding]) state.finding = -1;
}
