"""Stand-ins for what a module imports and its slow path does not use, where the versions of that time
cannot be installed or do not run on the CPythons of today."""

import importlib.abc
import importlib.machinery
import sys
import types
from pathlib import Path


def imports(root, *needed, also=()):
    """From now on, of the package `root` only the modules `needed` are what they are; its others, and
    packages in `also`, have any name that is asked of them, as a class that does nothing."""
    folder = next(Path(it, root) for it in sys.path if Path(it, root).is_dir())
    sys.meta_path.insert(0, Finder(root, folder, needed, also))


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, root, folder, needed, also):
        self.root, self.folder, self.needed, self.also = root, folder, needed, also

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if name in self.needed or top not in (self.root, *self.also):
            return None
        spec = importlib.machinery.ModuleSpec(name, self, is_package=True)
        if top == self.root:
            spec.submodule_search_locations = [str(self.folder.joinpath(*name.split(".")[1:]))]
        return spec

    def create_module(self, spec):
        return Module(spec.name)

    def exec_module(self, module):
        pass


class Module(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = Anything(name, (), {"__init__": lambda self, *_, **__: None})
        setattr(self, name, made)
        return made


class Anything(type):
    """A class that may stand in an annotation, a list of bases or a decorator."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = Anything(name, (), {"__init__": lambda self, *_, **__: None})
        setattr(cls, name, made)
        return made

    def __getitem__(cls, item):
        return cls
