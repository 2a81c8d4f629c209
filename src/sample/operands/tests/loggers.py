"""As frames.py, with loggers."""

import sys
from logging import NullHandler, getLogger

sys.path[:0] = [__file__.rpartition("/")[0]]

from standing import here


class Journal:
    """Has a cache as a logger has, and is none."""

    def __init__(self):
        self._cache = {10: False}


class Logger:
    """Has but the name."""

    def __init__(self):
        self._cache = {"10": False, 20: "no", 25: False}


class Holder:
    def __init__(self, log):
        self.log = log


def loggers(log):
    log.setLevel(30)
    log.debug("no")
    log.info("no")
    here("asked")
    log.warning("yes")
    log.setLevel(20)
    here("unasked")
    log.info("yes")
    log.debug("no")
    here("again")


def others(root, journal, named, holder):
    root.isEnabledFor(20)
    assert holder.log.isEnabledFor(40)
    here("others")


getLogger().addHandler(NullHandler())
loggers(getLogger("a.b"))
others(getLogger(), Journal(), Logger(), Holder(getLogger("c")))
