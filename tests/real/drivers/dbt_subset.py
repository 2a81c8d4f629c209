"""Picks some nodes of a large graph. TIMES"""

import sys

import networkx

from parts import hollow

hollow.imports("dbt", "dbt.graph.graph")

from dbt.graph.graph import Graph

CHAINS, LENGTH = 12, 300


def main():
    graph = networkx.DiGraph()
    for chain in range(CHAINS):
        networkx.add_path(graph, [f"model.shop.{chain}_{step}" for step in range(LENGTH)])
    picked = [name for i, name in enumerate(sorted(graph)) if i % 10 != 0]
    for _ in range(int(sys.argv[1])):
        subset = Graph(graph).get_subset_graph(picked)
    print(len(list(subset)))


main()
