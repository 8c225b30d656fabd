"""The chapters: how they are laid out, and what the service and a commune see of them once they have run."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from mypy import api as mypy
from nbformat import NotebookNode
from papermill import inspect_notebook

from rlpipeline.display.cells import FILE_MIME, TEXT_MIME
from rlpipeline.display.charts import MIME as FIGURE_MIME
from rlpipeline.display.tables import MIME as TABLE_MIME
from rlpipeline.execution.notebook_files import NOTE, has_tag
from rlpipeline.figures import SERVICE
from tests.declared import CHARTS, INDICATORS, NOT_KEPT
from tests.display.samples import TEXTS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
TITLES = {
    "00_essentiel": "L'essentiel",
    "01_edito": "Édito",
    "02_identite": "Fiche d'identité",
    "03_cadre": "Cadre d'intervention",
    "04_organisation": "Organisation et fonctionnement du SPS",
    "05_activite": "Activité du SPS",
    "06_partenariat": "Partenariat",
    "07_perspectives": "Perspectives",
    "08_annexes": "Annexes",
}
PORTRAIT = ("00_essentiel", "03_cadre", "05_activite", "08_annexes")
OTHERS = ("accueil", "calcul", "mes_indicateurs", "modele")
SECTIONS = {
    "03_cadre": (
        "Cadre législatif et missions du SPS",
        "Cadre géographique d'intervention",
        "Publics cibles et problématiques",
    ),
    "04_organisation": (
        "Organigramme",
        "Modalités d'accueil du public",
        "Moyens logistiques",
        "Financements",
    ),
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
FIRST_TAGS = {"00_essentiel": ["sans-numero", "premiere-page"], "08_annexes": ["sans-numero"]}
DEFAULTS = {"year": 0, "commune": "", "edition": "interne", "source": "", "params": ""}
WITHOUT_CHART = {"financements", "actions", "problematiques"}
"""Tables that say it better than the chart that they may have."""
EITHER = "nouveaux_par_mois"
"""A line in the report; in a portrait, where numbers are small, a folded table."""
RIVER = "flux_paei"
"""The table that the first page draws; its own place has the table alone."""
ELSEWHERE = {
    "temps_en_ligne",
    "problematiques",
    "moins_de_18",
    "anciennete_contact",
    "origine_contact",
    "qpv",
}
"""The time on line stands with the street; what the printed report has not, beside a short section."""
_FORBIDDEN = (
    ast.FunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.For,
    ast.While,
    ast.comprehension,
    ast.Try,
    ast.With,
)


@cache
def read(name: str) -> NotebookNode:
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def code_cells(name: str) -> list[NotebookNode]:
    return [cell for cell in read(name).cells if cell.cell_type == "code"]


def asked(
    method: str, options: str = r'(?:, kind="[a-z]+", table=True|, folded=(?:True|"portrait"))?'
) -> list[str]:
    """Names given to ``report.<method>`` over all chapters, in order."""
    source = "\n".join(cell.source for name in TITLES for cell in code_cells(name))
    return re.findall(rf'^report\.{method}\("([a-z_0-9]+)"{options}\)$', source, re.MULTILINE)


def test_the_chapters_and_their_sections_are_those_of_the_printed_report() -> None:
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == [*TITLES, *OTHERS]
    for name, title in TITLES.items():
        assert read(name).cells[0].source.splitlines()[0] == f"# {title}"
        headings = [cell.source for cell in read(name).cells if cell.source.startswith("## ")]
        assert name not in SECTIONS or headings == [f"## {section}" for section in SECTIONS[name]]


def test_every_table_figure_and_text_appears_once_in_the_order_of_the_report() -> None:
    tables = asked("(?:table|figure)")  # by itself, or folded under its chart
    assert sorted([*tables, EITHER]) == sorted(SHOWN)
    in_order = [id for id in SHOWN if id not in ELSEWHERE and id != EITHER]
    assert [id for id in tables if id not in ELSEWHERE] == in_order
    assert {*asked("figure"), EITHER} == {*CHARTS} - WITHOUT_CHART
    assert sorted(asked("text")) == sorted(TEXTS)
    source = "\n".join(cell.source for cell in code_cells("calcul"))
    assert re.findall(r'^table\(\n    "([a-z_0-9]+)",$', source, re.MULTILINE) == [*INDICATORS]


TEXT_ASKED = re.compile(r'report\.text\("(\w+)"\)')


@pytest.mark.parametrize("name", TITLES)
def test_a_note_says_what_a_section_shows_and_names_its_texts(name: str) -> None:
    """A section is what is between two headings; one that shows something has one note, above all that it shows."""
    sections: list[list[NotebookNode]] = [[]]
    for cell in read(name).cells[3:]:
        if cell.cell_type == "markdown" and not has_tag(cell, NOTE):
            sections.append([])
        else:
            sections[-1].append(cell)
    for section in filter(None, sections):
        assert [has_tag(cell, NOTE) for cell in section] == [True] + [False] * (len(section) - 1)
        note, *calls = (cell.source for cell in section)
        asked = [text for call in calls for text in TEXT_ASKED.findall(call)]
        named = re.findall(r"`(\w+)\.md`", note)
        assert (sorted(named), "#" in note) == (sorted(asked), False), note


@pytest.mark.parametrize("name", [*TITLES, "modele"])
def test_a_chapter_begins_with_its_title_its_parameters_and_its_setup(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    first, parameters, setup = notebook.cells[:3]
    assert (first.cell_type, tags(first)) == ("markdown", FIRST_TAGS.get(name, []))
    assert (parameters.cell_type, tags(parameters)) == ("code", ["parameters"])
    assert (setup.cell_type, tags(setup)) == ("code", ["setup"])
    later = [cell for cell in notebook.cells[3:] if tags(cell)]
    assert {(cell.cell_type, *tags(cell)) for cell in later} <= {("markdown", NOTE)}
    inferred = inspect_notebook(NOTEBOOKS / f"{name}.ipynb")
    assert {one: ast.literal_eval(said["default"]) for one, said in inferred.items()} == DEFAULTS
    assert all(
        said["inferred_type_name"] == type(DEFAULTS[one]).__name__ for one, said in inferred.items()
    )
    assert all(said["help"] for said in inferred.values())


@pytest.mark.parametrize("name", [*TITLES, *OTHERS])
def test_cells_are_short_readable_and_stripped(name: str) -> None:
    ids = [cell.id for cell in read(name).cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z-]{2,}", id) for id in ids)
    for cell in code_cells(name):
        assert (cell.outputs, cell.execution_count) == ([], None)
        assert name in {"calcul", "mes_indicateurs"} or len(cell.source.splitlines()) <= 6
        assert not any(isinstance(node, _FORBIDDEN) for node in ast.walk(ast.parse(cell.source)))
    for cell in read(name).cells if name in TITLES else ():
        if "parameters" not in tags(cell):
            assert not re.search(r"\d", re.sub(r'"[a-z_]+_\d+"', "", cell.source)), (
                cell.id
            )  # a table's own name
            assert "/" not in cell.source, cell.id


@pytest.mark.slow
def test_the_cells_that_declare_are_typed(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "calcul.py"
    path.write_text("\n\n".join(cell.source for cell in code_cells("calcul")), encoding="utf-8")
    said, _, code = mypy.run(["--config-file", str(root / "pyproject.toml"), str(path)])
    assert code == 0, said


def shown(demonstration: Path, name: str, territory: str) -> list[dict[str, Any]]:
    """What the cells of a chapter displayed, as the build of the demonstration ran it for the service or a commune."""
    notebook = nbformat.read(
        demonstration / "notebooks" / territory / f"{name}.ipynb", as_version=4
    )
    outputs = [
        output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    ]
    assert {output.output_type for output in outputs} <= {"execute_result"}
    return [output.data for output in outputs]


def test_the_service_shows_every_table_and_every_figure(demonstration: Path) -> None:
    every = [data for name in TITLES for data in shown(demonstration, name, SERVICE)]
    assert {data[TABLE_MIME]["id"] for data in every if TABLE_MIME in data} == {*SHOWN} - NOT_KEPT
    drawn = {data[FIGURE_MIME]["id"] for data in every if FIGURE_MIME in data}
    assert drawn == {*CHARTS, RIVER} - WITHOUT_CHART
    assert [data[FILE_MIME]["name"] for data in every if FILE_MIME in data] == ["alertes.csv"]
    assert {data[TEXT_MIME]["name"] for data in every if TEXT_MIME in data} >= TEXTS


def test_a_portrait_has_the_tables_of_a_commune_and_speaks_of_no_other_s_young_people(
    demonstration: Path,
) -> None:
    tables = [
        data
        for name in PORTRAIT
        for data in shown(demonstration, name, "62637")
        if TABLE_MIME in data
    ]
    of_communes = {id for id in SHOWN if INDICATORS[id].spec.scope == "tous"}
    assert {data[TABLE_MIME]["id"] for data in tables} == of_communes - NOT_KEPT
    text = BeautifulSoup(" ".join(data["text/html"] for data in tables), "html.parser").get_text(
        " "
    )
    for other in ("Carvin", "Courrières", "Libercourt"):
        assert f"– {other}" not in text
        assert f"{other} –" not in text
