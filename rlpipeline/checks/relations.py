"""What must hold between published figures: the constraints of their links in one pass, then what none can say."""

from __future__ import annotations

import math
from calendar import isleap
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, product
from urllib.parse import quote

from rlpipeline.checks.model import (
    TOLERANCE,
    Amount,
    Discrepancy,
    Figure,
    Location,
    Terms,
    Test,
    amount_of,
    place_of,
    same,
    where_of,
    written,
)
from rlpipeline.checks.published import PARQUET, Columns, Publication, bare
from rlpipeline.declared import (
    DICTIONARY,
    RATE,
    SERVICE,
    WANTED,
    Described,
    FigureKey,
    Link,
    Links,
    by_territory,
)
from rlpipeline.links import (
    SANS_COMMUNE,
    TOTAL,
    Constraint,
    Tables,
    Where,
    constraints,
    constraints_between_years,
    link_constraints,
)
from rlpipeline.states import ARRONDI, NC, OK, PARTIEL, STATES, VIDE, WITH_NUMBER

RATES = frozenset({"%", "‰", "note", "points", "ans", "mois"})
"""Units that do not add up."""
HUNDREDTH, HALF_A_HUNDREDTH, HALF_A_TENTH = 0.01, 0.005, 0.05
"""How far a part of a whole may be from its quotient, a weekly quotient, a rate for a thousand."""
LIST, LISTED_TABLE = "alertes.csv", "alertes"
BROKEN = {
    "=": "Deux totaux diffèrent",
    "somme": "Un total n'est pas la somme de ses parties",
    "<=": "Une partie dépasse son ensemble",
    "zéro": "L'un est nul et l'autre non",
    RATE: "Un taux n'est pas celui de ses deux nombres",
}
RECORDS, ABSENT = "données du service", "absent"
NOT_COUNTED = (None, "", ABSENT)
Figures = Mapping[FigureKey, Figure]
Counted = tuple[float | None, str, str]
"""Value, unit, state."""
Recount = Callable[[str, int, str], Mapping[tuple[str, str], Counted] | None]
"""From an indicator, a year and a territory to its figures by (ligne, colonne); None where it does not count them."""
Names = Callable[[str, str], Iterable[tuple[str, str]]]
"""From an indicator and a territory to the code and the words of each line and column; nothing where it has none."""


@dataclass(frozen=True)
class Declared:
    """What the relations need to know beside the figures.

    ``communes`` are INSEE codes; ``links`` what the publication's dictionary declares of its tables, ``expected`` what
    the programme does, empty where it is not known; ``within_dates`` whether every row of the records is within the
    dates of its follow-up; ``shared`` whether it is the edition to share, where a cell not shown is no zero.
    """

    year: int
    communes: tuple[str, ...] = ()
    links: Links = field(default_factory=Links)
    expected: Described = field(default_factory=dict)
    within_dates: bool = False
    shared: bool = False


def check_relations(
    figures: Figures, titles: Mapping[str, str], declared: Declared
) -> Iterator[Test]:
    """Test what holds between figures, in the order of the tables, of the year and of the year before."""
    relations = _Relations(figures, titles, declared)
    yield from relations.values()
    yield from relations.constraints()
    yield from relations.quotients()


class _Relations:
    def __init__(self, figures: Figures, titles: Mapping[str, str], declared: Declared) -> None:
        self._figures = figures
        self._titles = titles
        self._declared = declared
        self._tables = Tables(_counted_elsewhere(declared.links, figures), self._cells())
        self._apart = {key for key, figure in figures.items() if figure.etat != "ok"}

    def _amount(self, key: FigureKey) -> Amount:
        return amount_of(self._figures.get(key))

    def _amounts(self, keys: Iterable[FigureKey]) -> Terms:
        return Terms(map(self._amount, keys))

    def _cells(self) -> dict[FigureKey, bool]:
        """Give each cell, and whether it has a number: one that is not shown in an exact edition is a zero."""
        links = self._declared.links.tables
        own = {id for id, table in links.items() if table.lines.own_total}
        cells = {
            key: key.indicateur not in own or figure.etat not in {NC, VIDE}
            for key, figure in self._figures.items()
        }
        if not self._declared.shared:
            cells |= dict.fromkeys(sorted(self._not_shown()), True)
        return cells

    def _not_shown(self) -> Iterator[FigureKey]:
        """Give the cells that tables of the year have by their territories, lines and columns, and do not show."""
        axes: dict[tuple[str, int], tuple[dict[str, None], ...]] = {}
        for key in filter(self._is_added_up, self._figures):
            of_table = axes.setdefault(key[:2], ({}, {}, {}))
            for codes, code in zip(of_table, key[2:], strict=True):
                codes[code] = None
        for (id, year), of_table in axes.items():
            every = (FigureKey(id, year, *cell) for cell in product(*of_table))
            yield from (key for key in every if key not in self._figures)

    def _is_added_up(self, key: FigureKey) -> bool:
        """Whether a figure is of the year, in a table whose totals are those of its cells."""
        table = self._declared.links.tables.get(key.indicateur)
        return key.annee == self._declared.year and table is not None and table.additive

    def values(self) -> Iterator[Test]:
        """Test each figure by itself."""
        counted = self._declared.links.counted
        tables = self._declared.links.tables
        balances = {(id, line) for id, table in tables.items() for line in table.balances}
        for figure in self._figures.values():
            is_balance = (figure.key.indicateur, figure.key.ligne) in balances
            wrong = _impossible(figure, counted, is_balance)
            yield self._wrong_unit(figure, wrong, figure.unite, "valeur") if wrong else "unite"

    def constraints(self) -> Iterator[Test]:
        """Test each constraint."""
        for constraint in self._constraints():
            holds = self._holds(constraint)
            if constraint.link is not None:
                yield (
                    constraint.link.check
                    if holds
                    else self._broken_link(constraint, constraint.link)
                )
            elif constraint.kind == "somme":
                yield from self._sum(constraint, holds)
            else:
                yield self._check_of(constraint) if holds else self._broken_sum(constraint)

    def _constraints(self) -> Iterator[Constraint]:
        """Give the constraints of both years that are checks, then those of the lines of each table."""
        of_a_year = constraints(self._tables, self._declared.communes)
        several = (constraint for constraint in of_a_year if len(constraint.terms) > 1)
        for constraint in chain(several, constraints_between_years(self._tables)):
            if self._is_tested(constraint):
                yield constraint
        for where in self._tables.axes:
            yield from self._of_lines(where)

    def _is_tested(self, constraint: Constraint) -> bool:
        """Whether it is more than an assumption; portraits are added up in their own year alone."""
        if constraint.link is not None:
            return constraint.kind != "taux" and constraint.link.holds != "suppose"
        is_of_year = constraint.terms[0][0].annee == self._declared.year
        return is_of_year or len({key.territoire for key, _ in constraint.terms}) == 1

    def _of_lines(self, where: Where) -> Iterator[Constraint]:
        """Add up the lines of a table that declares no total: sub-totals and the total that it shows."""
        table = self._declared.links.tables.get(where[0])
        groups = table.lines.groups if table else frozenset[str]()
        is_declared = table is not None and bool(table.totals or table.of_actions)
        if is_declared or (groups and where[1] != self._declared.year):
            return
        lines = sorted(self._tables.lines(where), key=lambda line: line == TOTAL)
        for column in self._tables.columns(where):
            yield from self._grouped([FigureKey(*where, line, column) for line in lines], groups)

    def _grouped(
        self, column: Iterable[FigureKey], groups: Collection[str]
    ) -> Iterator[Constraint]:
        """Add up a column: each sub-total is the sum of the lines since the one before, the total that of all."""
        before: list[FigureKey] = []
        group: list[FigureKey] = []
        for key in column:
            if key.ligne == TOTAL:
                yield from self._of_parts(key, [*before, *group])
            elif key.ligne in groups:
                yield from self._of_parts(key, group)
                before = [*before, *(group or [key])]
                group = []
            elif self._unit(key):
                group.append(key)

    def _unit(self, key: FigureKey) -> str:
        if key in self._figures:
            return self._figures[key].unite
        return ""

    def _of_parts(self, whole: FigureKey, parts: Iterable[FigureKey]) -> Iterator[Constraint]:
        """Say that a line is the sum of those that are in its unit."""
        unit = self._unit(whole)
        alike = [part for part in parts if self._unit(part) == unit]
        if alike and unit not in RATES:
            terms = ((whole, -1.0), *((part, 1.0) for part in alike))
            yield Constraint(terms, 0.0, 0.0, "somme", "le total est celui des lignes")

    def _holds(self, constraint: Constraint) -> bool:
        least = most = 0.0
        partial = constraint.link is not None and constraint.link.partial
        for key, factor in constraint.terms:
            low, high = self._bounds(key, partial)
            least += factor * (low if factor > 0 else high)
            most += factor * (high if factor > 0 else low)
        return most >= constraint.least - TOLERANCE and least <= constraint.most + TOLERANCE

    def _bounds(self, key: FigureKey, partial: bool) -> tuple[float, float]:
        """Give the least and the most that a figure may be; ``partial``: as far as it is known."""
        figure = self._figures.get(key)
        if figure is None:
            return 0.0, 0.0 if key in self._tables.cells else math.inf
        if figure.valeur is None:
            is_nothing = figure.etat == VIDE or (partial and figure.etat == NC)
            return 0.0, 0.0 if is_nothing else math.inf
        is_whole = partial or figure.etat != PARTIEL
        return figure.valeur - figure.marge, figure.valeur + figure.marge if is_whole else math.inf

    def _sum(self, constraint: Constraint, holds: bool) -> Iterator[Test]:
        """Test a sum by what is known of each part where not all are exact, and that its lines are in one unit."""
        check = self._check_of(constraint)
        whole, *parts = keys = [key for key, _ in constraint.terms]
        is_exact = self._apart.isdisjoint(keys)
        if not is_exact and self._tables.cells.keys() >= {*keys}:
            holds = self._amounts(parts).agree(self._amount(whole))
        yield check if holds else self._broken_sum(constraint)
        if check != "additivite" and whole in self._figures:
            unit = self._figures[whole].unite
            for part in (self._figures[key] for key in parts if key in self._figures):
                if part.unite != unit:
                    yield self._wrong_unit(part, "Un total mêle deux unités", unit, "total")

    def _broken_sum(self, constraint: Constraint) -> Discrepancy:
        check = self._check_of(constraint)
        whole, *parts = (key for key, _ in _whole_first(constraint))
        broken = BROKEN["somme" if constraint.kind == "somme" else "<="]
        where = f"ligne {whole.ligne}, colonne {whole.colonne} de {self._table(whole)}"
        second = parts[0] if check in {"additivite", "cohorte"} else whole
        path = f"{path_of(whole)}:lignes" if check == "cohorte" else path_of(whole)
        added = str(self._amounts(parts))
        return self._finding(
            check, f"{broken} : {constraint.why}, {where}.", (whole, second), added, path
        )

    def _broken_link(self, constraint: Constraint, link: Link) -> Discrepancy:
        positive = [key for key, factor in constraint.terms if factor > 0]
        negative = [key for key, factor in constraint.terms if factor <= 0]
        left, right = (negative, positive) if constraint.kind == "zéro" else (positive, negative)
        first = (left or right)[0]
        second = (right or left)[0]
        is_within = link.holds == "dans_les_dates" and self._declared.within_dates
        tables = f"{self._table(first)} et {self._table(second)}"
        message = f"{BROKEN[link.sign]} : {link.why}. {tables}."
        path = f"{path_of(first)}:{link.name}"
        amounts = str(self._amounts(right))
        finding = self._finding(link.check, message, (first, second), amounts, path)
        blocking = link.holds == "toujours" or is_within
        return replace(finding, first_value=str(self._amounts(left)), blocking=blocking)

    def quotients(self) -> Iterator[Test]:
        """Test percentages, amounts a week, rates for a thousand."""
        for where in self._tables.axes:
            table = self._declared.links.tables.get(where[0])
            if table is not None:
                for part, of in table.parts.items():
                    yield from self._parts(where, part, of)
                for quotient, of in table.weekly.items():
                    yield from self._weekly(where, quotient, of)
        for link in self._declared.links.all:
            if link.sign == RATE:
                yield from self._rates(link)

    def _weekly(self, where: Where, quotient: str, of: str) -> Iterator[Test]:
        weeks = (366 if isleap(where[1]) else 365) / 7
        for line in self._tables.lines(where):
            keys = FigureKey(*where, line, quotient), FigureKey(*where, line, of)
            yield from self._quotient(*keys, weeks, HALF_A_HUNDREDTH)

    def _rates(self, link: Link) -> Iterator[Test]:
        for constraint in link_constraints(link, self._tables):
            (rate, _), (count, _), (base, _) = constraint.terms
            of_base = self._figures.get(base)
            if of_base is not None and of_base.etat == OK and of_base.valeur:
                yield from self._quotient(rate, count, of_base.valeur / 1000, HALF_A_TENTH, link)

    def _parts(self, where: Where, part: str, of: str) -> Iterator[Test]:
        """Test a column of percentages, each of its line, then that they are a hundred in all."""
        lines = [line for line in self._tables.lines(where) if line != TOTAL]
        keys = [FigureKey(*where, line, part) for line in lines]
        whole = self._amounts(FigureKey(*where, line, of) for line in lines).total().value
        if not whole:
            return
        for key in keys:
            yield from self._quotient(key, key._replace(colonne=of), whole / 100, HUNDREDTH)
        shares = self._amounts(filter(self._figures.__contains__, keys))
        yield from self._hundred(self._figures.get(FigureKey(*where, TOTAL, part)), shares)

    def _hundred(self, total: Figure | None, shares: Terms) -> Iterator[Test]:
        """Test that percentages are a hundred in all, and that their total says so, where all are known."""
        if total and shares.parts and all(share.value is not None for share in shares.parts):
            holds = same(shares.total().value, 100.0) and same(total.valeur, 100.0)
            yield "pourcentage" if holds else self._wrong_quotient(total.key, total.key, shares)

    def _quotient(
        self, key: FigureKey, of: FigureKey, by: float, near: float, link: Link | None = None
    ) -> Iterator[Test]:
        """Test that a figure is another divided by a number, where both are known."""
        figure = self._figures.get(key)
        whole = self._figures.get(of)
        if figure is None or whole is None or {figure.etat, whole.etat} - {OK, PARTIEL}:
            return
        value = (whole.valeur or 0.0) / by
        if abs((figure.valeur or 0.0) - value) <= near + TOLERANCE:
            yield "pourcentage"
        else:
            yield self._wrong_quotient(key, of, Amount(value, whole.etat), link)

    def _wrong_quotient(
        self, key: FigureKey, of: FigureKey, expected: Amount | Terms, link: Link | None = None
    ) -> Discrepancy:
        broken = f"La colonne {key.colonne} n'est pas ce que donnent ses deux termes"
        path = path_of(key)
        if link:
            broken = f"{BROKEN[RATE]} : {link.why}"
            path = f"{path}:{link.name}"
        message = f"{broken}, ligne {key.ligne} de {self._table(key)}."
        against = f"{expected}, de {self._amount(of)}"
        return self._finding("pourcentage", message, (key, of), against, path)

    def _check_of(self, constraint: Constraint) -> str:
        (whole, _), (part, _), *_ = _whole_first(constraint)
        table = self._declared.links.tables.get(whole.indicateur)
        if whole.territoire != part.territoire:
            return "additivite"
        if whole.ligne == part.ligne:
            return "total_ligne"
        total, kinds = (table.lines.total, table.totals) if table else (TOTAL, {})
        if total == whole.ligne and "reunion" in (kinds.get(whole.colonne), kinds.get("")):
            return "cohorte"
        if whole.ligne in {TOTAL, total}:
            return "total_colonne"
        return "sous_total"

    def _table(self, key: FigureKey) -> str:
        return f"« {self._titles.get(key.indicateur, key.indicateur)} » ({key.territoire}, {key.annee})"

    def _wrong_unit(self, figure: Figure, said: str, against: str, kind: str) -> Discrepancy:
        key = figure.key
        message = f"{said}, ligne {key.ligne}, colonne {key.colonne} de {self._table(key)}."
        value = f"{amount_of(figure)} {figure.unite}"
        return Discrepancy(
            "unite",
            message,
            figure.place,
            value,
            None,
            against,
            True,
            f"unite:{path_of(key)}:{kind}",
        )

    def _finding(
        self, check: str, message: str, of: tuple[FigureKey, FigureKey], against: str, key: str
    ) -> Discrepancy:
        first, second = (place_of(each, self._figures.get(each)) for each in of)
        return Discrepancy(
            check, message, first, str(self._amount(of[0])), second, against, True, f"{check}:{key}"
        )


def _whole_first(constraint: Constraint) -> Sequence[tuple[FigureKey, float]]:
    if constraint.kind == "part":
        return sorted(constraint.terms, key=lambda term: term[1])
    return constraint.terms


def _counted_elsewhere(links: Links, figures: Figures) -> Links:
    """Declare that young people of no commune are counted, in tables that show them."""
    there = {key.indicateur for key in figures if key.territoire == SANS_COMMUNE}
    shown = {id: table for id, table in links.tables.items() if id in there}
    counted = {id: replace(table, residents=False) for id, table in shown.items()}
    return replace(links, tables={**links.tables, **counted})


def _impossible(figure: Figure, counted: frozenset[str], is_balance: bool) -> str:
    """Say why a figure cannot be; nothing where it can."""
    value = figure.valeur
    state = figure.etat
    if state not in STATES:
        return f"L'état « {state} » n'existe pas"
    if (value is not None) != (state in WITH_NUMBER):
        return f"Une valeur ne va pas avec l'état « {state} »"
    if value is not None and not math.isfinite(value):
        return "La valeur n'est pas un nombre"
    number = value or 0.0
    if figure.unite in counted and (number != int(number) or (number < 0 and not is_balance)):
        return f"On compte des {figure.unite.replace('_', ' ')} : le nombre est entier et positif"
    is_off = state == ARRONDI and number % (figure.marge + 1)
    if is_off:
        return "Un nombre arrondi n'est pas un multiple de sa base"
    return ""


def check_dictionary(
    indicators: Iterable[str], said: Described, declared: Declared
) -> Iterator[Test]:
    """Test that the dictionary declares every table published, and all that the programme declares."""
    place = Location(DICTIONARY, "rubriques « tableaux » et « liens »")
    expected = "ce que « rlpipeline build » y écrit"
    for id in sorted(indicators):
        # Told, not refused: a chapter of the service may show a table of its own that nothing declares.
        message = f"Le dictionnaire ne déclare pas le tableau « {id} » : rien ne le lie aux autres."
        key = f"dictionnaire:non_declare:{id}"
        finding = Discrepancy(
            "dictionnaire", message, place, "non déclaré", None, expected, False, key
        )
        yield "dictionnaire" if id in declared.links.tables else finding
    for name in WANTED if declared.expected else ():
        message = f"Le dictionnaire n'est pas celui que le programme écrit : rubrique « {name} »."
        key = f"dictionnaire:{name}"
        finding = Discrepancy(
            "dictionnaire", message, place, "autre chose", None, expected, True, key
        )
        yield "dictionnaire" if said[name] == declared.expected[name] else finding


def check_recount(figures: Figures, recount: Recount, declared: Declared) -> Iterator[Test]:
    """Test every figure against what is counted; one of the year that only the records give is missing."""
    tables: dict[Where, dict[tuple[str, str], Figure]] = {}
    for key, figure in figures.items():
        if key.indicateur in declared.links.tables:
            tables.setdefault(key.place, {})[key[3:]] = figure
    for where in by_territory(tables):
        published = tables[where]
        counted = recount(*where)
        if counted is None:
            continue
        missing = counted if where[1] == declared.year else {}
        for cell in dict.fromkeys([*published, *missing]):
            key = FigureKey(*where, *cell)
            yield _recounted(key, published.get(cell), counted.get(cell, NOT_COUNTED))


def _recounted(key: FigureKey, shown: Figure | None, counted: Counted) -> Test:
    """Test a figure against what is counted of it."""
    value, unit, state = counted
    if shown and shown[2:4] == (unit, state) and same(shown.valeur, value):
        return "recalcul"
    where = where_of(key).removeprefix("tableau ")
    message = f"Le chiffre publié n'est pas celui que l'on recompte : {where}."
    published = f"{amount_of(shown)} {shown.unite}" if shown else ABSENT
    expected = f"{Amount(value, state)} {unit} ({RECORDS})" if unit else f"{ABSENT} des {RECORDS}"
    sides = place_of(key, shown), published, None, expected
    return Discrepancy("recalcul", message, *sides, True, f"recalcul:{path_of(key)}")


def check_names(publication: Publication, names: Names) -> Iterator[Test]:
    """Test that every line and column is called as the store calls it."""
    counted: dict[tuple[str, str], set[str]] = {}
    for id, year, territory in by_territory(publication.tables):
        for code, words in names(id, territory) if year == publication.year else ():
            counted.setdefault((id, code), set()).add(bare(words, code))
    for (id, code), shown in publication.labels.items():
        known = counted.get((id, code), shown)
        if shown <= known:
            yield "recalcul"
            continue
        message = f"Une ligne ou une colonne n'a pas le nom que lui donne le calcul : {code}, tableau {id}."
        words, expected = (" ou ".join(sorted(each)) for each in (shown, known))
        sides = Location(PARQUET, f"tableau {id}, {code}"), words, None, expected
        yield Discrepancy("recalcul", message, *sides, True, f"recalcul:{id}/{code}:nom")


def check_list(lines: Columns, figures: Figures, year: int) -> Iterator[Test]:
    """Test the table of follow-ups to look at again, of each territory, against the lines of their list."""
    counts = Counter[FigureKey]()
    for status, commune in zip(lines.get("statut", ()), lines.get("commune", ()), strict=True):
        for territory, line in product((SERVICE, commune), (status, TOTAL)):
            counts[FigureKey(LISTED_TABLE, year, territory, line, "nombre")] += 1
    if not counts:
        return
    shown = [key for key in figures if key[:2] == (LISTED_TABLE, year)]
    territories = {key.territoire for key in shown}
    for key in dict.fromkeys([*shown, *counts]):
        if key.territoire in territories:
            yield _listed(key, figures.get(key), counts[key])


def _listed(key: FigureKey, figure: Figure | None, count: int) -> Test:
    """Test how many lines a list has of a status in a territory."""
    amount = amount_of(figure)
    if same(amount.value, count):
        return "marge"
    message = f"La liste des suivis à réexaminer n'a pas le nombre de lignes du tableau, ligne {key.ligne}."
    listed = Location(LIST, f"statut {key.ligne}, territoire {key.territoire}")
    sides = place_of(key, figure), str(amount), listed, written(count)
    return Discrepancy("marge", message, *sides, True, f"marge:{path_of(key)}:liste")


def path_of(key: FigureKey) -> str:
    """``id/year/territory/line/column``, a slash inside a name written %2F, as the texts write references."""
    return "/".join(str(part).replace("%", "%25").replace("/", quote("/", safe="")) for part in key)
