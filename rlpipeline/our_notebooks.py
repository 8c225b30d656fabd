"""Our notebooks, and those of a service that stand in their place or beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
COUNTING, OWN_INDICATORS = "calcul", "mes_indicateurs"
"""The notebook that counts, run before the chapters, and the one that declares the indicators of the service's own."""

TEXT = re.compile(
    r"\"{3}.*?\"{3}|'{3}.*?'{3}|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?", re.DOTALL
)
COMMENT = re.compile(r"#.*")
SERVED = "rlpipeline.served"
"""Audit event (``sys.audit``) by which who serves a notebook a part of a file tells which: the path, then the part; the
path alone before the file is opened."""
MOST_SHOWN = 50
"""Characters of a cell that name it."""


def beside_or_inside(folder: str) -> Path:
    """A folder of ours that is no Python: inside the package where that is installed, beside it in its repository."""
    return PACKAGE / folder if (PACKAGE / folder).is_dir() else PACKAGE.parent / folder


OURS = beside_or_inside("notebooks")


def cell_words(number: int, source: str) -> str:
    """Name a cell of code as who opens the notebook finds it: its number among those of code, its first words."""
    shown = first_words(source)
    return f"cellule de code n° {number} (« {shown} »)" if shown else f"cellule de code n° {number}"


def first_words(source: str) -> str:
    """Give what a cell begins with, cut where it is long; comments and texts, which may name somebody, are left out."""
    bare = COMMENT.sub("", TEXT.sub('"…"', source))
    written = " ".join(bare.split())
    return written if len(written) <= MOST_SHOWN else f"{written[: MOST_SHOWN - 1]}…"


def every_notebook(notebooks: Path, ours: bool) -> Mapping[str, Path]:
    """The notebooks of a folder by their name, and those of rlpipeline of another name where they are asked for."""
    folders = (OURS, notebooks) if ours else (notebooks,)
    return {path.name: path for folder in folders for path in sorted(folder.glob("*.ipynb"))}


def counting_notebook(notebooks: Path) -> Path:
    """The notebook that counts: the service's own where there is one beside its chapters, else ours."""
    own = notebooks / f"{COUNTING}.ipynb"
    return own if own.is_file() else OURS / own.name
