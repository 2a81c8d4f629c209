"""Infers the primary keys of the models of a large project. TIMES"""

import sys
import time
from types import SimpleNamespace

from parts import hollow

hollow.imports("dbt", "dbt.parser.manifest", also=["dbt_common", "dbt_semantic_interfaces", "msgpack"])

from dbt.contracts.graph.nodes import GenericTestNode, ModelNode
from dbt.parser.manifest import ManifestLoader

MODELS = 3000


def node(cls, unique_id, **attributes):
    """Without the many things that are read from a project."""
    made = cls.__new__(cls)
    made.__dict__.update(unique_id=unique_id, **attributes)
    return made


def model(i):
    made = node(ModelNode, f"model.shop.orders_{i}", created_at=time.time() + 1)
    made.infer_primary_key = lambda tests: [test.column for test in tests]
    return made


def main():
    models = [model(i) for i in range(MODELS)]
    tests = [node(GenericTestNode, f"test.shop.{kind}_{i}", attached_node=it.unique_id, column=kind)
             for i, it in enumerate(models) for kind in ("unique", "not_null", "accepted_values")]
    loader = ManifestLoader.__new__(ManifestLoader)
    loader.started_at = time.time()
    loader.manifest = SimpleNamespace(nodes={it.unique_id: it for it in models + tests}, disabled={})
    for _ in range(int(sys.argv[1])):
        loader.process_model_inferred_primary_keys()
    print(sum(len(it.primary_key) for it in models))


main()
