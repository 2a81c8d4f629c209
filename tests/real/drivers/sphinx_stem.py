"""Indexes the words of documents. TIMES"""

import random
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

from parts import hollow

WORDS = ["relational", "conditional", "formality", "hopefulness", "adjustable", "generalization",
         "oscillators", "sensibilities", "triplicate", "electrical", "documents", "configuration"]
DOCUMENTS, LENGTH = 400, 900


def converted(folder):
    """The checkout as its own setup.py gives it to Python 3."""
    warnings.simplefilter("ignore")
    from lib2to3.refactor import RefactoringTool, get_fixers_from_package

    tool = RefactoringTool(get_fixers_from_package("lib2to3.fixes"))
    for name in ("search/__init__.py", "search/en.py", "util/stemmer.py"):
        source = next(path for it in sys.path if (path := Path(it, "sphinx", name)).is_file())
        made = Path(folder, "sphinx", name)
        made.parent.mkdir(parents=True, exist_ok=True)
        # Flags stand first in a pattern since 3.11.
        made.write_text(str(tool.refactor_string(source.read_text(), name)).replace("'\\w+(?u)'", "'(?u)\\w+'"))
        shutil.copystat(source, made)
    sys.path.insert(0, folder)


class Document:
    """As much of a doctree as the index asks for."""

    def __init__(self, text):
        self.text = text

    def walk(self, visitor):
        visitor.found_words.extend(visitor.lang.split(self.text))


def main():
    chance = random.Random(1)
    vocabulary = [f"{word}{ending}" for word in WORDS for ending in ("", "s", "ly", "ing", "ness", "ed")]
    documents = [Document(" ".join(chance.choices(vocabulary, k=LENGTH))) for _ in range(DOCUMENTS)]
    for _ in range(int(sys.argv[1])):
        index = IndexBuilder(None, "en", {}, None)
        for i, document in enumerate(documents):
            index.feed(f"document_{i}", "Configuration of documents", document)
    print(len(index._mapping), len(index._title_mapping))


converted(tempfile.mkdtemp(prefix="sphinx"))
hollow.imports("sphinx", "sphinx.search", "sphinx.search.en", "sphinx.util.stemmer",
               also=["docutils", "Stemmer"])
from sphinx.search import IndexBuilder

main()
