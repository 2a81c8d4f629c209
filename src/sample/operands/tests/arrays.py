"""As frames.py, with arrays of the NumPy in the folder that is given."""

import sys

sys.path[:0] = [sys.argv[1], __file__.rpartition("/")[0]]
import numpy
from standing import here


class Own(numpy.ndarray):
    pass


def shapes(np):
    flat = np.zeros(7)
    table = np.zeros((3, 40))
    empty = np.zeros((0, 5))
    part = table[:, 1]
    no_dimension = np.array(1.5)
    number = np.float64(2)
    own = np.zeros(4).view(Own)
    masked = np.ma.masked_array([1, 2, 3])
    resized = np.zeros(4)
    resized.resize((9, 2), refcheck=False)
    here("shapes")


def dtypes(np):
    kinds = "? b B h H i I l L q Q e f d F D O S3 U2 M8[ns] m8[s]"
    a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u = map(
        np.zeros, [2] * 21, kinds.split()
    )
    record = np.zeros(2, [("x", "i4"), ("y", "f8")])
    swapped = np.zeros(2, ">f8")
    del kinds
    here("dtypes")


def boxed(np):
    floats = np.arange(10_000.0).astype(object)
    mixed = np.array([1, 2.5, True, None], dtype=object)
    long = np.array([1, 2**63, -(2**63)], dtype=object)
    fits = np.array([2**63 - 1, -(2**63)], dtype=object)
    backwards = np.array([1.5, 0, 2.5, 0], dtype=object)[::-2]
    column = np.array([["a", 1], ["b", 2]], dtype=object)[:, 1]
    scalars = np.array([np.float64(1), np.float64(2)], dtype=object)
    no_element = np.array([], dtype=object)
    here("boxed")


def spread(np):
    own = np.arange(10_000.0).astype(object).view(Own)
    half = np.array([0.5] * 5_000 + ["a"] * 5_000, dtype=object)
    here("spread")


def hold(function):
    function(numpy)


hold(shapes)
hold(dtypes)
hold(boxed)
hold(spread)
