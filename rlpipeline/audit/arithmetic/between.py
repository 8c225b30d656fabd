"""What holds between tables, years and territories, by what the dictionary declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from rlpipeline.audit.arithmetic.tables import (
    TOLERANCE,
    Amount,
    Grid,
    Grids,
    Terms,
    amount_of,
    path_of,
    place_of,
)
from rlpipeline.audit.findings import Finding, Tested
from rlpipeline.links import HORS, SANS_COMMUNE, Row, Tables, link_rows
from rlpipeline.published import Place
from rlpipeline.published.dictionary import linked, read_dictionary
from rlpipeline.published.figures import EVOLUTIONS
from rlpipeline.published.links import DICTIONARY, RATE, Described, Link, Links, Table, differences
from rlpipeline.published.model import ROUNDED, SERVICE, Figure, FigureKey, Publication
from rlpipeline.published.reading import Cut

UNDECLARED = "non_declare"
"""In the key of a finding about a table that the dictionary does not declare."""
COUNTED = "calculé"
"""Origin of the figures counted from the records."""
NOT_PUBLISHED = Amount(None, "masque")
HALF_A_TENTH = 0.05
"""Of a rate published with one decimal."""


@dataclass(frozen=True)
class Declared:
    """What the relations need to know beside the figures.

    Parameters
    ----------
    year
        Year reported on.
    communes
        INSEE codes of the service's communes.
    links
        What the publication's dictionary declares of its tables.
    expected
        What the programme declares of them; empty where it is not known.
    within_dates
        Whether every row of the records is within the dates of its follow-up; False where it is not known.
    shared
        Whether it is the edition to share, where a cell that a table does not show is not published rather than zero.
    """

    year: int
    communes: tuple[str, ...] = ()
    links: Links = field(default_factory=Links)
    expected: Described = field(default_factory=dict)
    within_dates: bool = False
    shared: bool = False

    def of(self, cut: Cut) -> Declared:
        """Add what the dictionary of a publication declares.

        Raises
        ------
        ReconciliationError
            It declares nothing.
        """
        return replace(self, links=linked(cut.dictionary, cut.directory))

    @property
    def territories(self) -> tuple[str, ...]:
        """What the service is the sum of."""
        return (*self.communes, HORS, SANS_COMMUNE)

    @cached_property
    def additive(self) -> Mapping[str, frozenset[str]]:
        """Tables for which communes + hors + sans_commune = service, with the columns for which it does not hold."""
        return {id: table.apart for id, table in self.links.tables.items() if table.additive}

    def recounted(self, id: str) -> bool:
        """Whether some figures of an indicator may be declared not to be the sum of the territories'."""
        return id in self.links.tables and (id not in self.additive or bool(self.additive[id]))

    def recomputed(self, id: str, column: str) -> bool:
        """Whether a figure is declared not to be the sum of the territories'."""
        return id in self.links.tables and (id not in self.additive or column in self.additive[id])


def check_dictionary(cut: Cut, declared: Declared) -> Iterator[Tested]:
    """Test that the dictionary declares every table published, and all that the programme declares of ours."""
    for id in sorted({id for place in cut.figures.territories for id in cut.figures.indicators(place)}):
        if id in declared.links.tables:
            yield Tested("dictionnaire")
            continue
        # Told, not refused: a chapter of the service may show a table of its own that nothing declares.
        said = f"Le dictionnaire ne déclare pas le tableau « {id} » : rien ne le lie aux autres"
        yield _wrong_dictionary(said, f"{UNDECLARED}:{id}", "non déclaré", blocking=False)
    if declared.expected:
        yield Tested("dictionnaire")
        for said in differences(cut.dictionary.declared, declared.expected):
            yield _wrong_dictionary(f"Le dictionnaire n'est pas celui que le programme écrit : {said}", said, said)


def _wrong_dictionary(message: str, name: str, got: str, blocking: bool = True) -> Tested:
    finding = Finding(
        check="dictionnaire",
        message=f"{message}.",
        first=Place(DICTIONARY, "rubriques « tableaux » et « liens »"),
        first_value=got,
        second=None,
        second_value="ce que « rlpipeline build » y écrit",
        blocking=blocking,
        key=f"dictionnaire:{name}",
    )
    return Tested("dictionnaire", finding)


def former_figures(publication: Publication, printed: bool = False) -> Mapping[FigureKey, Figure]:
    """Read the figures of the year before, in the order of ``evolutions.csv``.

    Parameters
    ----------
    printed
        Whether those copied from a printed report are wanted too, which may contradict one another.
    """
    former = read_dictionary(publication.directory).former(publication.files.get(EVOLUTIONS, ()))
    figures = [one.figure for one in former if printed or one.origine == COUNTED]
    return {figure.key: figure for figure in figures if figure.key not in publication.figures}


def check_comparisons(grids: Grids, declared: Declared) -> Iterator[Tested]:
    """Test every relation that is known between our tables of one territory."""
    yield from _test_links((link for link in declared.links.all if not link.crosses), grids, declared)
    for table in declared.links.tables.values():
        for column, total in table.totals.items():
            for grid in grids.of(table.id) if total == "reunion" else ():
                for one in (column,) if column else [label.code for label in grid.columns]:
                    yield from _check_union(table, one, grid)


def check_crossing(grids: Grids, declared: Declared) -> Iterator[Tested]:
    """Test the relations between tables of several territories."""
    yield from _test_links((link for link in declared.links.all if link.crosses), grids, declared)


def _test_links(links: Iterable[Link], grids: Grids, declared: Declared) -> Iterator[Tested]:
    cells = {grid.key(*where): True for grid in grids for where in grid.cells}
    tables = Tables(declared.links, cells)
    for link in links:
        for row in link_rows(link, tables) if link.holds != "suppose" else ():
            yield from _compare(link, _sides(row), grids, declared)


def _sides(row: Row) -> tuple[Sequence[FigureKey], Sequence[FigureKey]]:
    """Give both sides of a link; the second is that of what there is none of, where there is nobody."""
    sides = [[key for key, factor in row.terms if (factor > 0) == positive] for positive in (True, False)]
    return (sides[1], sides[0]) if row.kind == "zéro" else (sides[0], sides[1])


def _amount(key: FigureKey, grids: Grids, declared: Declared) -> Amount:
    grid = grids.find(key.indicateur, key.annee, key.territoire)
    figure = grid.cells.get((key.ligne, key.colonne)) if grid else None
    return NOT_PUBLISHED if figure is None and declared.shared else amount_of(figure)


def _compare(
    link: Link, sides: tuple[Sequence[FigureKey], Sequence[FigureKey]], grids: Grids, declared: Declared
) -> Iterator[Tested]:
    terms = [Terms(_amount(key, grids, declared) for key in side) for side in sides]
    left, right = (side.total() for side in terms)
    usable = {"ok", ROUNDED, "partiel"} if link.partial else {"ok", ROUNDED}
    if link.sign == RATE:
        right, usable = _rate(sides[1], grids, declared), {"ok"}
    if right.state not in usable or left.state not in usable:
        return
    if _links_hold(link, left, right):
        yield Tested(link.check)
        return
    key, other = (sides[0] or sides[1])[0], (sides[1] or sides[0])[0]
    grid, against = grids.find(*key[:3]), grids.find(*other[:3])
    blocking = link.holds == "toujours" or (link.holds == "dans_les_dates" and declared.within_dates)
    finding = Finding(
        check=link.check,
        message=f"{_broken(link)} : {link.why}. {grid} et {against}.",
        first=place_of(key, grid.cells.get((key.ligne, key.colonne)) if grid else None),
        first_value=str(terms[0]),
        second=place_of(other, against.cells.get((other.ligne, other.colonne)) if against else None),
        second_value=str(right) if link.sign == RATE else str(terms[1]),
        blocking=blocking,
        key=f"{link.check}:{path_of(key)}:{link.name}",
    )
    yield Tested(link.check, finding)


def _rate(keys: Sequence[FigureKey], grids: Grids, declared: Declared) -> Amount:
    """Work out how many there are for a thousand of the second figure; not known of rounded ones."""
    count, base = (_amount(key, grids, declared) for key in keys)
    if (count.state, base.state) != ("ok", "ok") or count.value is None or not base.value:
        return NOT_PUBLISHED
    return Amount(1000 * count.value / base.value, "ok", HALF_A_TENTH)


def _links_hold(link: Link, left: Amount, right: Amount) -> bool:
    """Test two sums, given how far rounding may have moved each."""
    one, other, slack = left.value or 0.0, right.value or 0.0, left.slack + right.slack
    if link.sign in {"=", RATE}:
        return abs(one - other) <= slack + TOLERANCE
    if link.sign == "zéro":
        return bool(slack) or (one == 0) == (other == 0)
    return one <= other + slack + TOLERANCE


def _broken(link: Link) -> str:
    return {
        "=": "Deux totaux diffèrent",
        "<=": "Une partie dépasse son ensemble",
        "zéro": "L'un est nul et l'autre non",
        RATE: "Un taux n'est pas celui de ses deux nombres",
    }[link.sign]


def _check_union(table: Table, of: str, grid: Grid) -> Iterator[Tested]:
    """A count of distinct persons is at least each line and at most their sum."""
    total = grid.cells.get((table.total, of))
    every = [figure for (line, column), figure in grid.cells.items() if column == of and line != table.total]
    lines = [figure for figure in every if figure.valeur is not None]
    hidden = any(figure.etat == NOT_PUBLISHED.state for figure in every)
    if total is None or total.valeur is None or not lines:
        return
    terms = Terms(amount_of(line) for line in lines)
    most = max(lines, key=lambda line: (line.valeur or 0) - line.marge)
    too_small = total.valeur + total.marge < (most.valeur or 0) - most.marge
    most_of_all = terms.total()
    if not too_small and (hidden or total.valeur - total.marge <= (most_of_all.value or 0) + most_of_all.slack):
        yield Tested("cohorte")
        return
    why = "est plus petite que l'une d'elles" if too_small else "dépasse leur somme"
    finding = Finding(
        check="cohorte",
        message=f"La ligne {table.total}, qui compte une fois chaque jeune des autres lignes, {why} dans {grid}.",
        first=total.place,
        first_value=str(amount_of(total)),
        second=most.place,
        second_value=str(amount_of(most)) if too_small else str(terms),
        blocking=True,
        key=f"cohorte:{path_of(total.key)}:lignes",
    )
    yield Tested("cohorte", finding)


class Sum:
    """One cell of an additive table: the service's figure, and those of the territories added up."""

    def __init__(self, total: Figure | None = None) -> None:
        self.total = total
        self.terms = Terms()
        self.first: Place | None = None

    def add(self, figure: Figure) -> None:
        """Take a territory's figure."""
        self.terms.add(amount_of(figure))
        self.first = self.first or figure.place


class Additivity:
    """Every additive figure of the year against those of the territories, which come one after the other.

    Notes
    -----
    Where some communes have no portrait, or a portrait without the table, the parts are only known not to exceed the
    service.
    """

    def __init__(self, declared: Declared, service: Iterable[Figure]) -> None:
        self._declared = declared
        self._tables: dict[str, dict[tuple[str, str], Sum]] = {}
        self._parts: dict[str, set[str]] = {}
        for figure in service:
            key = figure.key
            if key.territoire == SERVICE and key.annee == declared.year and key.indicateur in declared.additive:
                self._tables.setdefault(key.indicateur, {})[key.ligne, key.colonne] = Sum(figure)

    def add(self, figures: Iterable[Figure]) -> None:
        """Take the figures of one of the territories that the service is the sum of, in their order."""
        for figure in figures:
            key = figure.key
            if key.annee == self._declared.year and key.indicateur in self._tables:
                self._parts.setdefault(key.indicateur, set()).add(key.territoire)
                self._tables[key.indicateur].setdefault((key.ligne, key.colonne), Sum()).add(figure)

    def check(self, shown: frozenset[tuple[str, str]], titles: Mapping[str, str]) -> Iterator[Tested]:
        """Test what was taken.

        Parameters
        ----------
        shown
            (id, territory) of the tables that a chapter showed, with or without lines; the service's own carries the
            territories without a page.
        titles
            Title of each table of the service.
        """
        for id, apart in self._declared.additive.items():
            complete = all((id, commune) in shown for commune in self._declared.communes)
            everywhere = len(self._parts.get(id, ())) == len(self._declared.territories)
            if id in self._tables and (id in self._parts or complete):
                for (line, column), cell in self._tables[id].items():
                    if column not in apart:
                        key = FigureKey(id, self._declared.year, SERVICE, line, column)
                        in_all = cell.terms.count == len(self._parts.get(id, ())) or id in self._declared.links.actions
                        if self._declared.shared and not (everywhere and cell.terms.count and in_all):
                            continue  # a territory of few shows its totals alone
                        holds = _adds_up(cell, complete)
                        yield Tested("additivite", None if holds else _wrong_sum(key, cell, titles.get(id, id)))


def _adds_up(cell: Sum, complete: bool) -> bool:
    total = amount_of(cell.total)
    if not complete:
        return _within(total, cell.terms)
    return cell.terms.agree(total) if cell.terms.count else not total.value  # no territory shows it: zero, or not known


def _within(total: Amount, terms: Terms) -> bool:
    sum_of_parts = terms.total().value
    return sum_of_parts is None or total.value is None or sum_of_parts <= total.value + TOLERANCE


def _wrong_sum(key: FigureKey, cell: Sum, title: str) -> Finding:
    table = f"« {title} » ({key.territoire}, {key.annee})"
    return Finding(
        check="additivite",
        message=(
            f"Les territoires ne s'additionnent pas pour donner le service, ligne {key.ligne}, colonne {key.colonne} "
            f"de {table}."
        ),
        first=place_of(key, cell.total),
        first_value=str(amount_of(cell.total)),
        second=cell.first,
        second_value=str(cell.terms) if cell.terms.count else "0",
        blocking=True,
        key=f"additivite:{path_of(key)}",
    )
