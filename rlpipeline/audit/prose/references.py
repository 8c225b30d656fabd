"""The figures that a sentence refers to, by a link or by a name (« le harcèlement »), and how far each moved."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from rlpipeline.published.markup import HtmlElement, classes, parse, text_of
from rlpipeline.published.model import ROUNDED, SERVICE, Figure, FigureKey
from rlpipeline.published.page import reference_of

EvolutionOf = Callable[[Mapping[str, str]], float | None]
"""How far a figure moved since ``data-depuis`` (by default the year before): in percent of its former value, or in
points where the figure is itself a percentage; None where it cannot be known. Given the data-* of its span."""
WITH_NUMBER = frozenset({"ok", ROUNDED})
Find = Callable[[FigureKey], Figure | None]
_Value = tuple[float, str, float]
"""Number, unit, most by which the exact one may differ."""
MAIN = ("total", "nombre", "jeunes", "heures", "participations", "montant_eur")
"""Columns and lines that say how large a thing is, the first that a table has."""
THINGS = frozenset(
    [
        "reseaux", "instances", "partenaires", "actions", "developpement_social_local", "parentalite",
        "actions_partenariales",
    ]
)  # fmt: skip
"""Tables of what a service does or takes part in, each line or column with its own name."""
NEAR = 60
"""Characters between a name and what is said of it, at most."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_PLACE = re.compile(r"(?:\d{2}|2[AB])\d{3}")
_GENERAL = frozenset(
    [
        "jeune", "fille", "garcon", "famille", "total", "college", "lycee", "ecole", "primaire", "formation",
        "sortie", "action", "partenaire", "loisir", "social", "autre", "personne", "accompagnement",
        "commune", "quartier", "departement", "ville", "association", "enfant", "parent", "public", "projet",
        "travail", "service", "equipe", "activite", "collectif", "individuel", "partenariat", "culture",
        "sport", "prevention", "orientation", "educatif", "educative", "presence", "rue", "suivi",
        "accueil", "mesure", "demande", "age", "moins", "plus", "ans", "hors", "non", "renseigne", "nouveau",
    ]
)  # fmt: skip
_SMALL = frozenset(
    [
        "le", "la", "les", "un", "une", "des", "du", "de", "au", "aux", "et", "ou", "en", "dans", "sur", "pour",
        "par", "avec", "sans", "leur", "ses", "son", "sa", "est", "se", "dont",
    ]
)  # fmt: skip
_CLAUSE = re.compile(r"[;:.!?]|\b(?:mais|tandis que|alors que)\b")


@dataclass(frozen=True)
class Named:
    """A line, or a column, of a table of the page.

    Parameters
    ----------
    indicator, territory, year
        Its table.
    code
        Of the line or column.
    label, stems
        As the page writes it, and its words without accents or plural.
    figure
        The data-* of the span that its main figure would have, and what the page shows of it.
    """

    indicator: str
    territory: str
    year: int
    code: str
    label: str
    stems: frozenset[str]
    figure: Mapping[str, str]
    shown: str

    @property
    def is_a_thing(self) -> bool:
        """Whether it is a network, an action… that may be new, not a category of persons."""
        return self.indicator in THINGS


def named_figures(page: str) -> tuple[Named, ...]:
    """List the lines and columns of a page's tables that have a name of their own: neither general words nor places."""
    tables = (table for table in parse(page).iter("table") if table.get("data-tableau"))
    return tuple(one for table in tables for one in _of_table(table) if one.stems - _GENERAL)


def named_near(names: Sequence[Named], sentence: str, start: int, end: int) -> tuple[Named, ...]:
    """Find those that a sentence names near some words of it, in the same clause; the longest names alone."""
    since = max((cut.end() for cut in _CLAUSE.finditer(sentence, 0, start)), default=0)
    to = next((cut.start() for cut in _CLAUSE.finditer(sentence, end)), len(sentence))
    words = {_stem(word.group()): word.span() for word in _WORD.finditer(sentence) if since <= word.start() < to}
    near = {stem for stem, (low, high) in words.items() if high >= start - NEAR and low <= end + NEAR}
    named = [one for one in names if one.stems <= words.keys() and (one.stems - _GENERAL) & near]
    return tuple(one for one in named if not any(one.stems < other.stems for other in named))


def named_as(names: Sequence[Named], attributes: Mapping[str, str]) -> tuple[Named, ...]:
    """Find the line or column that a bound figure is of."""
    parts = [unquote(part) for part in attributes.get("data-ref", "").split("/")]
    place = attributes.get("data-territoire", "")
    return tuple(one for one in names if [one.indicator, one.territory] == [parts[0], place] and one.code in parts[1:])


def _of_table(table: HtmlElement) -> Iterator[Named]:
    columns = [
        th
        for th in table.iterfind("thead/tr/th")
        if th.get("data-colonne") and "num" in classes(th) and "rl-avant" not in classes(th)
    ]
    codes = [th.get("data-colonne", "") for th in columns]
    rows = {row.get("data-ligne", ""): row for row in table.iter("tr") if row.get("data-ligne")}
    main = next((code for code in MAIN if code in codes), codes[0] if len(codes) == 1 else "")
    for line, row in rows.items():
        heading = row.find("th")
        if main and heading is not None and not _PLACE.fullmatch(line):
            yield _named(table, (line, text_of(heading)), (line, main), _shown(row, codes.index(main)))
    if "total" in rows:
        for rank, th in enumerate(columns):
            yield _named(table, (codes[rank], text_of(th)), ("total", codes[rank]), _shown(rows["total"], rank))


def _named(table: HtmlElement, name: tuple[str, str], cell: tuple[str, str], shown: str) -> Named:
    indicator, territory, year = (table.get(f"data-{key}", "") for key in ("tableau", "territoire", "annee"))
    path = "/".join(quote(part, safe="") for part in (indicator, *cell))
    figure = {"data-ref": path, "data-annee": year, "data-territoire": territory}
    code, label = name
    return Named(indicator, territory, int(year), code, label, stems_of(label), figure, shown)


def stems_of(label: str) -> frozenset[str]:
    """Give the words of a name, without accents, plural or small words."""
    return frozenset(_stem(word) for word in _WORD.findall(label)) - _SMALL


def _shown(row: HtmlElement, rank: int) -> str:
    cells = [cell for cell in row.iterfind("td") if "num" in classes(cell) and "rl-avant" not in classes(cell)]
    return text_of(cells[rank]) if rank < len(cells) else ""


def _stem(word: str) -> str:
    plain = "".join(sign for sign in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(sign))
    return plain[:-1] if len(plain) > 3 and plain[-1] in "sx" else plain


def movement_by(find: Find) -> EvolutionOf:
    """Make the function that tells how far the figure of a bound span moved.

    Parameters
    ----------
    find
        Gives a figure of any year.

    Returns
    -------
    EvolutionOf
        Percent of the former value, points for a percentage; None where a figure is not wholly known, or was zero, or
        where rounding alone could explain what moved.
    """

    def moved(attributes: Mapping[str, str]) -> float | None:
        year = attributes.get("data-annee", "")
        if not year.isdigit() or attributes.get("data-comparable") == "non":
            return None
        since = attributes.get("data-depuis") or str(int(year) - 1)
        now, then = (_value_in(attributes, int(one), find) for one in (year, since))
        return None if now is None or then is None else _moved_by(now, then)

    return moved


def _moved_by(now: _Value, then: _Value) -> float | None:
    if 0 < now[2] + then[2] >= abs(now[0] - then[0]):
        return None  # rounding alone could explain it
    if now[1] == "%":
        return now[0] - then[0]
    return 100 * (now[0] - then[0]) / abs(then[0]) if then[0] else None


def _value_in(attributes: Mapping[str, str], year: int, find: Find) -> _Value | None:
    """Value in a year; the percentage where the span is a part of something."""
    figure = _figure_of(attributes.get("data-ref", ""), attributes, year, find)
    if figure is None or figure.valeur is None or figure.etat not in WITH_NUMBER:
        return None
    if "data-sur" not in attributes:
        return figure.valeur, figure.unite, figure.marge
    whole = _figure_of(attributes["data-sur"], attributes, year, find)
    if whole is None or whole.etat not in WITH_NUMBER or not whole.valeur:
        return None
    margin = 100 * (figure.marge + whole.marge * figure.valeur / whole.valeur) / max(whole.valeur - whole.marge, 1)
    return 100 * figure.valeur / whole.valeur, "%", margin


def _figure_of(path: str, attributes: Mapping[str, str], year: int, find: Find) -> Figure | None:
    parts = reference_of(path)
    if parts is None:
        return None
    return find(FigureKey(parts[0], year, attributes.get("data-territoire", SERVICE), parts[1], parts[2]))
