"""What must hold between published figures: the rows of their links in one pass, then what no row can say."""

from __future__ import annotations

import math
from calendar import isleap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from urllib.parse import quote

import numpy as np

from rlpipeline.checks.amounts import TOLERANCE, Amount, Terms, amount_of, same, written
from rlpipeline.checks.findings import Finding, Tested
from rlpipeline.checks.model import STATES, WITH_NUMBER, Figure, Place, where_of
from rlpipeline.checks.reading import FIGURES
from rlpipeline.declared import DICTIONARY, RATE, ROUNDED, SERVICE, Described, FigureKey, Link, Links, differences
from rlpipeline.links import SANS_COMMUNE, TOTAL, Row, Tables, Where, link_rows, rows, rows_between_years

RATES = frozenset({"%", "‰", "note", "points", "ans", "mois"})
"""Units that do not add up."""
HUNDREDTH, HALF_A_HUNDREDTH, HALF_A_TENTH = 0.01, 0.005, 0.05
"""How far a part of a whole may be from its quotient, a weekly quotient, a rate for a thousand."""
LIST, LISTED_TABLE = "alertes.csv", "alertes"
UNDECLARED = "non_declare"
"""In the key of a finding about a table that the dictionary does not declare."""
BROKEN = {
    "=": "Deux totaux diffèrent",
    "<=": "Une partie dépasse son ensemble",
    "zéro": "L'un est nul et l'autre non",
    RATE: "Un taux n'est pas celui de ses deux nombres",
}
RECORDS, ABSENT = "données du service", "absent"
Figures = Mapping[FigureKey, Figure]
Counted = tuple[float | None, str, str]
"""Value, unit, state."""
Recount = Callable[[str, int, str], Mapping[tuple[str, str], Counted] | None]
"""From an indicator, a year and a territory to its figures by (ligne, colonne); None where it does not count them."""


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


def check_relations(figures: Figures, titles: Mapping[str, str], declared: Declared) -> Iterator[Tested]:
    """Test what holds between figures, in the order of the tables, of the year and of the year before."""
    relations = _Relations(figures, titles, declared)
    yield from relations.values()
    yield from relations.rows()
    yield from relations.quotients()


class _Relations:
    def __init__(self, figures: Figures, titles: Mapping[str, str], declared: Declared) -> None:
        self._figures, self._titles, self._declared = figures, titles, declared
        self._tables = Tables(_counted_elsewhere(declared.links, figures), self._cells())

    def _cells(self) -> dict[FigureKey, bool]:
        """Addresses of the figures, and of the zeros that a table does not show; a total of its own may be alone."""
        links = self._declared.links.tables
        own = {id for id, table in links.items() if table.own_total}
        cells = {key: not (key.indicateur in own and one.valeur is None) for key, one in self._figures.items()}
        if self._declared.shared:
            return cells
        axes: dict[tuple[str, int], tuple[dict[str, None], ...]] = {}
        for key in self._figures:
            if key.annee == self._declared.year and key.indicateur in links and links[key.indicateur].additive:
                for codes, code in zip(axes.setdefault(key[:2], ({}, {}, {})), key[2:], strict=True):
                    codes[code] = None
        zeros = {FigureKey(*table, *cell) for table, codes in axes.items() for cell in product(*codes)}
        return cells | dict.fromkeys(sorted(zeros - cells.keys()), True)

    def values(self) -> Iterator[Tested]:
        """Test that each figure has a possible value for its state and its unit, whole where rows are counted in it."""
        counted, tables = self._declared.links.counted, self._declared.links.tables
        for figure in self._figures.values():
            table = tables.get(figure.key.indicateur)
            wrong = _impossible(figure, counted, table is not None and figure.key.ligne in table.balances)
            yield Tested("unite", self._wrong_unit(figure, wrong, figure.unite, "valeur") if wrong else None)

    def rows(self) -> Iterator[Tested]:
        """Test each row: a sum by what is known of its terms, the others by their bounds, all at once."""
        stated = [row for row in self._rows() if not (row.link and row.link.holds == "suppose")]
        for row, holds in zip(stated, self._hold(stated), strict=True):
            if row.link is not None:
                yield Tested(row.link.check, None if holds else self._broken_link(row, row.link))
            elif row.kind == "somme":
                yield from self._sum(row, holds)
            else:
                yield Tested(self._check_of(row), None if holds else self._broken_sum(row))

    def _rows(self) -> Iterator[Row]:
        year, communes = self._declared.year, self._declared.communes
        for row in rows(self._tables, communes):
            across = row.link is None and len({key.territoire for key, _ in row.terms}) > 1
            if len(row.terms) > 1 and not (across and row.terms[0][0].annee != year):
                yield row
        yield from (row for row in rows_between_years(self._tables) if row.kind != "taux")
        for where in self._tables.axes:
            yield from self._of_lines(where)

    def _of_lines(self, where: Where) -> Iterator[Row]:
        """Give the totals that nothing declares: sub-totals of the lines before them, a total of all that are none.

        Of the year before, lines that the table no longer has are last, out of their place.
        """
        table = self._declared.links.tables.get(where[0])
        if table is not None and (table.totals or table.of_actions):
            return
        groups = table.groups if table else frozenset[str]()
        if groups and where[1] != self._declared.year:
            return
        lines = sorted(self._tables.lines(where), key=lambda line: line == TOTAL)
        for column in self._tables.columns(where):
            leaves: list[FigureKey] = []
            members: list[FigureKey] = []
            for line in lines:
                key = FigureKey(*where, line, column)
                unit = self._figures[key].unite if key in self._figures else ""
                terms = leaves + members if line == TOTAL else members
                parts = [(part, 1.0) for part in terms if self._figures[part].unite == unit]
                if line in groups or line == TOTAL:
                    if parts and unit not in RATES:
                        yield Row(((key, -1.0), *parts), 0.0, 0.0, "somme", "le total est celui des lignes")
                    leaves, members = leaves + (members or [key]), []
                elif unit:
                    members.append(key)

    def _hold(self, stated: Sequence[Row]) -> Iterable[bool]:
        """Whether the bounds of the terms let each row hold."""
        index: dict[FigureKey, int] = {}
        terms = [
            (rank, index.setdefault(key, len(index)), factor, row.link is not None and row.link.partial)
            for rank, row in enumerate(stated)
            for key, factor in row.terms
        ]
        if not terms:
            return ()
        in_row, of, factors, partial = map(np.asarray, zip(*terms, strict=True))
        bounds = np.array([[self._bounds(key, known) for known in (False, True)] for key in index])
        low, high = (np.where(partial, bounds[of, 1, side], bounds[of, 0, side]) for side in (0, 1))
        least = np.bincount(in_row, factors * np.where(factors > 0, low, high), len(stated))
        most = np.bincount(in_row, factors * np.where(factors > 0, high, low), len(stated))
        ends = np.array([(row.least, row.most) for row in stated])
        return [*map(bool, (most >= ends[:, 0] - TOLERANCE) & (least <= ends[:, 1] + TOLERANCE))]

    def _bounds(self, key: FigureKey, known: bool) -> tuple[float, float]:
        """Give the least and the most that a figure may be; ``known``: what is not communicated is left out."""
        figure = self._figures.get(key)
        if figure is None:
            return (0.0, 0.0) if key in self._tables.cells else (0.0, math.inf)
        if figure.valeur is None:
            return (0.0, 0.0) if figure.etat == "vide" or (known and figure.etat == "nc") else (0.0, math.inf)
        most = math.inf if figure.etat == "partiel" and not known else figure.valeur + figure.marge
        return figure.valeur - figure.marge, most

    def _sum(self, row: Row, holds: bool) -> Iterator[Tested]:
        """Test a total and its parts, with their states and units; what is not published may be anything."""
        check = self._check_of(row)
        whole, *parts = (self._figures.get(key) for key, _ in row.terms)
        apart = any(figure is not None and figure.etat != "ok" for figure in (whole, *parts))
        if apart and all(key in self._tables.cells for key, _ in row.terms):
            holds = Terms(map(amount_of, parts)).agree(amount_of(whole))
        yield Tested(check, None if holds else self._broken_sum(row))
        for figure in parts if check != "additivite" and whole is not None else ():
            if figure is not None and whole is not None and figure.unite != whole.unite:
                yield Tested("unite", self._wrong_unit(figure, "Un total mêle deux unités", whole.unite, "total"))

    def _broken_sum(self, row: Row) -> Finding:
        check = self._check_of(row)
        (whole, _), *parts = _whole_first(row)
        table = self._table(whole)
        message = {
            "additivite": "Les territoires ne s'additionnent pas pour donner le service, "
            f"ligne {whole.ligne}, colonne {whole.colonne} de {table}.",
            "total_ligne": f"Le total de la ligne {whole.ligne} n'est pas la somme de ses colonnes dans {table}.",
            "total_colonne": f"Le total de la colonne {whole.colonne} n'est pas la somme de ses lignes dans {table}.",
            "sous_total": f"La ligne {whole.ligne}, colonne {whole.colonne}, n'est pas la somme des lignes qu'elle "
            f"regroupe dans {table}.",
            "cohorte": f"La ligne {whole.ligne}, qui compte une fois chaque jeune des autres lignes, "
            f"{'dépasse leur somme' if row.kind == 'ensemble' else 'est plus petite que l’une d’elles'} dans {table}.",
        }[check].replace("’", "'")
        first, second = whole, parts[0][0] if check in {"additivite", "cohorte"} else whole
        terms = Terms(amount_of(self._figures.get(key)) for key, _ in parts)
        suffix = ":lignes" if check == "cohorte" else ""
        return self._finding(check, message, (first, second), str(terms), f"{path_of(whole)}{suffix}")

    def _broken_link(self, row: Row, link: Link) -> Finding:
        sides = [[key for key, factor in row.terms if (factor > 0) == positive] for positive in (True, False)]
        left, right = reversed(sides) if row.kind == "zéro" else sides
        first, second = (left or right)[0], (right or left)[0]
        blocking = link.holds == "toujours" or (link.holds == "dans_les_dates" and self._declared.within_dates)
        message = f"{BROKEN[link.sign]} : {link.why}. {self._table(first)} et {self._table(second)}."
        values = [str(Terms(amount_of(self._figures.get(key)) for key in side)) for side in (left, right)]
        key = f"{path_of(first)}:{link.name}"
        return replace(
            self._finding(link.check, message, (first, second), values[1], key, blocking), first_value=values[0]
        )

    def quotients(self) -> Iterator[Tested]:
        """Test parts of a whole, quotients a week and rates for a thousand, where their terms are known."""
        for where in self._tables.axes:
            table = self._declared.links.tables.get(where[0])
            for part, of in table.parts.items() if table else ():
                yield from self._parts(where, part, of)
            weeks = (366 if isleap(where[1]) else 365) / 7
            for quotient, of in table.weekly.items() if table else ():
                for line in self._tables.lines(where):
                    key, whole = FigureKey(*where, line, quotient), FigureKey(*where, line, of)
                    yield from self._quotient(key, (whole,), weeks, HALF_A_HUNDREDTH)
        for link in self._declared.links.all:
            for row in link_rows(link, self._tables) if link.sign == RATE else ():
                (rate, _), (count, _), (base, _) = row.terms
                of_base = self._figures.get(base)
                if of_base is not None and of_base.etat == "ok" and of_base.valeur:
                    yield from self._quotient(rate, (count, base), of_base.valeur / 1000, HALF_A_TENTH, link)

    def _parts(self, where: Where, part: str, of: str) -> Iterator[Tested]:
        """Test that each part is what it is of all lines, and that they are a hundred in all."""
        lines = [line for line in self._tables.lines(where) if line != TOTAL]
        whole = Terms(amount_of(self._figures.get(FigureKey(*where, line, of))) for line in lines).total().value
        if not whole:
            return
        keys = [FigureKey(*where, line, part) for line in lines]
        for key in keys:
            yield from self._quotient(key, (key._replace(colonne=of),), whole / 100, HUNDREDTH)
        shares = [amount_of(self._figures[key]) for key in keys if key in self._figures]
        total = FigureKey(*where, TOTAL, part)
        every = (Terms(shares), amount_of(self._figures.get(total)))
        if shares and total in self._figures and not any(share.value is None for share in shares):
            holds = same(every[0].total().value, 100.0) and same(every[1].value, 100.0)
            yield Tested("pourcentage", None if holds else self._wrong_quotient(total, total, every[0]))

    def _quotient(
        self, key: FigureKey, of: Sequence[FigureKey], by: float, near: float, link: Link | None = None
    ) -> Iterator[Tested]:
        figure, whole = self._figures.get(key), self._figures.get(of[0])
        if figure is None or whole is None or {figure.etat, whole.etat} - {"ok", "partiel"}:
            return
        value = (whole.valeur or 0.0) / by
        holds = abs((figure.valeur or 0.0) - value) <= near + TOLERANCE
        yield Tested(
            "pourcentage", None if holds else self._wrong_quotient(key, of[0], Amount(value, whole.etat), link)
        )

    def _wrong_quotient(
        self, key: FigureKey, of: FigureKey, expected: Amount | Terms, link: Link | None = None
    ) -> Finding:
        said = f"La colonne {key.colonne} n'est pas ce que donnent ses deux termes"
        message = f"{BROKEN[RATE]} : {link.why}" if link else said
        words = f"{expected}, de {amount_of(self._figures.get(of))}"
        suffix = f":{link.name}" if link else ""
        where = f"{message}, ligne {key.ligne} de {self._table(key)}."
        return self._finding("pourcentage", where, (key, of), words, f"{path_of(key)}{suffix}")

    def _check_of(self, row: Row) -> str:
        (whole, _), (part, _), *_ = _whole_first(row)
        table = self._declared.links.tables.get(whole.indicateur)
        if whole.territoire != part.territoire:
            return "additivite"
        if whole.ligne == part.ligne:
            return "total_ligne"
        total, kinds = (table.total, table.totals) if table else (TOTAL, {})
        if total == whole.ligne and "reunion" in (kinds.get(whole.colonne), kinds.get("")):
            return "cohorte"
        return "total_colonne" if whole.ligne in {TOTAL, total} else "sous_total"

    def _table(self, key: FigureKey) -> str:
        return f"« {self._titles.get(key.indicateur, key.indicateur)} » ({key.territoire}, {key.annee})"

    def _wrong_unit(self, figure: Figure, said: str, against: str, kind: str) -> Finding:
        key = figure.key
        message = f"{said}, ligne {key.ligne}, colonne {key.colonne} de {self._table(key)}."
        finding = self._finding("unite", message, (key, key), against, f"{path_of(key)}:{kind}")
        return replace(finding, first_value=f"{amount_of(figure)} {figure.unite}", second=None)

    def _finding(
        self, check: str, message: str, of: tuple[FigureKey, FigureKey], against: str, key: str, blocking: bool = True
    ) -> Finding:
        first, second = (place_of(one, self._figures.get(one)) for one in of)
        value = str(amount_of(self._figures.get(of[0])))
        return Finding(check, message, first, value, second, against, blocking, f"{check}:{key}")


def _whole_first(row: Row) -> Sequence[tuple[FigureKey, float]]:
    return sorted(row.terms, key=lambda term: term[1]) if row.kind == "part" else row.terms


def _counted_elsewhere(links: Links, figures: Figures) -> Links:
    """Count those without a commune among the territories of a table that has figures of theirs, as hours."""
    there = {key.indicateur for key in figures if key.territoire == SANS_COMMUNE}
    tables = {id: replace(one, residents=one.residents and id not in there) for id, one in links.tables.items()}
    return replace(links, tables=tables)


def _impossible(figure: Figure, counted: frozenset[str], balance: bool) -> str:
    value, state = figure.valeur, figure.etat
    wrong = ""
    if state not in WITH_NUMBER | set(STATES):
        wrong = f"L'état « {state} » n'existe pas"
    elif (value is not None) != (state in WITH_NUMBER):
        wrong = f"Une valeur ne va pas avec l'état « {state} »"
    elif value is not None and not math.isfinite(value):
        wrong = "La valeur n'est pas un nombre"
    elif value is not None and figure.unite in counted and (value != int(value) or (value < 0 and not balance)):
        wrong = f"On compte des {figure.unite.replace('_', ' ')} : le nombre est entier et positif"
    elif value is not None and state == ROUNDED and value % (figure.marge + 1):
        wrong = "Un nombre arrondi n'est pas un multiple de sa base"
    return wrong


def check_dictionary(indicators: Iterable[str], said: Described, declared: Declared) -> Iterator[Tested]:
    """Test that the dictionary declares every table published, and all that the programme declares of ours."""
    place, expected = Place(DICTIONARY, "rubriques « tableaux » et « liens »"), "ce que « rlpipeline build » y écrit"
    for id in sorted(indicators):
        # Told, not refused: a chapter of the service may show a table of its own that nothing declares.
        message, key = (
            f"Le dictionnaire ne déclare pas le tableau « {id} » : rien ne le lie aux autres.",
            f"{UNDECLARED}:{id}",
        )
        finding = Finding("dictionnaire", message, place, "non déclaré", None, expected, False, f"dictionnaire:{key}")
        yield Tested("dictionnaire", None if id in declared.links.tables else finding)
    wrong = differences(said, declared.expected) if declared.expected else []
    yield from [Tested("dictionnaire")] if declared.expected else []
    for words in wrong:
        message = f"Le dictionnaire n'est pas celui que le programme écrit : {words}."
        finding = Finding("dictionnaire", message, place, words, None, expected, True, f"dictionnaire:{words}")
        yield Tested("dictionnaire", finding)


def check_recount(figures: Figures, recount: Recount, declared: Declared) -> Iterator[Tested]:
    """Test every figure against what is counted; one of the year that only the records give is missing."""
    tables: dict[Where, dict[tuple[str, str], Figure]] = {}
    for key, figure in figures.items():
        if key.indicateur in declared.links.tables:
            tables.setdefault(key[:3], {})[key[3:]] = figure
    for where, published in tables.items():
        counted = recount(*where)
        missing = counted if counted and where[1] == declared.year else {}
        for cell in dict.fromkeys([*published, *missing]) if counted is not None else ():
            key, shown = FigureKey(*where, *cell), published.get(cell)
            value, unit, state = (counted or {}).get(cell, (None, "", ABSENT))
            holds = shown and same(shown.valeur, value) and (shown.unite, shown.etat) == (unit, state)
            yield Tested("recalcul", None if holds else _recounted(key, shown, (value, unit, state)))


def _recounted(key: FigureKey, shown: Figure | None, counted: Counted) -> Finding:
    value, unit, state = counted
    message = f"Le chiffre publié n'est pas celui que l'on recompte : {where_of(key).removeprefix('tableau ')}."
    said = f"{amount_of(shown)} {shown.unite}" if shown else ABSENT
    expected = f"{Amount(value, state)} {unit} ({RECORDS})" if unit else f"{ABSENT} des {RECORDS}"
    return Finding("recalcul", message, place_of(key, shown), said, None, expected, True, f"recalcul:{path_of(key)}")


def check_list(lines: Sequence[Mapping[str, str]], figures: Figures, year: int) -> Iterator[Tested]:
    """Test the table of follow-ups to look at again, of each territory, against the lines of their list."""
    counts = Counter(
        cell for row in lines for line in (row["statut"], TOTAL) for cell in ((line, SERVICE), (line, row["commune"]))
    )
    of_table = {key: figure for key, figure in figures.items() if key[:2] == (LISTED_TABLE, year)}
    shown = {key.territoire for key in of_table}
    for line, territory in dict.fromkeys([*((key.ligne, key.territoire) for key in of_table), *counts]):
        if not lines or territory not in shown:
            continue
        key, count = FigureKey(LISTED_TABLE, year, territory, line, "nombre"), counts[line, territory]
        listed = amount_of(of_table.get(key))
        message = f"La liste des suivis à réexaminer n'a pas le nombre de lignes du tableau, ligne {line}."
        places = place_of(key, of_table.get(key)), str(listed), Place(LIST, f"statut {line}, territoire {territory}")
        finding = Finding("marge", message, *places, written(count), True, f"marge:{path_of(key)}:liste")
        yield Tested("marge", None if same(listed.value, count) else finding)


def path_of(key: FigureKey) -> str:
    """``id/year/territory/line/column``, a slash inside a name written %2F, as the texts write references."""
    return "/".join(str(part).replace("%", "%25").replace("/", quote("/", safe="")) for part in key)


def place_of(key: FigureKey, figure: Figure | None = None) -> Place:
    """Where a figure stands; where it should stand if it is absent."""
    return figure.place if figure else Place(FIGURES, where_of(key))
