"""The follow-ups of a year as one flow: those open and begun, what became of each, and the requests, another unit.

What is known of each branch is read from the tables ``flux_paei``, ``clotures``, ``demandes`` and ``motifs_refus`` of
the edition, exact or protected; ``rlpipeline.display.river`` draws it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rlpipeline import french
from rlpipeline.display import subjects
from rlpipeline.display.cells import number_of
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Prose
from rlpipeline.display.subjects import SUBJECTS, Changes, Path, Subject
from rlpipeline.figures.labels import TOTAL, label_of
from rlpipeline.observations import Observation, compare
from rlpipeline.states import OK, SIGN, UNCERTAIN, below

TABLE, COLUMN = "flux_paei", "nombre"
IN_FIGURES = "Les accompagnements de l'année en chiffres"
"""Name of that table where it is folded under the picture: a page has one thing of a name."""
OPENED, BEGUN, FIRST = "ouverts_1er_janvier", "commences", "dont_premiers"
MOVED, CLOSED = "demenagements", "ouverts_31_decembre"
IMPROVED, STATUS = "amelioration_situation", "changement_statut"
ENDED: Path = ("clotures", TOTAL, COLUMN)
"""The follow-ups that ended; a change of status is no end."""
ALL = f"{OPENED}+{BEGUN}"
"""Every follow-up of the year, as a text quotes it."""
FEWEST = 10
"""Smallest number of follow-ups of which a picture is drawn: of fewer, the table says it at a glance."""
LOCATED = ("clotures", "ouverts", "accompagnes")
"""Changes of which one says where they lie; the first that is a finding."""
SAID_BY_LINE = {"clotures": "au motif « {} »", "accompagnes": "chez les {}"}
"""Tables whose lines say why or who, and how."""
NO_REASON = "sans_motif"
"""Code of refusals whose reason nobody wrote."""
AGAIN = ("alertes", "PAEI", "nombre")
"""Follow-ups to look at again, of one status."""
TO_REEXAMINE = "PAEI à réexaminer, ouverts depuis six mois ou plus au 31 décembre"
"""What these are called: the table of all statuses has another number."""
FEWEST_MORE, LEAST_SHARE, MORE_THAN_BEFORE = 5, 1 / 3, 1.25
"""Of what is named: its own change, its part of the whole change, times its part of the year before."""
WITH_IMPROVEMENT = "sur une amélioration, selon l'équipe"
OTHER_ENDS = {
    "difficulte_mobilisation": ("mobilisation difficile", "mobilisation difficile"),
    "orientation": ("orientation", "orientations"),
    "orientation_ou_depart": ("orientation ou départ", "orientations ou départs"),
    "changement_territoire": ("départ", "départs"),
}
"""What other ends are called beside their number, one and several; of other codes, the words of their line."""
GONE, OTHERWISE = "partis", "autrement"
LABELS = {
    OPENED: ("en cours le 1er janvier", "en cours le 1er janvier", "en cours\nle 1er janv."),
    BEGUN: ("commencé", "commencés", "commencés"),
    MOVED: ("venu d'une autre commune", "venus d'une autre commune", "venus\nd'ailleurs"),
    CLOSED: ("en cours le 31 décembre", "en cours le 31 décembre", "en cours\nle 31 déc."),
    IMPROVED: (
        "terminé : situation améliorée, selon l'équipe",
        "terminés : situation améliorée, selon l'équipe",
        "situation\naméliorée",
    ),
    OTHERWISE: ("terminé autrement", "terminés autrement", "autres\nfins"),
    STATUS: (
        "change de statut, reste suivi",
        "changent de statut, restent suivis",
        "autre\nstatut",
    ),
    GONE: ("parti dans une autre commune", "partis dans une autre commune", "partis\nailleurs"),
}
"""What a branch is called beside its number, one and several, and where there is little room."""
OUTCOMES = {
    "acceptee": ("acceptée", "acceptées"),
    "refusee": ("refus", "refus"),
    "reorientee": ("orientée ailleurs", "orientées ailleurs"),
    "en_attente": ("en attente", "en attente"),
}
"""What became of requests, in the order in which they are drawn."""
WHOSE_REFUSAL = " du service ou de la famille"
"""What is said of refusals whose reasons are not told: a service did not refuse them all."""
Tone = Literal["calm", "accent", "open", "other"]


@dataclass(frozen=True)
class Branch:
    """An arm of the flow: as wide as the follow-ups that came, or left, that way.

    Parameters
    ----------
    now, before
        The number of the year, and of the year before where it is known and comparable.
    label, short
        What it is called beside its number: in full, and where there is little room.
    detail
        What else is said of it, after that, with the sign that comes before; empty where nothing is.
    """

    now: Observation
    before: Observation | None
    label: str
    short: str
    tone: Tone
    detail: str = ""

    @property
    def number(self) -> str:
        """The number in figures; empty where it cannot be told."""
        return written(self.now)

    @property
    def former(self) -> str:
        """The number of the year before in figures; empty where it is not known."""
        return written(self.before) if self.before else ""


@dataclass(frozen=True)
class Requests:
    """What was asked of the service, and what became of it: requests are not follow-ups."""

    total: Branch
    outcomes: Sequence[Branch]
    became: str

    @property
    def sentence(self) -> str:
        """The whole of it, in words."""
        return f"{self.total.number} demandes reçues{french.NBSP}: {self.became}"


@dataclass(frozen=True)
class Ended:
    """The follow-ups that ended in a year, and those of them that ended with an improvement."""

    total: Observation
    improved: Observation

    @property
    def is_all_improved(self) -> bool:
        """Whether none ended otherwise, as far as exact figures say."""
        is_exact = self.total.state == self.improved.state == OK
        return is_exact and self.total.value == self.improved.value


@dataclass(frozen=True)
class YearFlow:
    """The flow of a year.

    Parameters
    ----------
    sources, ends
        Branches that came in and went out, from the one that stays to the farthest from it.
    ended, ended_before
        What ended, this year and the year before; None where it is not known, or not comparable.
    """

    year: int
    sources: Sequence[Branch]
    ends: Sequence[Branch]
    requests: Requests | None
    ended: Ended | None = None
    ended_before: Ended | None = None

    @property
    def is_rounded(self) -> bool:
        """Whether a branch may be another number than the one written."""
        return any(branch.now.state != OK for branch in (*self.sources, *self.ends))

    @property
    def bed(self) -> float:
        """How many follow-ups there were in the year: of rounded branches, the side that adds up to more."""
        return max(_drawn(self.sources), _drawn(self.ends))

    @property
    def total(self) -> str:
        """That number in figures; of rounded branches, a multiple of their base."""
        base = max((branch.now.base for branch in (*self.sources, *self.ends)), default=0)
        if not self.is_rounded:
            return french.number(self.bed, 0)
        nearest = base * math.floor(self.bed / base + 0.5) if base else self.bed
        return f"{SIGN}{french.number(nearest, 0)}"


def written(figure: Observation) -> str:
    """Write a number as a picture does: « 58 », « ≈ 35 », « moins de 5 »; empty where there is none."""
    if not figure.is_number:
        return ""
    return (
        below(figure.base)
        if figure.is_below
        else f"{SIGN if figure.is_rounded else ''}{number_of(figure)}"
    )


def _agreed(figure: Observation, one: str, several: str) -> str:
    """Give the words that agree with a number; « moins de 5 » is several."""
    return several if figure.is_below else french.agree(figure.value, one, several)


def flow_of(lookup: Lookup, prose: Prose) -> YearFlow | None:
    """Read the flow of the year and territory of a text; None where a branch is not known, or too few are followed."""
    reader = _Reader(lookup, prose.year, prose.territory)
    sources, ends = reader.sources(), reader.ends()
    if sources is None or ends is None:
        return None
    ended, before = _ended(reader.known), _ended(reader.known_before)
    flow = YearFlow(prose.year, sources, ends, None, ended, before)
    if flow.bed < FEWEST:
        return None
    # « ≈ 55 commencés » above « 56 acceptées » would read as one number, once rounded
    return flow if flow.is_rounded else replace(flow, requests=reader.requests())


def _ended(known: Callable[[Path], Observation | None]) -> Ended | None:
    total, improved = known(ENDED), known((TABLE, IMPROVED, COLUMN))
    return Ended(total, improved) if total and improved else None


def title_of(flow: YearFlow) -> str:
    """Say how many follow-ups ended, and how many of these with an improvement.

    Those still open have no end: they are no part of what the title tells. Markdown whose figures
    are expressions.
    """
    if flow.ended and flow.ended.improved.is_number and flow.ended.improved.value > 0:
        said = _agreed_call(ENDED, "accompagnement terminé", "accompagnements terminés")
        return f"{said}{_with_improvement(flow.ended)}{_in_former_year(flow)}"
    if any(branch.tone == "open" for branch in flow.ends):
        words = "accompagnement était en cours", "accompagnements étaient en cours"
        return f"{_agreed_call((TABLE, CLOSED, COLUMN), *words)} à la fin de l'année"
    words = "accompagnement dans l'année", "accompagnements dans l'année"
    return _agreed_call((TABLE, ALL, COLUMN), *words)


def _with_improvement(ended: Ended) -> str:
    """« , dont 58 sur une amélioration, selon l'équipe »; of all of them, « , tous sur une amélioration »."""
    if not ended.is_all_improved:
        return f", dont {_call((TABLE, IMPROVED, COLUMN))} {WITH_IMPROVEMENT}"
    every = "tous " if ended.total.value > 1 else ""
    return f", {every}{WITH_IMPROVEMENT}"


def _in_former_year(flow: YearFlow) -> str:
    """« (37 en 2022, dont 26) »; nothing where the year before is not known, or nothing ended in it."""
    then = flow.ended_before
    if then is None or then.total.value <= 0:
        return ""
    improved = f", dont {_call((TABLE, IMPROVED, COLUMN), -1)}"
    if then.is_all_improved:
        improved = ", tous ainsi" if then.total.value > 1 else ", ainsi"
    elif then.improved.is_nothing:
        improved = ", aucun ainsi"
    return f" ({_call(ENDED, -1)} en {{{{ annee(-1) }}}}{improved})"


def text_of(flow: YearFlow) -> str:
    """Tell the picture to who does not see it."""
    came = french.listing([_told(branch) for branch in flow.sources])
    left = " ; ".join(_told(branch) for branch in flow.ends)
    asked = f" À part, {flow.requests.sentence}" if flow.requests else ""
    return f"{flow.total} accompagnements dans l'année : {came}. Ce qu'ils sont devenus : {left}.{asked}"


def _told(branch: Branch) -> str:
    """« 60 en cours le 1er janvier (53 un an plus tôt) »."""
    former = f" ({branch.former} un an plus tôt)" if branch.former else ""
    return f"{branch.number} {branch.label}{former}{branch.detail}".strip()


@dataclass(frozen=True)
class Share:
    """What one commune, motive or age has of a change: its figures of both years, and what says where.

    Parameters
    ----------
    then, now
        Exact figures of the year before and of the year.
    where
        Words after the number.
    call
        Arguments of the expression that quotes it.
    """

    then: float
    now: float
    where: str
    call: str

    @property
    def moved(self) -> float:
        """How much it changed."""
        return self.now - self.then


def where_of(lookup: Lookup, prose: Prose, communes: Mapping[str, str]) -> str:
    """Say where most of the year's largest change lies: as Markdown whose figures are expressions.

    It names the motive, the age and the commune that have more of the change than they had of the year before, then the
    follow-ups to look at again where their number moved, and no cause. Empty where no change is a finding, or where a
    figure is rounded: its difference would be false.

    Parameters
    ----------
    communes
        Names by INSEE code, in the report of the whole service; none in a portrait.
    """
    changes = Changes(lookup, prose.year, prose.territory)
    subject = _located(changes)
    whole = _share(changes, subject.path) if subject else None
    if subject is None or whole is None:
        return ""
    of_lines = [_share(changes, *line) for line in _lines_of(lookup, prose, subject)]
    of_places = [
        _share(replace(changes, territory=code), subject.path, french.at(name))
        for code, name in communes.items()
    ]
    told = [*_told_shares(whole, of_lines), *_told_shares(whole, of_places)]
    if not told:
        return ""
    noun = subject.noun[1]
    begun = f"{noun[0].upper()}{noun[1:]}{french.NBSP}: {_moved(whole)} sur un an"
    return f"{begun}, {' ; '.join(told)}.{_looked_at_again(changes)}"


def _located(changes: Changes) -> Subject | None:
    """Give the first change, of those that one locates, that is a finding."""
    found = {change.subject.id: change.subject for change in changes.of(SUBJECTS)}
    return next((found[id] for id in LOCATED if id in found), None)


def _told_shares(whole: Share, shares: Iterable[Share | None]) -> list[str]:
    """« dont +19 à Oignies (27, contre 8) », of the share that has most of a change; empty where none has."""
    largest = _largest(whole, filter(None, shares))
    if largest is None:
        return []
    if largest.moved == whole.moved:  # « +53, dont +53 » would be read twice
        return [f"en totalité {largest.where} ({_both(largest)})"]
    return [f"dont {_moved(largest)} {largest.where} ({_both(largest)})"]


def _looked_at_again(changes: Changes) -> str:
    """Say how many follow-ups are to be looked at again, where chance does not explain that this moved."""
    again = _share(changes, AGAIN)
    if again is None or subjects.of_counts(int(again.then), int(again.now)) >= subjects.UNLIKELY:
        return ""
    return f" {TO_REEXAMINE}{french.NBSP}: {_both(again)} un an plus tôt."


def _lines_of(lookup: Lookup, prose: Prose, subject: Subject) -> Iterator[tuple[Path, str]]:
    """Give the lines of a change's table that say why or who, each with the words for it."""
    table, _, column = subject.path
    if table not in SAID_BY_LINE:
        return
    for code in lookup.table(table, prose.year, prose.territory)["ligne"].unique():
        if code != TOTAL:
            label = label_of(code)
            yield (table, code, column), SAID_BY_LINE[table].format(label[0].lower() + label[1:])


def _share(changes: Changes, path: Path, where: str = "") -> Share | None:
    """Give the figures of both years; None where one is not known exactly, or they are not comparable."""
    then, now = changes.two_years(path)
    if not (then and now and changes.is_exact(path) and changes.comparable(path)):
        return None
    call = f"{', '.join(repr(part) for part in path)}, territoire={changes.territory!r}"
    return Share(then.value, now.value, where, call)


def _largest(whole: Share, shares: Iterable[Share]) -> Share | None:
    """Give the share with most of a change, where it has more of it than it had of the year before; None elsewhere."""
    sign = 1 if whole.moved > 0 else -1
    named = max(shares, key=lambda share: sign * share.moved, default=None)
    if named is None:
        return None
    part = named.moved / whole.moved
    expected = named.then / whole.then if whole.then else 0.0
    is_large = abs(named.moved) >= FEWEST_MORE and LEAST_SHARE <= part <= 1
    return named if is_large and part >= MORE_THAN_BEFORE * expected else None


def _moved(share: Share) -> str:
    return f"{{{{ evolution({share.call}, forme='nombre') }}}}"


def _both(share: Share) -> str:
    """« 27, contre 8 »."""
    now, then = (f"{{{{ chiffre({share.call}{shift}) }}}}" for shift in ("", ", decalage=-1"))
    return f"{now}, contre {then}"


def _call(path: Path, shift: int = 0) -> str:
    return f"{{{{ {_figure(path, shift)} }}}}"


def _agreed_call(path: Path, one: str, several: str) -> str:
    return f'{{{{ accord({_figure(path)}, "{one}", "{several}") }}}}'


def _figure(path: Path, shift: int = 0) -> str:
    of = ", ".join(f'"{part}"' for part in path)
    return f"chiffre({of}{f', decalage={shift}' if shift else ''})"


def _drawn(branches: Iterable[Branch]) -> float:
    return sum(branch.now.drawn for branch in branches)


@dataclass(frozen=True)
class _Reader:
    """Reads the branches of the flow of a territory."""

    lookup: Lookup
    year: int
    territory: str

    def sources(self) -> tuple[Branch, ...] | None:
        """Give those that were open, that began, and that moved in; None where one is not known."""
        opened, begun, moved = self._line(OPENED), self._line(BEGUN), self._line(MOVED)
        if opened is None or begun is None:
            return None
        first = self._line(FIRST)
        detail = ""
        if first and first.state == begun.state == OK and first.value == begun.value:
            detail = f", {_agreed(begun, 'le premier', 'tous premiers')}"
        elif first and not first.is_nothing:
            detail = f", dont {written(first)}{french.NBSP}{_agreed(first, 'premier', 'premiers')}"
        branches = [
            self._branch(OPENED, opened, "calm"),
            self._branch(BEGUN, begun, "calm", detail),
        ]
        if moved and moved.value > 0:
            branches.append(_branch(MOVED, moved, None, "calm"))
        return tuple(branches)

    def ends(self) -> tuple[Branch, ...] | None:
        """Give those that stay open, that ended by an improvement, otherwise, and that changed; None likewise."""
        still, improved = self._line(CLOSED), self._line(IMPROVED)
        if still is None or improved is None:
            return None
        branches = [
            self._branch(CLOSED, still, "open"),
            self._branch(IMPROVED, improved, "accent"),
            self._otherwise(),
        ]
        changed, moved = self._line(STATUS), self._line(MOVED)
        if changed:
            branches.append(self._branch(STATUS, changed, "other"))
        if moved and moved.value < 0:
            gone = replace(moved, value=-moved.value)
            branches.append(_branch(GONE, gone, None, "other"))
        return tuple(branch for branch in branches if branch and not branch.now.is_nothing)

    def _otherwise(self) -> Branch | None:
        """Join the other ends: their number is told where those it is the difference of are exact."""
        ended, before = _ended(self.known), _ended(self.known_before)
        if ended is None:
            return None
        now, then = _others(ended), _others(before) if before else None
        comparable = now.state == OK and then is not None and then.state == OK
        return _branch(OTHERWISE, now, then if comparable else None, "other", self._reasons())

    def _reasons(self) -> str:
        """« 9 mobilisation difficile, 7 orientations, 3 départs »: those that are told."""
        data = self.lookup.table("clotures", self.year, self.territory)
        codes = [code for code in data["ligne"] if code not in {TOTAL, IMPROVED, STATUS}]
        named = list[tuple[float, str]]()
        for code in codes:
            figure = self.lookup.known(("clotures", code, COLUMN), self.year, self.territory)
            if figure and figure.is_number and not figure.is_nothing and code in OTHER_ENDS:
                words = _agreed(figure, *OTHER_ENDS[code])
                named.append((-figure.value, f"{written(figure)}{french.NBSP}{words}"))
        largest_first = ", ".join(words for _, words in sorted(named))
        return f"{french.NBSP}: {largest_first}" if named else ""

    def requests(self) -> Requests | None:
        """Give the requests and what became of them; None where one of these numbers is not known."""
        total = self._request(TOTAL)
        outcomes = {code: self._request(code) for code in OUTCOMES}
        if total is None or total.is_nothing or not all(outcomes.values()):
            return None
        branches, told = [], []
        for code, figure in outcomes.items():
            if figure is None or figure.is_nothing:
                continue
            branch = Branch(figure, None, _agreed(figure, *OUTCOMES[code]), "", "other")
            branches.append(branch)
            told.append(
                f"{branch.number}{french.NBSP}{branch.label}{self._refused() if code == 'refusee' else ''}"
            )
        former = self.known_before(("demandes", TOTAL, TOTAL))
        received = Branch(total, former, "demandes reçues", "demandes reçues", "other")
        became = f"{' ; '.join(told)}. Une demande n'est pas un accompagnement."
        return Requests(received, branches, french.spaced(became))

    def _refused(self) -> str:
        """« (8 de la famille, 7 faute de place, 3 hors missions) »: the reasons as the service writes them."""
        if "motifs_refus" not in self.lookup.source.declared.tables:
            return WHOSE_REFUSAL
        data = self.lookup.table("motifs_refus", self.year, self.territory)
        codes = [code for code in data["ligne"] if code not in {TOTAL, NO_REASON}]
        told = [self._reason(code) for code in codes]
        return f" ({' ; '.join(filter(None, told))})" if any(told) else WHOSE_REFUSAL

    def _reason(self, code: str) -> str:
        """« file active complète : 7 »; nothing of a reason that no request has."""
        figure = self.known(("motifs_refus", code, COLUMN))
        if figure is None or figure.is_nothing:
            return ""
        words = label_of(code)
        return f"{words[0].lower()}{words[1:]} : {written(figure)}"

    def _request(self, line: str) -> Observation | None:
        return self.known(("demandes", line, TOTAL))

    def _line(self, line: str) -> Observation | None:
        return self.known((TABLE, line, COLUMN))

    def known(self, path: Path) -> Observation | None:
        """Give a figure of the year; None where it is no number."""
        return _number(self.lookup.known(path, self.year, self.territory))

    def known_before(self, path: Path) -> Observation | None:
        """Give a figure of the year before; None where it is no number, or not comparable."""
        if not self.lookup.compared(path[0], self.year - 1, self.territory):
            return None
        return _number(self.lookup.known(path, self.year - 1, self.territory))

    def _branch(self, line: str, now: Observation, tone: Tone, detail: str = "") -> Branch:
        """Give a branch; two numbers rounded alike would say that nothing moved: the former is left out."""
        before = self.known_before((TABLE, line, COLUMN))
        is_told = before is not None and compare(now, before).is_told
        return _branch(line, now, before if is_told else None, tone, detail)


def _number(figure: Observation | None) -> Observation | None:
    return figure if figure and figure.is_number else None


def _others(ended: Ended) -> Observation:
    """Give the ends without improvement; uncertain where the two numbers are not exact."""
    is_exact = ended.total.state == ended.improved.state == OK
    number = max(ended.total.value - ended.improved.value, 0.0)
    return Observation(number, ended.total.unit, OK if is_exact else UNCERTAIN)


def _branch(
    code: str, now: Observation, before: Observation | None, tone: Tone, detail: str = ""
) -> Branch:
    one, several, short = LABELS[code]
    return Branch(now, before, _agreed(now, one, several), short, tone, detail)
