"""What the lines of the CSV files, and the bundles of the notebooks, say of persons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rlpipeline.attack.statements import Document, Figure, Key, Relation
from rlpipeline.published.links import Links

Row = Mapping[str, Any]
KEY = ("indicateur", "annee", "territoire", "ligne", "colonne")
WITH_NUMBER = ("ok", "partiel", "arrondi")
EXCEL_KEY = ("Code du tableau", "Année", "Code du territoire", "Code de la ligne", "Code de la colonne")
SPREADSHEET_STATES = {
    "partiel": "partiel",
    "non communiqué": "nc",
    "sans objet": "vide",
    "non diffusé": "masque",
}
"""What is none of them is taken for a number that is exact."""
_ABOUT = re.compile(r"^arrondi, (?:à|de 0 à) (\d+)")


def figure_of(row: Row, source: str) -> Figure:
    """Turn a line into a figure."""
    return Figure(_key(row), row["etat"], _value(row["valeur"], row["etat"]), source, int(row.get("base") or 0))


def of_excel(row: Row, source: str) -> Figure:
    """Turn a line of ``indicateurs-excel.csv`` into a figure: its words say how far a rounded number may be off."""
    told = str(row["État"])
    about = _ABOUT.search(told)
    codes = dict(zip(KEY, (row[name] for name in EXCEL_KEY), strict=True))
    value = str(row["Valeur"]).replace(",", ".")
    state = "arrondi" if about else SPREADSHEET_STATES.get(told, "ok")
    return figure_of({**codes, "valeur": value, "etat": state, "base": int(about[1]) + 1 if about else 0}, source)


def words_of(row: Row) -> dict[tuple[str, str], str]:
    """Words of the line and of the column of a figure of ``indicateurs-excel.csv``, by table and code."""
    table, _, _, line, column = (str(row[name]) for name in EXCEL_KEY)
    return {(table, line): str(row["Ligne"]), (table, column): str(row["Colonne"])}


def of_evolution(row: Row, source: str) -> Iterator[Figure | Relation]:
    """Turn a line of ``evolutions.csv`` into both figures, and their difference."""
    key = _key(row)
    then = key._replace(annee=int(row["annee_precedente"]))
    if row["etat"]:
        yield Figure(key, row["etat"], _value(row["valeur"], row["etat"]), source)
    if row["etat_precedent"]:
        yield Figure(then, row["etat_precedent"], _value(row["valeur_precedente"], row["etat_precedent"]), source)
    if row.get("ecart"):
        moved = float(row["ecart"])
        words = f"écart de {moved:+g} depuis {then.annee}"
        yield Relation(((key, 1.0), (then, -1.0)), moved, moved, words, told=True)


def document_of(name: str, rows: Iterable[Row], links: Links, **more: Any) -> Document:
    """Write figures that are still in memory as a publication that holds nothing else.

    Parameters
    ----------
    rows
        The columns of ``indicateurs.csv`` and ``base``, by name.
    more
        Other parts of the document: ``dictionary``, ``families``, ``released``, ``states_rounding``.
    """
    figures, units = [], {}
    for row in rows:
        if row["indicateur"] in links.persons:
            value = None if row["etat"] not in WITH_NUMBER else float(row["valeur"])
            figures.append(Figure(_key(row), str(row["etat"]), value, name, int(row["base"])))
            units[figures[-1].key] = str(row["unite"])
    return Document(name, tuple(figures), units=units, whole=frozenset(one.key.place for one in figures), **more)


def _key(row: Row) -> Key:
    return Key(str(row["indicateur"]), int(row["annee"]), *(str(row[name]) for name in KEY[2:]))


def _value(written: str, state: str) -> float | None:
    return float(written) if written and state in WITH_NUMBER else None


def of_bundle(bundle: object, source: str, links: Links) -> Iterator[Figure]:
    """Find the figures that a bundle holds, however deep: objects with the columns of ``indicateurs.csv``."""
    for row in _objects(bundle):
        if {*KEY, "etat"} <= row.keys() and row["indicateur"] in links.persons:
            value = row.get("valeur") if row["etat"] in WITH_NUMBER else None
            base = int(row.get("base") or 0)
            yield Figure(_key(row), row["etat"], None if value is None else float(value), source, base)


def _objects(content: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(content, dict):
        yield content
        yield from _inside(content.values())
    elif isinstance(content, list):
        yield from _inside(content)


def _inside(contents: Iterable[object]) -> Iterator[Mapping[str, Any]]:
    for content in contents:
        yield from _objects(content)
