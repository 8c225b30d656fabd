"""Small tables made by hand, with every state, and words that must be escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from rlpipeline.display.layout import Layout
from rlpipeline.figures import CSV_COLUMNS, Col, Row, TableData, TableSpec
from tests.declared import INDICATORS

Value = float | str | tuple[float | str, str]
NAN = float("nan")


def figures(
    cells: Mapping[tuple[str, str], Value],
    unit: str = "jeunes",
    year: int = 2023,
    id: str = "exemple",
) -> pd.DataFrame:
    """Figures from ``{(ligne, colonne): 3}``; a state may stand for a number, ``(35, "partiel")`` gives both.

    ``Rounded(35)`` gives a figure rounded to 5; the figures have a base as soon as one is.
    """
    rows = [
        (id, year, "service", line, column, *_value(value, unit))
        for (line, column), value in cells.items()
    ]
    made = pd.DataFrame(rows, columns=list(CSV_COLUMNS)).astype({"valeur": "float64"})
    bases = [value.base if isinstance(value, Rounded) else 0 for value in cells.values()]
    return made.assign(base=bases) if any(bases) else made


class Rounded(float):
    """A rounded number and its base."""

    base = 5


class RoundedToTen(Rounded):
    """As a sensitive subject is."""

    base = 10


def _value(value: Value, unit: str) -> tuple[float, str, str]:
    if isinstance(value, tuple):
        number, last = value
        return (float(number), unit, last) if last == "partiel" else (float(number), last, "ok")
    if isinstance(value, str):
        return NAN, unit, value
    return float(value), unit, "arrondi" if isinstance(value, Rounded) else "ok"


EXAMPLE = TableSpec(
    id="exemple",
    title="",
    section="V.2",
    definition="",
    unit="",
    source="Table jeunes",
    tables=("jeunes",),
    persons=True,
)


def table(
    rows: Sequence[Row],
    columns: Sequence[Col],
    cells: pd.DataFrame,
    words: Mapping[tuple[str, str], str] | None = None,
    **changes: Any,
) -> TableData:
    """A table with plain words around it; ``changes`` replaces any of them."""
    plain: dict[str, Any] = {"title": "Jeunes", "unit": "jeunes", "definition": "Jeunes comptés."}
    said = {
        name: changes.pop(name)
        for name in ("title", "unit", "definition", "denominator")
        if name in changes
    }
    id = changes.pop("id", "")
    of = INDICATORS[id].spec if id in INDICATORS else EXAMPLE
    texts = [(*key, text) for key, text in (words or {}).items()]
    return TableData(
        spec=replace(of, **{**plain, **said}),
        rows=tuple(rows),
        columns=tuple(columns),
        figures=cells,
        texts=pd.DataFrame(texts, columns=["ligne", "colonne", "texte"], dtype="str"),
        **{"year": 2023, "territory": "service", **changes},
    )


AGES = {
    "moins_11": "Moins de 11 ans",
    "11_14": "11 à 14 ans",
    "15_18": "15 à 18 ans",
    "19_21": "19 à 21 ans",
    "plus_21": "Plus de 21 ans",
}


def population(girls: Sequence[float], boys: Sequence[float], id: str = "accompagnes") -> Layout:
    """The layout of a population by age and sex."""
    cells: dict[tuple[str, str], Value] = {("total", "F"): sum(girls), ("total", "G"): sum(boys)}
    for age, girl, boy in zip(AGES, girls, boys, strict=True):
        cells |= {(age, "F"): girl, (age, "G"): boy}
    columns = [Col("F", "Filles"), Col("G", "Garçons")]
    rows = [Row(code, label) for code, label in AGES.items()] + [Row("total", "Total", "total")]
    return Layout(table(rows, columns, figures(cells), id=id))


def column(
    id: str, code: str, values: Mapping[str, Value], unit: str = "jeunes", **changes: Any
) -> Layout:
    """The layout of a table of one column, whose labels are its codes."""
    rows = [Row(line, line, "total" if line == "total" else "corps") for line in values]
    cells: dict[tuple[str, str], Value] = {(line, code): value for line, value in values.items()}
    return Layout(
        table(rows, [Col(code, code.capitalize())], figures(cells, unit), id=id, **changes)
    )


TEXTS = frozenset({
    "edito", "identite", "cadre_legislatif", "publics", "missions", "benevoles", "accueil", "moyens", "financements",
    "activite", "travail_de_rue", "presence_sociale", "accompagnes", "situations", "communes", "problematiques",
    "co_accompagnements", "durees", "clotures", "orientations", "demandes", "actions", "developpement_social_local",
    "flux_paei", "devenir",
    "parentalite", "actions_partenariales", "reseaux", "instances", "partenaires", "perspectives", "annexes",
    "demande",
})  # fmt: skip
"""Every text that a report may have (params.md), those of communes apart."""
