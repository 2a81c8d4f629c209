"""As frames.py, with frames and series of the pandas in the folder that is given."""

import sys

sys.path[:0] = [sys.argv[1], __file__.rpartition("/")[0]]
import numpy
import pandas
from standing import here


class Own(pandas.DataFrame):
    pass


class Store:
    def __init__(self, table):
        self.table = table


def frames(pd, np):
    table = pd.DataFrame({"a": np.arange(7.0), "b": range(7), "c": np.arange(7)})
    empty = pd.DataFrame()
    dated = table.set_index(pd.date_range("2024-01-01", periods=7))
    own = Own(table)
    store = Store(table)
    assert store.table is table
    here("frames")


def series(pd, np):
    numbers = pd.Series(np.arange(5.0))
    keyed = pd.Series([1, 2, 3], index=[5, 7, 9])
    dates = pd.Series(pd.date_range("2024-01-01", periods=4))
    kinds = pd.Series(["a", "b", "a"], dtype="category")
    things = pd.Series([1, "a", None], dtype=object)
    values = pd.DataFrame({"a": [1.5, 2.5], "b": [3.5, 4.5]}, dtype=object)
    fields = pd.DataFrame({"a": np.array([1, 2], dtype=object), "b": [0.5, 1.5]})
    here("series")


def hold(function):
    function(pandas, numpy)


hold(frames)
hold(series)
