"""Words planted in every text of the records: they are found where the report prints them, and nowhere else.

Slow: builds of both editions, which alone show a text of the records where nobody prints it.
"""

from __future__ import annotations

import platform
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tests.execution.made_up import PARAMETERS
from tests.hostile.planted_words import KEYS, PERSON, TEXTS, Column, Planted, word
from tests.publications import Contents, contents_of, published, traces

pytestmark = pytest.mark.slow

CANARY = re.compile(r"zqx([a-z]+)qz", re.IGNORECASE)
WORDS: frozenset[Column] = frozenset(
    {
        ("personnel", "poste"),
        *(("financements", name) for name in ("financeur", "objet")),
        *(("reseaux", name) for name in ("nom", "objet", "modalites", "formalise")),
        *(("instances", name) for name in ("instance", "champ")),
        *(("partenaires", name) for name in ("nom", "domaine")),
        *(("actions", name) for name in ("libelle", "partenaires", "financements")),
        *(("territoires", name) for name in ("indicateur", "unite", "source")),
        *(("diagnostics", name) for name in ("quartier", "indicateur")),
        ("clef", "id_action"),  # the code of an action's column in indicateurs.csv
    }
)
"""What every edition prints: nothing of it is about one person."""
PRINTED: Mapping[str, frozenset[Column]] = {
    "interne": WORDS
    | {
        ("clef", "id_jeune"),
        ("clef", "id_suivi"),
        ("suivis", "educateur"),
        ("orientations", "partenaire"),
    }
    | {
        ("temps", "educateur"),
        ("personnel", "precision"),
        ("diagnostics", "commentaire"),
        ("demandes", "motif"),
    },
    "diffusion": WORDS,
}
ALERTS = {"clef id_jeune", "clef id_suivi"}
"""Printed in ``alertes.csv`` alone, and carried by the chapter that publishes it; educators have a table too."""
FOLDERS = {"interne": "", "diffusion": "diffusion"}
TOOLS = (
    "openpyxl",
    "matplotlib",
    "papermill",
    "nbconvert",
    "Pillow",
    "ipykernel",
    "Traceback (most recent",
)


NAMES = {word(column)[3:-2]: column for column in (*TEXTS, *KEYS)}


def canaries(content: bytes) -> set[Column]:
    return {
        NAMES[found.lower()] for found in CANARY.findall(content.decode("utf-8", errors="ignore"))
    }


@pytest.mark.parametrize("edition", ["interne", "diffusion"])
def test_only_what_is_printed_gets_out(planted: Planted, root: Path, edition: str) -> None:
    directory = planted.published / FOLDERS[edition]
    tree = {
        name: content
        for name, content in published(directory).items()
        if not name.startswith("diffusion/")
    }
    contents = contents_of(tree)
    places: dict[Column, set[str]] = {}
    for name, content in contents:
        for column in canaries(content):
            places.setdefault(column, set()).add(name)
    assert places.keys() == PRINTED[edition]
    listed = set().union(
        *(places.get(column, set()) for column in places if " ".join(column) in ALERTS)
    )
    assert listed == (
        {"alertes.csv", *_chapters_that_list(tree)} if edition == "interne" else set()
    )
    assert not canaries(planted.said.encode())
    host = [name for name in (platform.node(),) if len(name) > 5]
    assert not traces(contents, [PERSON, str(root), str(planted.place), sys.prefix, *host])
    assert not _named_tools(contents)


def _chapters_that_list(tree: Mapping[str, bytes]) -> set[str]:
    return {
        name
        for name, content in tree.items()
        if b'"alertes.csv"' in content and name.endswith(".ipynb")
    }


def _named_tools(contents: Contents) -> list[str]:
    """Where a tool signs its work; the manifest, made for that, has the versions."""
    shared = [(name, content) for name, content in contents if name != "manifest.json"]
    return [
        f"{name}: {tool}" for name, content in shared for tool in TOOLS if tool.encode() in content
    ]


ORDINARY = """from rlpipeline.report import open_report
import sys, warnings
report = open_report(source, params, year, commune, edition)
warnings.warn("lent")
print(object(), sys.prefix, sys.path, file=sys.stderr)
1 / 0"""
QUOTING = """from rlpipeline.report import open_report
report = open_report(source, params, year, commune, edition)
raise ValueError(report.records("jeunes").to_string())"""


KERNEL = {"name": "python3", "display_name": "x", "language": "python"}


def copied(planted: Planted, place: Path) -> Planted:
    """The same service in a folder where it may be changed."""
    for name in ("source", "params"):
        shutil.copytree(planted.place / name, place / name)
    return Planted(place)


def chapter(path: Path, source: str) -> None:
    cells = [
        v4.new_markdown_cell("# Titre", id="titre"),
        v4.new_code_cell(PARAMETERS, id="parametres", metadata={"tags": ["parameters"]}),
        v4.new_code_cell(source, id="echec"),
    ]
    path.parent.mkdir(exist_ok=True)
    nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)


def test_a_failed_build_tells_no_value(planted: Planted, root: Path, tmp_path: Path) -> None:
    chapter(tmp_path / "notebooks" / "01_ordinaire.ipynb", ORDINARY)
    chapter(tmp_path / "notebooks" / "02_citation.ipynb", QUOTING)
    failing = replace(copied(planted, tmp_path), notebooks=tmp_path / "notebooks")
    code, told = failing.build("--edition", "interne")
    assert code == 1
    assert "ZeroDivisionError" in told
    assert not canaries(told.encode())
    kept = {path.stem: path for path in tmp_path.joinpath("out").rglob("*.ipynb")}
    assert kept.keys() == {"01_ordinaire", "02_citation"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept.values())
    everything = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file() and path.stem != "02_citation"
    }
    assert not set().union(*map(canaries, everything.values()))
    assert not traces(contents_of(everything), [PERSON, str(root), str(tmp_path), sys.prefix])
    assert canaries(
        kept["02_citation"].read_bytes()
    )  # what an analyst quotes is for her alone, in her own folder


def test_a_build_refused_for_its_records_tells_no_value(planted: Planted, tmp_path: Path) -> None:
    refused = copied(planted, tmp_path)
    with (tmp_path / "source" / "demandes.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"2023-05-01,62215,{word(('demandes', 'motif'))},,acceptee,\n")
    code, told = refused.build("--edition", "interne")
    assert code == 3
    assert "demandes" in told
    assert not canaries(told.encode())


def test_every_text_of_the_records_is_planted(planted: Planted) -> None:
    everything = b"".join(path.read_bytes() for path in (planted.place / "source").iterdir())
    assert canaries(everything) == {*TEXTS, *KEYS}
