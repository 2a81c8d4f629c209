"""The rows of the table, by the names that the command line knows."""

import costs
import effects
import honesty

ROWS = {row.__name__.replace("_", "-"): row for row in (
    costs.reads_per_sweep, costs.cpu_per_sweep, costs.end_to_end, costs.delivered,
    honesty.impossible, honesty.exact, honesty.truth, effects.pauses, effects.slowed,
    costs.dump, costs.memory)}
