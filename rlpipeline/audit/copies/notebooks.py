"""What the cells of a notebook were run for, the values that they draw, and the files that they carry."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.audit.copies.figures import BothYears
from rlpipeline.audit.copies.wording import disagreement
from rlpipeline.audit.findings import Finding
from rlpipeline.published import FigureKey, Notebook, Place, Publication
from rlpipeline.published.model import SERVICE, NotebookCell, Rows

PARAMETER = "Un notebook n'a pas été exécuté pour cette année ou cette commune."
DRAWN = "Un graphique porte une valeur que le fichier des chiffres n'a pas."
FILE = "Un fichier publié n'est pas celui que le notebook porte."


def check_outputs(publication: Publication, figures: BothYears | None = None) -> Iterator[Finding]:
    """Check the cells of every notebook: parameters, values drawn."""
    figures = figures or BothYears.of(publication)
    for notebook in publication.notebooks.values():
        for cell in notebook.cells:
            yield from _check_parameters(cell, notebook, publication.year)
            for output in cell.outputs:
                place = Place(notebook.file, f"cellule {cell.id}")
                for bundle in (bundle for kind, bundle in output.bundles if kind == "figure"):
                    yield from _check_drawn(bundle, place, figures, (publication.year, notebook.territoire))


def _check_parameters(cell: NotebookCell, notebook: Notebook, year: int) -> Iterator[Finding]:
    if cell.kind != "code" or cell.id != "injected-parameters":
        return
    territory = None if notebook.territoire == SERVICE else notebook.territoire
    for name, expected in (("year", year), ("commune", territory)):
        given = _assigned(cell.source)
        if name in given and given[name] != expected:
            place = Place(notebook.file, f"paramètre {name}")
            yield disagreement("notebook", PARAMETER, (place, str(given[name])), (None, str(expected)))


def _assigned(source: str) -> Mapping[str, object]:
    statements = [one for one in ast.parse(source).body if isinstance(one, ast.Assign)]
    return {
        target.id: one.value.value
        for one in statements
        if isinstance(one.value, ast.Constant)
        for target in one.targets
        if isinstance(target, ast.Name)
    }


def _check_drawn(
    bundle: Mapping[str, object], place: Place, figures: BothYears, of: tuple[int, str]
) -> Iterator[Finding]:
    drawn = bundle.get("figures")
    known = figures.knows((str(bundle.get("id")), *of))
    for value in drawn if known and isinstance(drawn, list) else []:
        wanted = FigureKey(str(bundle.get("id")), *of, str(value["ligne"]), str(value["colonne"]))
        figure = figures.find(wanted)
        if figure is None or figure.valeur != value["valeur"]:
            line = Place(place.file, f"{place.where}, graphique, ligne {value['ligne']}, colonne {value['colonne']}")
            expected = "" if figure is None else str(figure.valeur)
            other = None if figure is None else figure.place
            yield disagreement("graphique", DRAWN, (line, str(value["valeur"])), (other, expected))


@dataclass(frozen=True)
class Carried:
    """A file that a notebook carries: its name, its lines, the cell."""

    name: str
    lines: tuple[tuple[str, ...], ...]
    place: Place


def files_of(publication: Publication) -> Iterator[Carried]:
    """Read the files that the notebooks carry, to be published beside the pages."""
    for notebook in publication.notebooks.values():
        for cell in notebook.cells:
            for kind, bundle in (one for output in cell.outputs for one in output.bundles):
                if kind == "file":
                    lines = tuple(tuple(_exact(value) for value in row) for row in _rows(bundle))
                    yield Carried(str(bundle.get("name")), lines, Place(notebook.file, f"cellule {cell.id}"))


def check_file(carried: Carried, rows: Rows) -> Iterator[Finding]:
    """Hold a file published beside the pages against the one carried, line by line."""
    published = _without_mark([tuple(str(value) for value in row) for row in rows], carried)
    for rank, (mine, theirs) in enumerate(_paired(published, carried.lines)):
        if mine != theirs:
            yield from _check_file_line(Place(carried.name, f"ligne {rank + 1}"), mine, theirs, carried.place)


def _without_mark(published: list[tuple[str, ...]], carried: Carried) -> list[tuple[str, ...]]:
    """Leave out one column more than was carried, empty below its header, which says something of the whole file."""
    more = bool(published and carried.lines) and len(published[0]) == len(carried.lines[0]) + 1
    return [row[:-1] for row in published] if more and not any(row[-1] for row in published[1:] if row) else published


def _rows(bundle: Mapping[str, object]) -> Sequence[Sequence[object]]:
    columns, rows = bundle.get("columns"), bundle.get("rows")
    names = columns if isinstance(columns, list) else []
    values = rows if isinstance(rows, list) else []
    return [names, *([row[name] for name in names] if isinstance(row, dict) else row for row in values)]


def _paired(
    first: Sequence[tuple[str, ...]], second: Sequence[tuple[str, ...]]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    for index in range(max(len(first), len(second))):
        yield (first[index] if index < len(first) else (), second[index] if index < len(second) else ())


def _check_file_line(line: Place, mine: tuple[str, ...], theirs: tuple[str, ...], place: Place) -> Iterator[Finding]:
    if len(mine) != len(theirs):
        yield disagreement("csv", FILE, (line, ",".join(mine)), (place, ",".join(theirs)))
        return
    for index, (value, expected) in enumerate(zip(mine, theirs, strict=True), start=1):
        if value != expected:
            cell = Place(line.file, f"{line.where}, colonne {index}")
            yield disagreement("csv", FILE, (cell, value), (place, expected))


def _exact(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
