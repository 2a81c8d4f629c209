"""What every instruction of this Python does to the height of the stack: its number, how many cache units
follow it, and for some arguments the change if it does not jump and if it does."""

import dis
import opcode

try:
    import _opcode_metadata as metadata

    numbers = {**metadata.opmap, **metadata._specialized_opmap}
    families = metadata._specializations
except ImportError:
    numbers = dis._all_opmap
    families = opcode._specializations

base = {name: family for family, names in families.items() for name in names}
with_argument = getattr(dis, "hasarg", range(dis.HAVE_ARGUMENT, 256))
entries = opcode._inline_cache_entries


def caches(name):
    return entries.get(name, 0) if hasattr(entries, "get") else entries[numbers[name]]


for name, number in numbers.items():
    family = base.get(name, name)
    meant = numbers[family]
    if number > 255 or name.startswith("INSTRUMENTED_") or name in ("CACHE", "RESERVED"):
        continue
    effects = []
    for argument in (0, 1, 2, 3, 4, 5, 7, 10, 15, 63, 255, 300):
        if family == "BUILD_SLICE" and argument not in (2, 3):
            continue
        given = argument if meant in with_argument else None
        try:
            effect = [dis.stack_effect(meant, given, jump=jump) for jump in (False, True)]
        except ValueError:
            continue
        effects.append(f"{argument}:{effect[0]}:{effect[1]}")
    print(number, name, family, caches(family), ",".join(effects))
