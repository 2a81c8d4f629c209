"""Asks all plugins for the fields of many items. TIMES"""

import sys

from beets import plugins

ITEMS = 150_000


def main():
    for i in range(25):
        plugins._classes.add(type(f"Plugin{i}", (plugins.BeetsPlugin,), {"template_fields": {f"field{i}": len}}))
    fields = 0
    for _ in range(int(sys.argv[1])):
        fields = sum(len(plugins.item_field_getters()) for _ in range(ITEMS))
    print(fields)


main()
