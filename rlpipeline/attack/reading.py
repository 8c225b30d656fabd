"""A publication read from its finished files alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rlpipeline.attack.pages import Page, in_alternative, of_span, read_page
from rlpipeline.attack.statements import FAMILLES, SIZES, SUM, Document, Figure, Key, Place, Relation
from rlpipeline.attack.workbook import codes_of, of_workbook
from rlpipeline.errors import ReconciliationError
from rlpipeline.published.dictionary import Dictionary, read_dictionary
from rlpipeline.published.figures import EVOLUTIONS, EXCEL, excel_rows, named_rows, parquet_rows, read_rows
from rlpipeline.published.links import DICTIONARY, PERSONS, RATE, Links
from rlpipeline.published.markup import classes
from rlpipeline.published.model import ROUNDED, WITH_NUMBER
from rlpipeline.published.notebooks import outputs_of
from rlpipeline.published.numbers import first_number, lone_number, read_rounded, unaccented
from rlpipeline.published.page import CHANGE, PlacedCell

Row = Mapping[str, Any]
KEY = ("indicateur", "annee", "territoire", "ligne", "colonne")
EXCEL_KEY = ("Code du tableau", "Année", "Code du territoire", "Code de la ligne", "Code de la colonne")
SPREADSHEET_STATES = {
    "partiel": "partiel",
    "non communiqué": "nc",
    "sans objet": "vide",
    "non diffusé": "masque",
}
"""What is none of them is taken for a number that is exact."""
_ABOUT = re.compile(r"^arrondi, (?:à|de 0 à) (\d+)")
PER, HALF, MARGIN = 1000, 0.05, 1e-6
"""Of a rate: for how many, half of its last decimal, and what binary numbers may be wrong by."""
STATES = ("masque", "nc", "vide", "partiel", ROUNDED)


def _figure_of_line(row: Row, source: str) -> Figure:
    """Turn a line into a figure."""
    return Figure(_key_of(row), row["etat"], _number(row["valeur"], row["etat"]), source, int(row.get("base") or 0))


def _of_excel(row: Row, source: str) -> Figure:
    """Turn a line of ``indicateurs-excel.csv`` into a figure: its words say how far a rounded number may be off."""
    words = str(row["État"])
    about = _ABOUT.search(words)
    codes = dict(zip(KEY, (row[name] for name in EXCEL_KEY), strict=True))
    value = str(row["Valeur"]).replace(",", ".")
    state = ROUNDED if about else SPREADSHEET_STATES.get(words, "ok")
    return _figure_of_line({**codes, "valeur": value, "etat": state, "base": int(about[1]) + 1 if about else 0}, source)


def _excel_words(row: Row) -> dict[tuple[str, str], str]:
    """Words of the line and of the column of a figure of ``indicateurs-excel.csv``, by table and code."""
    table, _, _, line, column = (str(row[name]) for name in EXCEL_KEY)
    return {(table, line): str(row["Ligne"]), (table, column): str(row["Colonne"])}


def _of_evolution(row: Row, source: str) -> Iterator[Figure | Relation]:
    """Turn a line of ``evolutions.csv`` into both figures, and their difference."""
    key = _key_of(row)
    then = key._replace(annee=int(row["annee_precedente"]))
    if row["etat"]:
        yield Figure(key, row["etat"], _number(row["valeur"], row["etat"]), source)
    if row["etat_precedent"]:
        yield Figure(then, row["etat_precedent"], _number(row["valeur_precedente"], row["etat_precedent"]), source)
    if row.get("ecart"):
        moved = float(row["ecart"])
        words = f"écart de {moved:+g} depuis {then.annee}"
        yield Relation(((key, 1.0), (then, -1.0)), moved, moved, words, stated=True)


def document_of(name: str, rows: Iterable[Row], links: Links, **more: Any) -> Document:
    """Write figures that are still in memory as a publication that holds nothing else.

    Parameters
    ----------
    rows
        The columns of ``indicateurs.csv`` and ``base``, by name.
    more
        Other parts of the document: ``dictionary``, ``families``, ``released``, ``states_rounding``.
    """
    figures, units, rated = [], {}, dict[Key, float]()
    for row in _noting(rows, links, rated):
        if row["indicateur"] in links.persons:
            value = None if row["etat"] not in WITH_NUMBER else float(row["valeur"])
            figures.append(Figure(_key_of(row), str(row["etat"]), value, name, int(row["base"])))
            units[figures[-1].key] = str(row["unite"])
    places = frozenset(one.key.place for one in figures)
    return Document(name, tuple(figures), tuple(_rates(rated, links)), units=units, complete=places, **more)


def _noting(rows: Iterable[Row], links: Links, rated: dict[Key, float]) -> Iterator[Row]:
    """Pass lines on, and note the numbers of the tables that have rates."""
    tables = {link.left[0].table for link in links.all if link.sign == RATE}
    for row in rows:
        if row.get("indicateur") in tables and row["etat"] == "ok":
            rated[_key_of(row)] = float(row["valeur"])
        yield row


def _rates(rated: Mapping[Key, float], links: Links) -> Iterator[Relation]:
    """State what a rate for a thousand says of its count: half a unit of its last decimal on each side."""
    for link in (one for one in links.all if one.sign == RATE):
        (rate,), (count, base) = link.left, link.right
        for key, value in rated.items():
            whole = rated.get(key._replace(colonne=str(base.column)), 0.0)
            if (key.indicateur, key.colonne) == (rate.table, rate.column) and whole:
                counted = Key(count.table, key.annee, key.ligne, str(count.line), str(count.column))
                low, high = ((value + half) * whole / PER - MARGIN for half in (-HALF, HALF))
                words = f"{value:g} pour mille de {whole:g}"
                yield Relation(((counted, 1.0),), low, high + 2 * MARGIN, words, stated=True, precise=True)


def _key_of(row: Row) -> Key:
    return Key(str(row["indicateur"]), int(row["annee"]), *(str(row[name]) for name in KEY[2:]))


def _number(written: str, state: str) -> float | None:
    return float(written) if written and state in WITH_NUMBER else None


def _of_bundle(bundle: object, source: str, links: Links) -> Iterator[Figure]:
    """Find the figures that a bundle holds, however deep: objects with the columns of ``indicateurs.csv``."""
    for row in _objects(bundle):
        if {*KEY, "etat"} <= row.keys() and row["indicateur"] in links.persons:
            value = row.get("valeur") if row["etat"] in WITH_NUMBER else None
            base = int(row.get("base") or 0)
            yield Figure(_key_of(row), row["etat"], None if value is None else float(value), source, base)


def _objects(content: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(content, dict):
        yield content
        yield from _inside(content.values())
    elif isinstance(content, list):
        yield from _inside(content)


def _inside(contents: Iterable[object]) -> Iterator[Mapping[str, Any]]:
    for content in contents:
        yield from _objects(content)


@dataclass
class _Gathered:
    """What is found while the files are read, each statement once."""

    links: Links
    figures: dict[tuple[Key, str, float | None], Figure] = field(default_factory=dict)
    relations: dict[tuple[object, ...], Relation] = field(default_factory=dict)
    units: dict[Key, str] = field(default_factory=dict)
    complete: set[Place] = field(default_factory=set)
    pages: list[tuple[str, Page]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    dictionary: Dictionary = field(default_factory=Dictionary)
    tells_bases: bool = False
    undeclared: dict[str, None] = field(default_factory=dict)
    words: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, statements: Iterable[Figure | Relation], complete: bool = False) -> None:
        for one in statements:
            if isinstance(one, Figure):
                if complete:
                    self.complete.add(one.key.place)
                self.figures.setdefault((one.key, one.state, one.value), one)
            else:
                self.relations.setdefault((one.terms, one.low, one.high), one)


def read_publication(directory: Path, links: Links, released: bool = False) -> Document:
    """Read every file of a publication: CSV and Parquet files of figures, pages, workbook, notebooks.

    Parameters
    ----------
    directory
        Folder of an edition, or an unpacked package; the names of its folders do not matter.
    links
        What is declared of the tables.
    released
        Whether everybody has it already.

    Raises
    ------
    ReconciliationError
        It has persons in a table that is not declared to count some, and is not released.
    """
    gathered = _Gathered(links)
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    for path in paths:
        _read(path, path.relative_to(directory).as_posix(), gathered)
    shown = {key: words for _, page in reversed(gathered.pages) for key, words in page.labels.items()}
    labels = {**gathered.words, **shown}
    for name, page in gathered.pages:
        gathered.add(_charts(page, labels, name, gathered.links))
    for path in paths:
        if path.suffix == ".xlsx":
            _read_workbook(path, gathered, labels)
    figures = tuple(_with_base(figure, gathered.dictionary) for figure in gathered.figures.values())
    return Document(
        name=directory.name,
        figures=figures,
        relations=tuple(gathered.relations.values()),
        units=gathered.units,
        labels=labels,
        families=_families(page for _, page in gathered.pages),
        complete=frozenset(gathered.complete),
        unread=(*gathered.unread, *_undeclared(gathered.undeclared, directory, released)),
        dictionary=gathered.dictionary,
        states_rounding=gathered.tells_bases or any(figure.state == ROUNDED for figure in figures),
        released=released,
    )


def _undeclared(tables: Iterable[str], directory: Path, released: bool) -> Sequence[str]:
    """Name the tables with persons that are not declared to have some; refuse them in what may still be changed."""
    named = ", ".join(tables)
    if named and not released:
        raise ReconciliationError(
            "Des jeunes sont comptés dans des tableaux que le dictionnaire ne déclare pas comme tels : l'attaque ne "
            "peut rien en dire.",
            where=f"{directory.name}/{DICTIONARY}",
            expected="chaque tableau qui compte des personnes, avec « personnes » à vrai",
            got=named,
            todo="refaire l'année avec « rlpipeline build »",
        )
    return [f"tableaux non déclarés : {named}"] if named else []


def _with_base(figure: Figure, dictionary: Dictionary) -> Figure:
    if figure.state != ROUNDED or figure.base:
        return figure
    return replace(figure, base=dictionary.base_of(figure.key))


def _read(path: Path, name: str, gathered: _Gathered) -> None:
    if path.name == EVOLUTIONS:
        for row in _about_persons(named_rows(read_rows(path)), gathered):
            gathered.add(_of_evolution(row, name), complete=True)
    elif path.name == EXCEL:
        lines = [row for row in excel_rows(path) if row["Code du tableau"] in gathered.links.persons]
        gathered.add((_of_excel(row, name) for row in lines), complete=True)
        for row in lines:
            gathered.words |= _excel_words(row)
    elif path.suffix == ".csv":
        _read_figures(named_rows(read_rows(path)), name, gathered)
    elif path.suffix == ".parquet":
        _read_figures(parquet_rows(path), name, gathered)
    elif path.suffix in {".html", ".htm"}:
        _page(path.read_text(encoding="utf-8"), name, gathered)
    elif path.name == DICTIONARY:
        gathered.dictionary = read_dictionary(path.parent)
    elif path.suffix == ".ipynb":
        _notebook(path, name, gathered)


def _about_persons(rows: Iterable[Row], gathered: _Gathered) -> Iterator[Row]:
    """Give the lines of figures that are about persons; note the tables that do not say so."""
    for row in rows:
        if row.get("indicateur") in gathered.links.persons:
            yield row
        elif "indicateur" in row and row.get("unite") in PERSONS:
            gathered.undeclared.setdefault(row["indicateur"])


def _read_figures(rows: Iterable[Row], name: str, gathered: _Gathered) -> None:
    rated: dict[Key, float] = {}
    for row in _about_persons(_noting(rows, gathered.links, rated), gathered):
        figure = _figure_of_line(row, name)
        gathered.tells_bases |= "base" in row
        gathered.units.setdefault(figure.key, row["unite"])
        gathered.add([figure], complete=True)
    gathered.add(_rates(rated, gathered.links))


def _notebook(path: Path, name: str, gathered: _Gathered) -> None:
    for mime, content in outputs_of(path):
        if mime == "text/html":
            _page(content, name, gathered)
        elif mime.endswith("+json"):
            gathered.add(_of_bundle(content, name, gathered.links), complete=True)


def _page(html: str, name: str, gathered: _Gathered) -> None:
    page = read_page(html)
    gathered.pages.append((name, replace(page, cells=())))  # a cell holds its whole page
    said = (_of_cell(cell, words, name, gathered.links) for cell, words in page.cells)
    gathered.add(one for one in said if one is not None)
    gathered.complete |= {_place(cell) for cell, _ in page.cells if cell.kind == "tableau" and not cell.other}
    gathered.units |= dict(_units_of_actions(page, gathered.links.actions))
    for attributes, words in page.spans:
        gathered.add(of_span(attributes, words, name, gathered.links.persons))


def _place(cell: PlacedCell) -> Place:
    return cell.id, cell.other or cell.annee, cell.territoire


def _of_cell(cell: PlacedCell, words: str, source: str, links: Links) -> Figure | Relation | None:
    is_change = cell.colonne.startswith(CHANGE)
    return _change(cell, words, links) if is_change else _figure_of_cell(cell, words, source, links)


def _change(cell: PlacedCell, words: str, links: Links) -> Relation | None:
    """What a table says of the difference between two years: all of it, or about, where either figure is rounded."""
    moved = 0.0 if words == "=" else first_number(words)
    if cell.id not in links.persons or moved is None:
        return None
    now = Key(*_place(cell), cell.ligne, cell.colonne.removeprefix(CHANGE))
    slack = abs(moved) if ROUNDED in classes(cell.element) else 0.0
    terms = ((now, 1.0), (now._replace(annee=now.annee - 1), -1.0))
    return Relation(terms, moved - slack, moved + slack, f"écart de « {words} »", stated=True)


def _figure_of_cell(cell: PlacedCell, words: str, source: str, links: Links) -> Figure | None:
    shown = classes(cell.element)
    if cell.id not in links.persons or "texte" in shown:
        return None
    column = SUM + cell.colonne if cell.kind == "graphique" and cell.id in links.actions else cell.colonne
    key = Key(*_place(cell), cell.ligne, column)
    about = read_rounded(words)
    if about is not None:
        return Figure(key, ROUNDED, about[0], source, about[1])
    value = lone_number(words)
    said = {*shown, "masque" if "masqu" in words else ""}
    state = next((state for state in STATES if state in said), "ok" if value is not None else "vide")
    return Figure(key, state, value if state in WITH_NUMBER else None, source)


def _units_of_actions(page: Page, actions: frozenset[str]) -> Iterator[tuple[Key, str]]:
    """Tell persons from attendances: the line « Compté en » of the tables of actions says it."""
    cells = [(cell, words) for cell, words in page.cells if cell.id in actions]
    counted = {(_place(cell), cell.colonne): unaccented(words) for cell, words in cells if cell.ligne == "unite"}
    for cell, _ in cells:
        unit = counted.get((_place(cell), cell.colonne))
        if unit and cell.ligne not in {*SIZES, FAMILLES}:
            yield Key(*_place(cell), cell.ligne, cell.colonne), unit


def _charts(page: Page, labels: Mapping[tuple[str, str], str], source: str, links: Links) -> Iterator[Figure]:
    for attributes, words in page.alternatives:
        codes = codes_of(attributes.get("data-graphique", ""), labels).alone
        yield from in_alternative(attributes, words, codes, f"{source}, texte alternatif", links)


def _read_workbook(path: Path, gathered: _Gathered, labels: Mapping[tuple[str, str], str]) -> None:
    """Read a workbook, of the latest year of the figures beside it; what is not understood is noted once."""
    year = max((key.annee for key in gathered.units), default=0)
    codes = {(key.indicateur, code): code for key, *_ in gathered.figures for code in (key.ligne, key.colonne)}
    for one in of_workbook(path, year, codes | dict(labels), gathered.links.persons):
        if isinstance(one, str):
            gathered.unread.append(one)
        else:
            gathered.add([one])


def _families(pages: Iterable[Page]) -> Mapping[str, tuple[str, ...]]:
    """List the codes under each family of issues, in the order of the first page that shows them."""
    for page in pages:
        lines = [(code, kind) for indicator, code, kind in page.lines if indicator == "problematiques"]
        families = _under_families(lines)
        if families:
            return families
    return {}


def _under_families(lines: Sequence[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    families: dict[str, list[str]] = {}
    current: list[str] | None = None
    for code, kind in lines:
        if "famille" in kind:
            current = families.setdefault(code, [])
        elif "total" in kind:
            current = None
        elif current is not None and code not in current:
            current.append(code)
    return {family: tuple(codes) for family, codes in families.items()}
