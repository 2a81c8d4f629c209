"""The rows of the table, by the names that the command line knows, and what holds them back."""

import costs
import effects
import honesty

ROWS = {row.__name__.replace("_", "-"): row for row in (
    costs.reads_per_sweep, costs.cpu_per_sweep, costs.end_to_end, costs.delivered,
    honesty.impossible, honesty.exact, honesty.truth, effects.pauses, effects.slowed,
    costs.dump, costs.memory)}

NOTES = {
    "reads-per-sweep": "Reads per sweep: beyond the one that reads all threads there are the looks at"
    " operands, a few calls each within a fixed budget of processor time. Most of them are made in the"
    " first seconds, since those at one line grow rarer.",
    "cpu-per-sweep": "CPU per sweep: up to CPython 3.12 no number tells that code objects may have"
    " been replaced, so each one on the stack is confirmed in every sweep. From 3.13 on a sweep is one"
    " process_vm_readv of five parts and one look at the thread's account, and the kernel takes 2.9 us"
    " for the former alone where this was measured: a hundredth of py-spy's leaves 1.2 us for the rest."
    " Tachyon's cache spares it the outer frames; it needs marks in the target, which unslow does not"
    " write to.",
    "end-to-end": "CPU per stack end to end: a timer that wakes a process costs it 15 us where this"
    " was measured, whatever is done then; after each sleep memory is cold, which makes a sweep cost"
    " three times what it does without sleeping.",
    "delivered": "Delivered at 10 kHz: between two instants unslow sleeps, and counts those as missed"
    " that it is woken too late for; Tachyon keeps a processor to itself. Four threads at 10 kHz are"
    " 40,000 stacks a second at most, whoever looks.",
    "impossible": "Impossible stacks: a frame's words are read one after the other; where calls take"
    " less time than that, a few links are of two instants, and how many differs from run to run.",
    "exact": "Exact mode at 10 kHz: each look seizes the threads that run and lets go of them again, so"
    " that the target is free whatever happens to unslow; that takes longer than 0.1 ms.",
    "truth": "Distance to exact mode: where calls last less than a look takes, some are told as"
    " `<too fast to see>` below the line that makes them, which exact mode sees.",
    "pauses": "Time stopped: unslow seizes the threads anew in every look, where py-spy stays attached.",
    "memory": "Growth over a day: stacks grow ever more slowly, 93,000 in the first 8 hours and 30,000 in"
    " the next 16. What moves more is how much of what was freed the allocator gives back: between 76"
    " and 110 MiB within one run.",
}
