"""Works off a queue of models that depend on each other. TIMES"""

import sys
from types import SimpleNamespace

import networkx

from parts import hollow

hollow.imports("dbt", "dbt.graph.queue", "dbt.node_types", also=["dbt_common"])

from dbt.graph.queue import GraphQueue

CHAINS, LENGTH = 400, 8


def main():
    done = 0
    for _ in range(int(sys.argv[1])):
        graph = networkx.DiGraph()
        for chain in range(CHAINS):
            networkx.add_path(graph, [f"model.shop.{chain}_{step}" for step in range(LENGTH)])
        manifest = SimpleNamespace(expect=lambda name: SimpleNamespace(unique_id=name))
        queue = GraphQueue(graph, manifest, set(graph))
        done = 0
        while not queue.empty():
            queue.mark_done(queue.get().unique_id)
            done += 1
    print(done)


main()
