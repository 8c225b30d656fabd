"""The words in which links between tables are stated, read whole: what they do not say so is refused, with its place.

::

    text  = { reason , { link } }          a link is further in than its reason, one a line
    link  = check name { how } ":" sum sign sum
    sum   = cells { "+" cells }
    cells = table "(" axis { "|" axis } "," axis ")" [ "@" ( "avant" | each ) ]
    axis  = code | each
    each  = "*" variable [ "-" code ]

``cohorte durees service: durees(12_23_mois, *age) + accompagnes(*age, nouveaux) <= accompagnes(*age, total)``: ``*age``
is each code of a variable, ``*commune-total`` each but one, ``a|b`` the sum of two lines, ``@avant`` the year before,
``@*commune-total`` another territory. A name of the records is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, cast, get_args

from rlpipeline.declared import CellRange, Check, Each, Holds, Link, Sign, gone_through
from rlpipeline.errors import SettingsError, nearest

Kind = Literal["mot", "texte", "marque", "fin"]
TOKEN = re.compile(r'(?P<mot>\w+)|"(?P<texte>[^"]+)"|(?P<marque><=|[=():,|*@+-])')
"""A word, a quoted text, a mark; what else is not blank is no token."""
BEFORE, PARTIAL, SERVICE = "avant", "partiel", "service"
HOLDS: tuple[str, ...] = get_args(Holds)
HOWS = (*HOLDS, PARTIAL, SERVICE)
"""Words after the name: how a link holds, in sums of what is known too, for the whole service only."""
SIGNS: tuple[str, ...] = get_args(Sign)
SUBJECTS = frozenset({"problematique", "famille"})
"""Variables that name lines of the same tables: each issue has a family."""
EXAMPLE = "cohorte nom: un(total, total) <= autre(total, total)"
CELLS_IN_A_REASON = re.compile(r"\w+\([^)]*,[^)]*\)")


class AxisCodes(NamedTuple):
    """What lines or columns a table has: their variable (empty without one), their codes, and whether names as well."""

    variable: str
    codes: frozenset[str]
    names: bool = False


class Axes(NamedTuple):
    """Both axes of a table."""

    lines: AxisCodes
    columns: AxisCodes


Vocabulary = Mapping[str, Axes]
"""Axes of each table that a link may name."""


class Token(NamedTuple):
    """A piece of a line, from a column on, counted from 1."""

    kind: Kind
    text: str
    column: int


class Unreadable(Exception):  # noqa: N818 - an outcome, told as a SettingsError
    """Something is not what the grammar has there: ``known`` are the words that could be meant."""

    def __init__(self, token: Token, expected: str, known: Collection[str] = ()) -> None:
        super().__init__(expected)
        self.token = token
        self.expected = expected
        self.known = known

    def told(self, where: str, line: int) -> SettingsError:
        """Tell it with its place, and the nearest word where some are known."""
        place = f"ligne {line}, colonne {self.token.column}"
        near = nearest(self.token.text, sorted(self.known))
        return SettingsError(
            "Un lien ne se lit pas.",
            where=", ".join(filter(None, (where, place))),
            expected=self.expected,
            got=f"« {self.token.text} »" if self.token.text else "la fin de la ligne",
            todo=f"écrire « {near} » ?" if near else f"l'écrire comme « {EXAMPLE} »",
        )


def read_stated(text: str, where: str = "", known: Vocabulary | None = None) -> list[Link]:
    """Read reasons, each above the links that hold for it, which are further in.

    Parameters
    ----------
    where
        Where the text is, for errors.
    known
        Tables, variables and codes that links may name; any where it is None.

    Raises
    ------
    SettingsError
        Something is no link, no reason, or is not known; with line and column.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    margin = min((_indent(line) for _, line in lines), default=0)
    links = list[Link]()
    why = ""
    is_said = True
    for number, line in lines:
        try:
            if _indent(line) > margin:
                links.append(read_link(line, why, known))
                is_said = True
            else:
                _check_reason(line, is_said)
                why = line.strip()
                is_said = False
        except Unreadable as problem:
            raise problem.told(where, number) from problem
    if not is_said:
        raise _alone(lines[-1][1]).told(where, lines[-1][0])
    return links


def read_link(line: str, why: str, known: Vocabulary | None = None) -> Link:
    """Read one link, whose reason is known; Unreadable where it is none."""
    return _LinkReader(_tokens(line), known).link(why)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _check_reason(line: str, is_said: bool) -> None:
    """Refuse a reason that holds a link, or that follows another without any."""
    if found := CELLS_IN_A_REASON.search(line):
        token = Token("mot", found[0], found.start() + 1)
        raise Unreadable(token, "une raison seule ; ses liens à la ligne, plus en retrait")
    if not is_said:
        raise _alone(line)


def _alone(line: str) -> Unreadable:
    token = Token("texte", line.strip(), _indent(line) + 1)
    return Unreadable(token, "sous chaque raison, un lien au moins, plus en retrait")


def _tokens(line: str) -> Sequence[Token]:
    """Cut a line into tokens, the end last."""
    tokens = list[Token]()
    at = _indent(line)
    while at < len(line):
        found = TOKEN.match(line, at)
        if not found:
            raise Unreadable(
                Token("marque", line[at], at + 1), "un mot, ou l'une de ( ) , : + | * @ - = <="
            )
        kind = cast("Kind", found.lastgroup)
        tokens.append(Token(kind, found[kind], at + 1))
        at = found.end()
        at += _indent(line[at:])
    return [*tokens, Token("fin", "", len(line) + 1)]


@dataclass
class _LinkReader:
    """Reads one link from left to right; ``at`` is the place of the next token."""

    tokens: Sequence[Token]
    known: Vocabulary | None
    at: int = field(default=0, init=False)

    def link(self, why: str) -> Link:
        """Read the whole line."""
        if not why:
            raise Unreadable(self._next, "une raison au-dessus, moins en retrait")
        check = self._one_of(get_args(Check), "le contrôle qui tient le lien")
        name = self._name()
        hows = self._hows()
        left = self._sum()
        sign = self._next
        self._one_of(SIGNS, "« + » ou un signe")
        right = self._sum()
        self._take("fin", "", "« + » ou la fin de la ligne")
        holds = next((how for how in hows if how in HOLDS), HOLDS[0])
        if gone_through(right) - gone_through(left[:1]):
            same = "à droite, les seules variables que parcourt la première case de gauche"
            raise Unreadable(sign, same)
        return Link(
            check,
            name,
            left,
            cast("Sign", sign.text),
            right,
            why,
            cast("Holds", holds),
            PARTIAL in hows,
            SERVICE in hows,
        )

    @property
    def _next(self) -> Token:
        return self.tokens[self.at]

    def _is_next(self, mark: str) -> bool:
        return self._next.kind == "marque" and self._next.text == mark

    def _skip(self, mark: str) -> bool:
        """Step over a mark, if it is next."""
        is_there = self._is_next(mark)
        self.at += is_there
        return is_there

    def _take(self, kind: Kind, text: str, expected: str, known: Collection[str] = ()) -> Token:
        """Step over a token of a kind, with this text unless it is empty."""
        token = self._next
        if token.kind != kind or (text and token.text != text):
            raise Unreadable(token, expected, known)
        self.at += 1
        return token

    def _mark(self, mark: str) -> None:
        self._take("marque", mark, f"« {mark} »")

    def _one_of(self, known: Collection[str], what: str) -> str:
        """Read one of some words or marks."""
        token = self._next
        if token.text not in known:
            raise Unreadable(token, f"{what} : {', '.join(known)}", known)
        self.at += 1
        return token.text

    def _name(self) -> str:
        """Read the name of a link, in which no word that follows it has been swallowed."""
        token = self._take("mot", "", "le nom du lien, en un mot")
        swallowed = [how for how in HOWS if token.text.endswith(how) and token.text != how]
        if swallowed:
            raise Unreadable(token, f"une espace avant « {swallowed[0]} », ou un autre nom")
        return token.text

    def _hows(self) -> frozenset[str]:
        """Read how the link holds, up to the colon."""
        hows: list[str] = []
        while not self._skip(":"):
            left = [how for how in HOWS if how not in hows]
            if any(how in HOLDS for how in hows):
                left = [how for how in left if how not in HOLDS]
            hows.append(self._one_of(left, "« : » ou un mot de plus"))
        return frozenset(hows)

    def _sum(self) -> tuple[CellRange, ...]:
        """Read cells, added up."""
        cells = [*self._cells()]
        while self._skip("+"):
            cells += self._cells()
        return tuple(cells)

    def _cells(self) -> Iterator[CellRange]:
        """Read the cells of a table: one for each line that is added up."""
        table = self._take("mot", "", "le nom d'un tableau", self.known or ())
        if self.known is not None and table.text not in self.known:
            raise Unreadable(table, "le nom d'un tableau", self.known)
        axes = self.known[table.text] if self.known is not None else None
        self._mark("(")
        lines = [self._axis(axes and axes.lines)]
        while self._skip("|"):
            start = self._next
            lines.append(self._axis(axes and axes.lines))
            if lines[-1] in lines[:-1]:
                raise Unreadable(start, "chaque ligne une seule fois")
        self._mark(",")
        column = self._axis(axes and axes.columns)
        self._mark(")")
        before, territory = self._elsewhere()
        for line in lines:
            yield CellRange(table.text, line, column, territory, before)

    def _elsewhere(self) -> tuple[int, Each | None]:
        """Read how many years before, and of which territory, cells are."""
        if not self._skip("@"):
            return 0, None
        if self._is_next("*"):
            return 0, self._each(None)
        self._one_of((BEFORE,), "une année ou un territoire, « *commune-total »")
        return 1, None

    def _axis(self, axis: AxisCodes | None) -> str | Each:
        """Read a code, or each code of a variable."""
        return self._each(axis) if self._is_next("*") else self._code(axis, "un code")

    def _each(self, axis: AxisCodes | None) -> Each:
        self._mark("*")
        token = self._take("mot", "", "le nom d'une variable")
        known = self._variables(axis)
        if known is not None and token.text not in known:
            raise Unreadable(token, "une variable du tableau", known)
        save = (self._saved(token.text),) if self._skip("-") else ()
        return Each(token.text, save)

    def _saved(self, variable: str) -> str:
        """Read a code that is left aside, of any table that has the variable: both sides leave out the same."""
        if self.known is None:
            return self._code(None, "un code à laisser de côté")
        axes = (axis for both in self.known.values() for axis in both)
        codes = (axis.codes for axis in axes if axis.variable == variable)
        every = AxisCodes(variable, frozenset[str]().union(*codes))
        return self._code(every, "un code à laisser de côté")

    def _variables(self, axis: AxisCodes | None) -> frozenset[str] | None:
        """List the variables that may be gone through: that of the axis, else those of every table."""
        if self.known is None:
            return None
        if axis and axis.variable:
            return SUBJECTS if axis.variable in SUBJECTS else frozenset({axis.variable})
        every = (of.variable for axes in self.known.values() for of in axes)
        return frozenset(filter(None, every))

    def _code(self, axis: AxisCodes | None, what: str) -> str:
        """Read a code, that of the axis where its codes are known."""
        token = self._next
        is_name = token.kind == "texte" and (axis is None or axis.names)
        is_code = token.kind == "mot" and (axis is None or token.text in axis.codes)
        if not (is_name or is_code):
            or_name = ", ou un nom des données entre guillemets" if axis and axis.names else ""
            raise Unreadable(token, f"{what} du tableau{or_name}", axis.codes if axis else ())
        self.at += 1
        return token.text
