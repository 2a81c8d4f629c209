"""Every instruction of this Python, specialised forms included: number, name, what it specialises."""

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
for name, number in numbers.items():
    if number < 256:
        print(number, name, base.get(name, name))
