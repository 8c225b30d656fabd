"""Each figure in all its copies: CSV, tables that the notebooks carry, pages, workbook."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rlpipeline.audit.copies.known import Known
from rlpipeline.audit.copies.telling import disagreement
from rlpipeline.audit.copies.wording import write_figure
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.audit.published import Cell, Figure, FigureKey, Publication

CSV = "indicateurs.csv"
ABSENT = "Un chiffre montré n'est pas dans le fichier des chiffres."


def check_csv(publication: Publication) -> Iterator[Finding]:
    """Hold the CSV file against the notebooks' tables, both ways; no figure comes twice in it."""
    carried: dict[FigureKey, Figure] = {}
    for bundle in publication.bundles:
        own = Counter(figure.key for figure in bundle.figures)
        for figure in bundle.figures:
            carried.setdefault(figure.key, figure)
            yield from _same_figure("notebook", figure, publication.figures.get(figure.key))
            if own[figure.key] > 1:
                yield _missing("notebook", figure, "Un chiffre est deux fois dans un tableau.")
    counts = Counter(figure.key for figure in publication.csv)
    tables = {bundle_key(figure.key): figure.place for figure in carried.values()}
    for figure in publication.csv:
        if figure.key not in carried:
            message = "Un chiffre du fichier n'est dans aucun tableau des chapitres."
            table = tables.get(bundle_key(figure.key))
            yield disagreement("csv", message, (figure.place, _told(figure)), (table and Place(table.file, ""), ""))
        if counts[figure.key] > 1:
            yield _missing("csv", figure, "Un chiffre est deux fois dans le fichier.")
        yield from _state(figure)


def bundle_key(key: FigureKey) -> tuple[str, str]:
    """Table and territory."""
    return key.indicateur, key.territoire


def _same_figure(check: str, figure: Figure, known: Figure | None) -> Iterator[Finding]:
    if known is None:
        yield disagreement(check, ABSENT, (figure.place, _told(figure)), (Place(CSV, ""), ""))
    elif (figure.valeur, figure.unite, figure.etat) != (known.valeur, known.unite, known.etat):
        message = "Le tableau d'un chapitre et le fichier des chiffres diffèrent."
        yield disagreement(check, message, (figure.place, _told(figure)), (known.place, _told(known)))


def _missing(check: str, figure: Figure, message: str) -> Finding:
    return disagreement(check, message, (figure.place, _told(figure)), (None, ""))


def _state(figure: Figure) -> Iterator[Finding]:
    """A number where the state has one, none where it has none."""
    if (figure.valeur is not None) != (figure.etat in {"ok", "partiel"}):
        message = "Une valeur ne va pas avec son état."
        yield disagreement("unite", message, (figure.place, _told(figure)), (None, figure.etat))


def _told(figure: Figure) -> str:
    if figure.valeur is None:
        return figure.etat
    star = "*" if figure.etat == "partiel" else ""
    return f"{figure.valeur:.12g}{star} {figure.unite}".strip()


def check_cells(publication: Publication) -> Iterator[Finding]:
    """Hold every cell of a table, in pages and notebooks, against the figures of the year and of the year before."""
    known = Known.of(publication)
    for cell in publication.cells:
        if cell.kind == "tableau":
            yield from _same_words(cell, known.find(cell.key))


def _same_words(cell: Cell, figure: Figure | None) -> Iterator[Finding]:
    check = "notebook" if cell.place.file.endswith(".ipynb") else "page"
    if figure is None:
        yield disagreement(check, ABSENT, (cell.place, cell.words), (Place(CSV, ""), ""))
        return
    words = write_figure(figure)
    if _folded(cell.words) != _folded(words):
        message = "Un chiffre montré n'est pas celui du fichier des chiffres."
        yield disagreement(check, message, (cell.place, cell.words), (figure.place, words))


def _folded(words: str) -> str:
    return " ".join(re.sub(r"[\u202f\u00a0]", " ", words).split())


def check_shown(publication: Publication) -> Iterator[Finding]:
    """Every figure known of a territory that has a page is on one, once per commune where the table is cut.

    Notes
    -----
    But what a table of many communes says that it leaves out: it is in the CSV file and in the workbook.
    """
    shown: set[FigureKey] = set()
    anywhere: set[tuple[str, int, str, str]] = set()
    for cell in publication.cells:
        if cell.kind == "tableau" and cell.place.file in publication.pages:
            shown.add(cell.key)
            anywhere.add((cell.key.indicateur, cell.key.annee, cell.key.ligne, cell.key.colonne))
    territories = {key.territoire for key in shown}
    omitted = {(bundle.id, code) for bundle in publication.bundles for code in bundle.omis}
    for key, figure in publication.figures.items():
        known = key in shown or (key.indicateur, key.annee, key.ligne, key.colonne) in anywhere
        known = known or not omitted.isdisjoint({(key.indicateur, key.ligne), (key.indicateur, key.colonne)})
        if figure.valeur is not None and key.territoire in territories and not known:
            yield _missing("page", figure, "Un chiffre publié n'est sur aucune page.")


def check_workbook(publication: Publication) -> Iterator[Finding]:
    """Hold the workbook against the CSV file, both ways; it has the exact numbers."""
    seen: set[FigureKey] = set()
    for cell in publication.cells:
        if cell.kind != "classeur":
            continue
        seen.add(cell.key)
        figure = publication.figures.get(cell.key)
        if figure is None:
            yield disagreement("classeur", ABSENT, (cell.place, cell.words), (Place(CSV, ""), ""))
        elif not _same_value(cell, figure):
            message = "Le classeur et le fichier des chiffres diffèrent."
            yield disagreement("classeur", message, (cell.place, cell.words), (figure.place, _told(figure)))
    for key, figure in publication.figures.items():
        if key not in seen:
            yield _missing("classeur", figure, "Un chiffre publié n'est pas dans le classeur.")


def _same_value(cell: Cell, figure: Figure) -> bool:
    if cell.valeur is None or figure.valeur is None:
        return cell.valeur is figure.valeur and cell.etat == figure.etat
    return abs(cell.valeur - figure.valeur) <= 1e-9 * max(1.0, abs(figure.valeur))
