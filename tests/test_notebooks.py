"""The chapters: how they are laid out, and that each runs from top to bottom for the service and for a commune."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from mypy import api as mypy
from nbformat import NotebookNode
from papermill import inspect_notebook

from rlpipeline.display.chart_kinds import MIME as FIGURE_MIME
from rlpipeline.display.markup import FILE_MIME, TEXT_MIME
from rlpipeline.display.tables import MIME as TABLE_MIME
from rlpipeline.figures import SERVICE
from tests.declared import CHARTS, INDICATORS, LOOKS
from tests.display.samples import TEXTS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
NAMES = (
    "00_essentiel",
    "01_edito",
    "02_identite",
    "03_cadre",
    "04_organisation",
    "05_activite",
    "06_partenariat",
    "07_perspectives",
    "08_annexes",
)
PORTRAIT = ("00_essentiel", "03_cadre", "05_activite", "08_annexes")
TITLES = (
    "L'essentiel",
    "Édito",
    "Fiche d'identité",
    "Cadre d'intervention",
    "Organisation et fonctionnement du SPS",
    "Activité du SPS",
    "Partenariat",
    "Perspectives",
    "Annexes",
)
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "03_cadre": (
        "Cadre législatif et missions du SPS",
        "Cadre géographique d'intervention",
        "Publics cibles et problématiques",
    ),
    "04_organisation": ("Organigramme", "Modalités d'accueil du public", "Moyens logistiques", "Financements"),
    "05_activite": (
        "Profil des jeunes rencontrés dans le cadre du travail de rue et de la présence sociale",
        "Profil des jeunes accompagnés",
        "Accompagnement individuel",
        "Actions collectives",
    ),
    "06_partenariat": ("Réseaux", "Instances territoriales", "Partenariats informels"),
}
"""Sections of the printed report of 2023, in its order."""
SHOWN = tuple(id for id in INDICATORS if id != "mouvements")
"""Entrants and leavers are counted for what the findings tell, and are in no chapter."""
NOT_KEPT = {"origine_contact", "qpv", "temps_creneau", "objectifs"}
"""Tables of what the service of the example neither keeps nor declares."""
FIRST_TAGS = {"00_essentiel": ["sans-numero", "premiere-page"], "08_annexes": ["sans-numero"]}
DEFAULTS = {"year": 0, "commune": "", "edition": "interne", "source": "", "params": ""}


@cache
def read(name: str) -> NotebookNode:
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def code_cells(name: str) -> list[NotebookNode]:
    return [cell for cell in read(name).cells if cell.cell_type == "code"]


def asked(method: str, options: str = r'(?:, kind="[a-z]+", table=True|, folded=(?:True|"portrait"))?') -> list[str]:
    """Names given to ``report.<method>`` over all chapters, in order."""
    source = "\n".join(cell.source for name in NAMES for cell in code_cells(name))
    return re.findall(rf'^report\.{method}\("([a-z_0-9]+)"{options}\)$', source, re.MULTILINE)


def test_the_chapters_are_those_of_the_printed_report() -> None:
    others = ("accueil", "calcul", "mes_indicateurs", "modele")
    assert tuple(sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))) == (*NAMES, *others)
    assert tuple(read(name).cells[0].source.splitlines()[0] for name in NAMES) == tuple(f"# {one}" for one in TITLES)


@pytest.mark.parametrize("name", SECTIONS)
def test_the_sections_are_those_of_the_printed_report(name: str) -> None:
    headings = [cell.source for cell in read(name).cells if cell.source.startswith("## ")]
    assert headings == [f"## {title}" for title in SECTIONS[name]]


TABLES = "(?:table|figure)"
"""A table stands by itself, or folded under its chart."""
WITHOUT_CHART = {"financements", "actions"}
"""Tables that say it better than the chart that they may have."""


ELSEWHERE = {"temps_en_ligne", "moins_de_18", "anciennete_contact", "origine_contact", "qpv"}
"""The time on line stands with the street; what the printed report has not, beside a short section."""


def test_every_table_appears_once() -> None:
    assert sorted(asked(TABLES)) == sorted(SHOWN)


def test_the_tables_are_in_the_order_of_the_report() -> None:
    order = [id for id in asked(TABLES) if id not in ELSEWHERE]
    assert order == [id for id in SHOWN if id not in ELSEWHERE]


def test_every_figure_and_every_text_appears_once() -> None:
    assert {*asked("figure")} == {*CHARTS} - WITHOUT_CHART
    assert {*asked("figure", ', kind="slopes"')} == {id for id, look in LOOKS.items() if look.slopes}
    assert sorted(asked("text")) == sorted(TEXTS)


@pytest.mark.parametrize("name", [*NAMES, "modele"])
def test_layout(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    first, parameters, setup = notebook.cells[:3]
    assert (first.cell_type, tags(first)) == ("markdown", FIRST_TAGS.get(name, []))
    assert (parameters.cell_type, tags(parameters)) == ("code", ["parameters"])
    assert (setup.cell_type, tags(setup)) == ("code", ["setup"])
    assert not any(tags(cell) for cell in notebook.cells[3:])


@pytest.mark.parametrize("name", [*NAMES, "modele"])
def test_parameters(name: str) -> None:
    inferred = inspect_notebook(NOTEBOOKS / f"{name}.ipynb")
    assert {one: ast.literal_eval(inferred[one]["default"]) for one in inferred} == DEFAULTS
    assert all(inferred[one]["inferred_type_name"] == type(DEFAULTS[one]).__name__ for one in inferred)
    assert all(inferred[one]["help"] for one in inferred)


def test_every_table_is_declared_in_a_cell_in_the_order_of_the_report() -> None:
    source = "\n".join(cell.source for cell in code_cells("calcul"))
    assert re.findall(r'^table\(\n    "([a-z_0-9]+)",$', source, re.MULTILINE) == [*INDICATORS]


@pytest.mark.slow
def test_the_cells_that_declare_are_typed(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "calcul.py"
    path.write_text("\n\n".join(cell.source for cell in code_cells("calcul")), encoding="utf-8")
    said, _, code = mypy.run(["--config-file", str(root / "pyproject.toml"), str(path)])
    assert code == 0, said


@pytest.mark.parametrize("name", [*NAMES, "accueil", "calcul", "mes_indicateurs", "modele"])
def test_cells_are_short_readable_and_stripped(name: str) -> None:
    ids = [cell.id for cell in read(name).cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z-]{2,}", id) for id in ids)
    for cell in code_cells(name):
        assert (cell.outputs, cell.execution_count) == ([], None)
        assert name in {"calcul", "mes_indicateurs"} or len(cell.source.splitlines()) <= 6
        assert not any(isinstance(node, _FORBIDDEN) for node in ast.walk(ast.parse(cell.source)))


_FORBIDDEN = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.comprehension, ast.Try, ast.With)


@pytest.mark.parametrize("name", NAMES)
def test_no_number_and_no_path_but_the_defaults(name: str) -> None:
    for cell in read(name).cells:
        if "parameters" not in tags(cell):
            assert not re.search(r"\d", re.sub(r'"[a-z_]+_\d+"', "", cell.source)), cell.id  # a table's own name
            assert "/" not in cell.source, cell.id


Executed = Callable[[str, str], NotebookNode]


@pytest.fixture(scope="module")
def executed(demonstration: Path) -> Executed:
    """A chapter as the build of the demonstration ran it, for the service or a commune, without what papermill adds."""

    @cache
    def opened(name: str, territory: str) -> NotebookNode:
        notebook = nbformat.read(demonstration / "notebooks" / territory / f"{name}.ipynb", as_version=4)
        notebook.cells = [cell for cell in notebook.cells if cell.id != "injected-parameters"]
        return notebook

    return opened


def shown(notebook: NotebookNode) -> list[dict[str, Any]]:
    """What the cells of a chapter displayed."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"execute_result"}
    return [output.data for output in outputs]


def bundles(notebook: NotebookNode, mime: str) -> list[dict[str, Any]]:
    return [data[mime] for data in shown(notebook) if mime in data]


def test_the_service_shows_every_table_and_every_figure(executed: Executed) -> None:
    chapters = [executed(name, SERVICE) for name in NAMES]
    assert {bundle["id"] for one in chapters for bundle in bundles(one, TABLE_MIME)} == {*SHOWN} - NOT_KEPT
    assert {bundle["id"] for one in chapters for bundle in bundles(one, FIGURE_MIME)} == set(CHARTS) - WITHOUT_CHART
    assert [bundle["name"] for one in chapters for bundle in bundles(one, FILE_MIME)] == ["alertes.csv"]
    assert {bundle["name"] for one in chapters for bundle in bundles(one, TEXT_MIME)} >= TEXTS


def test_a_portrait_has_the_tables_that_a_commune_has(executed: Executed) -> None:
    found = {bundle["id"] for name in PORTRAIT for bundle in bundles(executed(name, "62637"), TABLE_MIME)}
    assert found == {id for id in SHOWN if INDICATORS[id].scope == "both"} - NOT_KEPT


def test_a_portrait_speaks_of_no_other_commune_s_young_people(executed: Executed) -> None:
    for name in PORTRAIT:
        words = " ".join(data["text/html"] for data in shown(executed(name, "62637")) if TABLE_MIME in data)
        text = BeautifulSoup(words, "html.parser").get_text(" ")
        for other in ("Carvin", "Courrières", "Libercourt"):
            assert f"– {other}" not in text
            assert f"{other} –" not in text
