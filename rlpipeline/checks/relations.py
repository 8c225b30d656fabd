"""What must hold between published figures: the rows of their links in one pass, then what no row can say."""

from __future__ import annotations

import math
from calendar import isleap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, product
from urllib.parse import quote

from rlpipeline.checks.model import (
    TOLERANCE,
    Amount,
    Figure,
    Finding,
    Place,
    Terms,
    Test,
    amount_of,
    place_of,
    same,
    where_of,
    written,
)
from rlpipeline.checks.reading import PARQUET, Columns, Publication, bare
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
from rlpipeline.states import ARRONDI, STATES, WITH_NUMBER

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
    yield from relations.rows()
    yield from relations.quotients()


class _Relations:
    def __init__(self, figures: Figures, titles: Mapping[str, str], declared: Declared) -> None:
        self._figures, self._titles, self._declared = figures, titles, declared
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
            key: not (key.indicateur in own and one.etat in {"nc", "vide"})
            for key, one in self._figures.items()
        }
        if not self._declared.shared:
            cells.update(dict.fromkeys(sorted(self._not_shown()), True))
        return cells

    def _not_shown(self) -> Iterator[FigureKey]:
        """Give the cells that tables of the year have by their territories, lines and columns, and do not show."""
        axes: dict[tuple[str, int], tuple[dict[str, None], ...]] = {}
        for key in filter(self._is_added_up, self._figures):
            for codes, code in zip(axes.setdefault(key[:2], ({}, {}, {})), key[2:], strict=True):
                codes[code] = None
        for table, every in axes.items():
            for cell in product(*every):
                key = FigureKey(*table, *cell)
                if key not in self._figures:
                    yield key

    def _is_added_up(self, key: FigureKey) -> bool:
        """Whether a figure is of the year, in a table whose totals are those of its cells."""
        table = self._declared.links.tables.get(key.indicateur)
        return key.annee == self._declared.year and table is not None and table.additive

    def values(self) -> Iterator[Test]:
        counted, tables = self._declared.links.counted, self._declared.links.tables
        balances = {(id, line) for id, table in tables.items() for line in table.balances}
        for figure in self._figures.values():
            wrong = _impossible(
                figure, counted, (figure.key.indicateur, figure.key.ligne) in balances
            )
            yield self._wrong_unit(figure, wrong, figure.unite, "valeur") if wrong else "unite"

    def rows(self) -> Iterator[Test]:
        for row in self._rows():
            holds = self._holds(row)
            if row.link is not None:
                yield row.link.check if holds else self._broken_link(row, row.link)
            elif row.kind == "somme":
                yield from self._sum(row, holds)
            else:
                yield self._check_of(row) if holds else self._broken_sum(row)

    def _rows(self) -> Iterator[Constraint]:
        year, communes = self._declared.year, self._declared.communes
        of_a_year = (row for row in constraints(self._tables, communes) if len(row.terms) > 1)
        for row in chain(of_a_year, constraints_between_years(self._tables)):
            across = row.link is None and len({key.territoire for key, _ in row.terms}) > 1
            assumed = row.kind == "taux" or (row.link is not None and row.link.holds == "suppose")
            if not assumed and not (across and row.terms[0][0].annee != year):
                yield row
        for where in self._tables.axes:
            yield from self._of_lines(where)

    def _of_lines(self, where: Where) -> Iterator[Constraint]:
        table = self._declared.links.tables.get(where[0])
        groups = table.lines.groups if table else frozenset[str]()
        if (table and (table.totals or table.of_actions)) or (
            groups and where[1] != self._declared.year
        ):
            return
        lines = sorted(self._tables.lines(where), key=lambda line: line == TOTAL)
        for column in self._tables.columns(where):
            every: list[FigureKey] = []
            group: list[FigureKey] = []
            for key in (FigureKey(*where, line, column) for line in lines):
                unit = self._figures[key].unite if key in self._figures else ""
                if key.ligne in groups or key.ligne == TOTAL:
                    of = every + group if key.ligne == TOTAL else group
                    parts = [
                        (part, 1.0)
                        for part in of
                        if self._figures[part].unite == unit and unit not in RATES
                    ]
                    if parts:
                        yield Constraint(
                            ((key, -1.0), *parts),
                            0.0,
                            0.0,
                            "somme",
                            "le total est celui des lignes",
                        )
                    every, group = every + (group or [key]), []
                elif unit:
                    group.append(key)

    def _holds(self, row: Constraint) -> bool:
        least = most = 0.0
        partial = row.link is not None and row.link.partial
        for key, factor in row.terms:
            low, high = self._bounds(key, partial)
            least += factor * (low if factor > 0 else high)
            most += factor * (high if factor > 0 else low)
        return most >= row.least - TOLERANCE and least <= row.most + TOLERANCE

    def _bounds(self, key: FigureKey, partial: bool) -> tuple[float, float]:
        figure = self._figures.get(key)
        if figure is None:
            return 0.0, 0.0 if key in self._tables.cells else math.inf
        if figure.valeur is None:
            return 0.0, 0.0 if figure.etat == "vide" or (
                partial and figure.etat == "nc"
            ) else math.inf
        most = figure.valeur + figure.marge if partial or figure.etat != "partiel" else math.inf
        return figure.valeur - figure.marge, most

    def _sum(self, row: Constraint, holds: bool) -> Iterator[Test]:
        check = self._check_of(row)
        whole, *parts = keys = [key for key, _ in row.terms]
        if not self._apart.isdisjoint(keys) and all(key in self._tables.cells for key in keys):
            holds = self._amounts(parts).agree(self._amount(whole))
        yield check if holds else self._broken_sum(row)
        units = {key: self._figures[key].unite for key in keys if key in self._figures}
        if check != "additivite" and whole in units and len({*units.values()}) > 1:
            for key in (key for key in parts if units.get(key, units[whole]) != units[whole]):
                yield self._wrong_unit(
                    self._figures[key], "Un total mêle deux unités", units[whole], "total"
                )

    def _broken_sum(self, row: Constraint) -> Finding:
        check = self._check_of(row)
        whole, *parts = (key for key, _ in _whole_first(row))
        message = (
            f"{BROKEN['somme' if row.kind == 'somme' else '<=']} : {row.why}, ligne {whole.ligne}, "
        )
        message += f"colonne {whole.colonne} de {self._table(whole)}."
        second, suffix = (
            parts[0] if check in {"additivite", "cohorte"} else whole,
            ":lignes" * (check == "cohorte"),
        )
        return self._finding(
            check, message, (whole, second), str(self._amounts(parts)), f"{path_of(whole)}{suffix}"
        )

    def _broken_link(self, row: Constraint, link: Link) -> Finding:
        sides = [
            [key for key, factor in row.terms if (factor > 0) == positive]
            for positive in (True, False)
        ]
        left, right = reversed(sides) if row.kind == "zéro" else sides
        first, second = (left or right)[0], (right or left)[0]
        blocking = link.holds == "toujours" or (
            link.holds == "dans_les_dates" and self._declared.within_dates
        )
        message = (
            f"{BROKEN[link.sign]} : {link.why}. {self._table(first)} et {self._table(second)}."
        )
        finding = self._finding(
            link.check,
            message,
            (first, second),
            str(self._amounts(right)),
            f"{path_of(first)}:{link.name}",
        )
        return replace(finding, first_value=str(self._amounts(left)), blocking=blocking)

    def quotients(self) -> Iterator[Test]:
        for where in self._tables.axes:
            table = self._declared.links.tables.get(where[0])
            for part, of in table.parts.items() if table else ():
                yield from self._parts(where, part, of)
            weeks = (366 if isleap(where[1]) else 365) / 7
            for quotient, of in table.weekly.items() if table else ():
                for line in self._tables.lines(where):
                    keys = FigureKey(*where, line, quotient), FigureKey(*where, line, of)
                    yield from self._quotient(*keys, weeks, HALF_A_HUNDREDTH)
        for link in self._declared.links.all:
            for row in link_constraints(link, self._tables) if link.sign == RATE else ():
                (rate, _), (count, _), (base, _) = row.terms
                of_base = self._figures.get(base)
                if of_base is not None and of_base.etat == "ok" and of_base.valeur:
                    yield from self._quotient(
                        rate, count, of_base.valeur / 1000, HALF_A_TENTH, link
                    )

    def _parts(self, where: Where, part: str, of: str) -> Iterator[Test]:
        keys = [
            FigureKey(*where, line, part) for line in self._tables.lines(where) if line != TOTAL
        ]
        whole = self._amounts(key._replace(colonne=of) for key in keys).total().value
        shares = self._amounts(key for key in keys if key in self._figures)
        total = self._figures.get(FigureKey(*where, TOTAL, part))
        for key in keys if whole else ():
            yield from self._quotient(
                key, key._replace(colonne=of), (whole or 0.0) / 100, HUNDREDTH
            )
        if (
            whole
            and total
            and shares.parts
            and not any(share.value is None for share in shares.parts)
        ):
            holds = same(shares.total().value, 100.0) and same(total.valeur, 100.0)
            yield "pourcentage" if holds else self._wrong_quotient(total.key, total.key, shares)

    def _quotient(
        self, key: FigureKey, of: FigureKey, by: float, near: float, link: Link | None = None
    ) -> Iterator[Test]:
        figure, whole = self._figures.get(key), self._figures.get(of)
        if (
            figure is not None
            and whole is not None
            and not {figure.etat, whole.etat} - {"ok", "partiel"}
        ):
            value = (whole.valeur or 0.0) / by
            holds = abs((figure.valeur or 0.0) - value) <= near + TOLERANCE
            yield (
                "pourcentage"
                if holds
                else self._wrong_quotient(key, of, Amount(value, whole.etat), link)
            )

    def _wrong_quotient(
        self, key: FigureKey, of: FigureKey, expected: Amount | Terms, link: Link | None = None
    ) -> Finding:
        said, suffix = f"La colonne {key.colonne} n'est pas ce que donnent ses deux termes", ""
        if link:
            said, suffix = f"{BROKEN[RATE]} : {link.why}", f":{link.name}"
        message = f"{said}, ligne {key.ligne} de {self._table(key)}."
        words = f"{expected}, de {self._amount(of)}"
        return self._finding("pourcentage", message, (key, of), words, f"{path_of(key)}{suffix}")

    def _check_of(self, row: Constraint) -> str:
        (whole, _), (part, _), *_ = _whole_first(row)
        table = self._declared.links.tables.get(whole.indicateur)
        if whole.territoire != part.territoire:
            return "additivite"
        if whole.ligne == part.ligne:
            return "total_ligne"
        total, kinds = (table.lines.total, table.totals) if table else (TOTAL, {})
        if total == whole.ligne and "reunion" in (kinds.get(whole.colonne), kinds.get("")):
            return "cohorte"
        return "total_colonne" if whole.ligne in {TOTAL, total} else "sous_total"

    def _table(self, key: FigureKey) -> str:
        return f"« {self._titles.get(key.indicateur, key.indicateur)} » ({key.territoire}, {key.annee})"

    def _wrong_unit(self, figure: Figure, said: str, against: str, kind: str) -> Finding:
        key = figure.key
        message = f"{said}, ligne {key.ligne}, colonne {key.colonne} de {self._table(key)}."
        value = f"{amount_of(figure)} {figure.unite}"
        return Finding(
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
    ) -> Finding:
        first, second = (place_of(each, self._figures.get(each)) for each in of)
        return Finding(
            check, message, first, str(self._amount(of[0])), second, against, True, f"{check}:{key}"
        )


def _whole_first(row: Constraint) -> Sequence[tuple[FigureKey, float]]:
    return sorted(row.terms, key=lambda term: term[1]) if row.kind == "part" else row.terms


def _counted_elsewhere(links: Links, figures: Figures) -> Links:
    there = {key.indicateur for key in figures if key.territoire == SANS_COMMUNE}
    tables = {
        id: replace(one, residents=one.residents and id not in there)
        for id, one in links.tables.items()
    }
    return replace(links, tables=tables)


def _impossible(figure: Figure, counted: frozenset[str], balance: bool) -> str:
    value, state = figure.valeur, figure.etat
    if state not in STATES:
        return f"L'état « {state} » n'existe pas"
    if (value is not None) != (state in WITH_NUMBER):
        return f"Une valeur ne va pas avec l'état « {state} »"
    if value is None:
        return ""
    if not math.isfinite(value):
        return "La valeur n'est pas un nombre"
    if figure.unite in counted and (value != int(value) or (value < 0 and not balance)):
        return f"On compte des {figure.unite.replace('_', ' ')} : le nombre est entier et positif"
    return (
        "Un nombre arrondi n'est pas un multiple de sa base"
        if state == ARRONDI and value % (figure.marge + 1)
        else ""
    )


def check_dictionary(
    indicators: Iterable[str], said: Described, declared: Declared
) -> Iterator[Test]:
    """Test that the dictionary declares every table published, and all that the programme declares."""
    place, expected = (
        Place(DICTIONARY, "rubriques « tableaux » et « liens »"),
        "ce que « rlpipeline build » y écrit",
    )
    for id in sorted(indicators):
        # Told, not refused: a chapter of the service may show a table of its own that nothing declares.
        message = f"Le dictionnaire ne déclare pas le tableau « {id} » : rien ne le lie aux autres."
        key = f"dictionnaire:non_declare:{id}"
        finding = Finding("dictionnaire", message, place, "non déclaré", None, expected, False, key)
        yield "dictionnaire" if id in declared.links.tables else finding
    for name in WANTED if declared.expected else ():
        message = f"Le dictionnaire n'est pas celui que le programme écrit : rubrique « {name} »."
        key = f"dictionnaire:{name}"
        finding = Finding("dictionnaire", message, place, "autre chose", None, expected, True, key)
        yield "dictionnaire" if said[name] == declared.expected[name] else finding


def check_recount(figures: Figures, recount: Recount, declared: Declared) -> Iterator[Test]:
    """Test every figure against what is counted; one of the year that only the records give is missing."""
    tables: dict[Where, dict[tuple[str, str], Figure]] = {}
    for key, figure in figures.items():
        if key.indicateur in declared.links.tables:
            tables.setdefault(key[:3], {})[key[3:]] = figure
    for where in by_territory(tables):
        published, counted = tables[where], recount(*where)
        missing = counted if counted and where[1] == declared.year else {}
        for cell in dict.fromkeys([*published, *missing]) if counted is not None else ():
            shown, (value, unit, state) = (
                published.get(cell),
                (counted or {}).get(cell, NOT_COUNTED),
            )
            if shown is not None and shown[2:4] == (unit, state) and same(shown.valeur, value):
                yield "recalcul"
                continue
            key = FigureKey(*where, *cell)
            message = f"Le chiffre publié n'est pas celui que l'on recompte : {where_of(key).removeprefix('tableau ')}."
            said = f"{amount_of(shown)} {shown.unite}" if shown else ABSENT
            expected = (
                f"{Amount(value, state)} {unit} ({RECORDS})" if unit else f"{ABSENT} des {RECORDS}"
            )
            told = place_of(key, shown), said, None, expected, True, f"recalcul:{path_of(key)}"
            yield Finding("recalcul", message, *told)


def check_names(publication: Publication, names: Names) -> Iterator[Test]:
    """Test that every line and column is called as the store calls it."""
    counted: dict[tuple[str, str], set[str]] = {}
    for id, year, territory in by_territory(publication.tables):
        for code, words in names(id, territory) if year == publication.year else ():
            counted.setdefault((id, code), set()).add(bare(words, code))
    for (id, code), shown in publication.labels.items():
        known = counted.get((id, code), shown)
        message = f"Une ligne ou une colonne n'a pas le nom que lui donne le calcul : {code}, tableau {id}."
        place, key = Place(PARQUET, f"tableau {id}, {code}"), f"recalcul:{id}/{code}:nom"
        words, expected = (" ou ".join(sorted(each)) for each in (shown, known))
        yield (
            "recalcul"
            if shown <= known
            else Finding("recalcul", message, place, words, None, expected, True, key)
        )


def check_list(lines: Columns, figures: Figures, year: int) -> Iterator[Test]:
    """Test the table of follow-ups to look at again, of each territory, against the lines of their list."""
    rows = zip(lines.get("statut", ()), lines.get("commune", ()), strict=True)
    cells = (
        (line, of)
        for status, commune in rows
        for of in (SERVICE, commune)
        for line in (status, TOTAL)
    )
    counts = Counter(FigureKey(LISTED_TABLE, year, of, line, "nombre") for line, of in cells)
    shown = [key for key in figures if key[:2] == (LISTED_TABLE, year)]
    territories = {key.territoire for key in shown}
    for key in (
        key for key in dict.fromkeys([*shown, *counts]) if counts and key.territoire in territories
    ):
        amount, place = (
            amount_of(figures.get(key)),
            f"statut {key.ligne}, territoire {key.territoire}",
        )
        message = f"La liste des suivis à réexaminer n'a pas le nombre de lignes du tableau, ligne {key.ligne}."
        told = (
            place_of(key, figures.get(key)),
            str(amount),
            Place(LIST, place),
            written(counts[key]),
        )
        finding = Finding("marge", message, *told, True, f"marge:{path_of(key)}:liste")
        yield "marge" if same(amount.value, counts[key]) else finding


def path_of(key: FigureKey) -> str:
    """``id/year/territory/line/column``, a slash inside a name written %2F, as the texts write references."""
    return "/".join(str(part).replace("%", "%25").replace("/", quote("/", safe="")) for part in key)
