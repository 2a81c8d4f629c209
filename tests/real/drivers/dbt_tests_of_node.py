"""Adds to a graph of models the edges from their tests. TIMES"""

import sys
from types import SimpleNamespace

import networkx

from parts import hollow

hollow.imports("dbt", "dbt.compilation", "dbt.node_types", also=["sqlparse", "hologram", "logbook"])

from dbt.compilation import Compiler, Linker
from dbt.node_types import NodeType

CHAINS, LENGTH = 120, 6


class Node(SimpleNamespace):
    @property
    def depends_on_nodes(self):
        return self.depends_on.nodes


def node(kind, name, above):
    return Node(resource_type=kind, unique_id=f"{kind}.shop.{name}", depends_on=SimpleNamespace(nodes=above))


class Manifest:
    def __init__(self, nodes):
        self.nodes = {it.unique_id: it for it in nodes}
        self.child_map = {name: [] for name in self.nodes}
        for it in nodes:
            for above in it.depends_on_nodes:
                self.child_map[above].append(it.unique_id)


def project():
    nodes = []
    for chain in range(CHAINS):
        above = []
        for step in range(LENGTH):
            model = node(NodeType.Model, f"{chain}_{step}", above)
            above = [model.unique_id]
            tests = [node(NodeType.Test, f"{kind}_{chain}_{step}", above) for kind in ("unique", "not_null")]
            nodes += [model, *tests]
    return Manifest(nodes)


def main():
    manifest = project()
    for _ in range(int(sys.argv[1])):
        linker = Linker()
        for it in manifest.nodes.values():
            linker.graph.add_node(it.unique_id)
            for above in it.depends_on_nodes:
                linker.graph.add_edge(above, it.unique_id)
        Compiler.__new__(Compiler).resolve_graph(linker, manifest)
    print(networkx.number_of_edges(linker.graph))


main()
