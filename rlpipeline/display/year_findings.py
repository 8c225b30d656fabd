"""The findings of the year: which changes are no chance, ranked, each told once, in sentences whose figures are bound.

What is compared are the figures of the edition, exact or protected. A change has to be large enough to matter, too
large to be the ordinary variation of small numbers, and comparable; its sentence then says two years and no cause.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

from rlpipeline.display import chances, french, rates, text
from rlpipeline.display.bound import Cell, Reference
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Prose
from rlpipeline.display.subjects import BESIDE, LEVELS, PERSONS, SUBJECTS, Level, Path, Subject
from rlpipeline.errors import SettingsError
from rlpipeline.figures import SERVICE
from rlpipeline.figures.labels import NOUVEAUX, TOTAL
from rlpipeline.figures.tidy import ARRONDI, OK
from rlpipeline.settings.models import Findings as Chosen
from rlpipeline.settings.models import Settings

MOVEMENTS = "mouvements"
CHANCE = 0.002
"""Largest chance at which a change is a finding: a service where nothing changed then has one in 1 to 6 % of years."""
FEWEST, LEAST, LEAST_PART = 10, 5, 0.25
"""Least of the larger of two counts; least difference; least part of the former count that it is."""
WHOLE, POINTS = 40, 10.0
"""Least whole of a share in both years; least difference of shares."""
RELIABLE = 6.0
"""Chances smaller than ten to the minus this count for no more."""
MOST_CHANGES, MOST = 4, 5
ORDINARY = "Ces écarts restent dans les variations ordinaires des petits nombres."
BUT_APART = "L'écart avec les autres communes, lui, est trop grand pour être dû au hasard."
MOST_REASONS = 3
_REASON = re.compile(r"[^\W\d_]+(?:[ ’,'-]+[^\W\d_]+)*")
"""Words alone: no sign of an expression or of Markdown, no number."""
_ROUNDED = re.compile("rl-chiffre[^>]*>(?:environ|moins de) ", re.IGNORECASE)
HIDDEN = (
    "Des nombres sont arrondis\N{NO-BREAK SPACE}: leur écart n'est annoncé que s'il dépasse l'arrondi, plus petit il "
    "peut être nul. Un chiffre sans comparaison à {{ annee(-1) }} ne dit donc ni hausse ni baisse."
)
EXACT_HERE = (
    "Ces nombres sont exacts. D'autres constats, qui tiennent à des chiffres arrondis ou réservés au service, peuvent "
    "manquer ici."
)
NOT_COMPARED = (
    "Aucun chiffre de {{ annee(-1) }} n'a été diffusé\N{NO-BREAK SPACE}: cette édition ne compare pas {{ annee() }} à "
    "{{ annee(-1) }}. N'en concluez ni hausse ni baisse."
)


def check(settings: Settings) -> None:
    """Hold what the settings pin, drop or reword against the findings that there are.

    Raises
    ------
    SettingsError
        One does not exist; the message gives the nearest.
    """
    chosen, ids = settings.report.constats, {*(one.id for one in SUBJECTS), *(one.id for one in LEVELS)}
    named = {"epingles": chosen.epingles, "retires": chosen.retires, "mots": tuple(chosen.mots)}
    for key, names in named.items():
        every = ids | {"mots": {"titre"}, "retires": {rates.TABLE}}.get(key, set())
        for name in names:
            id, _, territory = name.partition("-")
            if id not in every or (territory and territory not in settings.service.commune_codes):
                near = difflib.get_close_matches(id, every, n=1, cutoff=0)[0]
                raise SettingsError(
                    "Constat inconnu dans les paramètres de l'année.",
                    where=f"{settings.report_path}, constats.{key}",
                    got=name,
                    todo=f"écrire {near} s'il s'agit de lui, ou {near}-CODE pour le portrait d'une commune",
                )


@dataclass(frozen=True)
class Change:
    """A change that is a finding.

    Parameters
    ----------
    score
        Its size times how little it is due to chance, weighted.
    folded
        Findings that are told with it.
    """

    subject: Subject
    score: float
    folded: tuple[Subject, ...] = ()


@dataclass(frozen=True)
class Item:
    """A sentence of the first page.

    Parameters
    ----------
    id
        Its subject.
    words
        Markdown whose figures are expressions.
    path
        Figure that it says.
    changed
        Whether it is a change that is no chance.
    """

    id: str
    words: str
    path: Path
    changed: bool = False


@dataclass(frozen=True)
class YearFindings:
    """The findings of one territory.

    Parameters
    ----------
    prose
        Binds the figures.
    """

    lookup: Lookup
    prose: Prose
    settings: Settings
    _cells: dict[tuple[Path, int], Cell | None] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The sentences of the first page, five at most: changes, then what was done, then what became of requests."""
        said = {change.subject.id: self._item(change) for change in self.changes}
        pinned = [id for id in self._chosen.epingles if id not in said]
        every = [*said.values(), *(item for id in pinned if (item := self._beside(id)))]
        every.sort(key=lambda item: item.id not in self._chosen.epingles)
        told = {item.id for item in every}
        alone = [level for level in LEVELS if level.id not in told and self._is_large(level)]
        levels = [item for level in alone if (item := self._level(level))][: MOST - MOST_CHANGES]
        chosen = every[: MOST - len(levels)]
        for item in filter(None, map(self._beside, BESIDE)):
            if len(chosen) + len(levels) < MOST and item.id not in {one.id for one in (*chosen, *levels)}:
                chosen.append(item)
        return tuple(item for item in (*chosen, *levels) if item.id not in self._chosen.retires)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The changes that are findings, the first in rank first; each folded with those that say the same."""
        return tuple(self._changes(SUBJECTS))

    def remark(self, table: str) -> str:
        """Write what is found of a table as a fragment of HTML, as the first page does; empty where nothing is."""
        if table == rates.TABLE:
            return self._of_communes()
        of_table = [subject for subject in SUBJECTS if subject.path[0] == table]
        first = next(self._changes(of_table), None)
        return "" if first is None else self._html(self._item(first))

    def beside(self, label: str, path: Path, compared: bool) -> str:
        """Write a number after its label, and that of the year before where the table has it and may be compared."""
        before = self._in_brackets(path, _figure(path, -1)) if compared else ""
        words = f"{label}\N{NO-BREAK SPACE}: {_figure(path)}{before}."
        return f'<p class="rl-seul">{self._words(words)}</p>'

    def _of_communes(self) -> str:
        """Say which commune stands apart, in the report of the whole service."""
        code, words = self._apart if self.prose.territory == SERVICE else ("", "")
        if not code:
            return ""
        name = escape(self.settings.service.commune_name(code), quote=False)
        return f"{name}{french.NBSP}: {self._words(f'{words}.')}"

    @cached_property
    def _apart(self) -> tuple[str, str]:
        """The commune that stands apart by its rate and what is said of it."""
        if rates.TABLE in self._chosen.retires:
            return "", ""
        return rates.apart(self.lookup, CHANCE, FEWEST, LEAST_PART)

    def to_html(self) -> str:
        """Write the headline and the findings, a line each in plain text; empty where nothing is known."""
        headline, (code, words) = self._headline(), self._apart
        listed = [f"<li>{sentence}</li>" for sentence in self._sentences]
        if code == self.prose.territory:  # first: the note is about years
            listed.insert(0, f"<li>{self._words(f'{words[0].upper()}{words[1:]}.')}</li>")
        lines = [f'<p class="rl-une" role="heading" aria-level="3">{headline}</p>'] if headline else []
        lines += ['<ul class="rl-constats">', *listed, "</ul>"] if listed else []
        lines += [f'<p class="rl-constats-note">{note}</p>' for note in self._notes]
        return "\n".join(lines)

    @property
    def said(self) -> frozenset[Path]:
        """Figures that the headline and the sentences say: a card would say them again."""
        changed = any(item.changed for item in self.items)
        persons = None if changed or self._own_words("titre") else self._persons
        return frozenset([*(item.path for item in self.items), *([persons.path] if persons else [])])

    @property
    def _chosen(self) -> Chosen:
        return self.settings.report.constats

    @cached_property
    def _sentences(self) -> list[str]:
        return [self._html(item) for item in self.items]

    @property
    def _notes(self) -> list[str]:
        """What is to be known of the sentences: that chance explains them, that rounding hides others."""
        if self._is_ordinary:
            return [ORDINARY, BUT_APART] if self._apart[0] == self.prose.territory else [ORDINARY]
        if not (self.lookup.shared and self.items):
            return []
        if self.prose.year - 1 not in self.lookup.source.years:
            return [self._words(NOT_COMPARED)]
        rounded = any(map(_ROUNDED.search, self._sentences))
        exact = not rounded and all(self._comparable(item.path) for item in self.items)
        return [EXACT_HERE if exact else self._words(HIDDEN)]

    @property
    def _is_ordinary(self) -> bool:
        """Whether chance alone may explain all that is compared, which is exact: of rounded figures, nobody can say."""
        if any(item.changed for item in self.items):
            return False
        compared = [one for item in self.items if self._comparable(item.path) and (one := _subject(item.id))]
        chances = [self._chance(one) for one in compared if self._is_exact(one.path)]
        return (
            bool(chances)
            and len(chances) == len(compared)
            and all(one is not None and one >= CHANCE for one in chances)
        )

    def _changes(self, subjects: Sequence[Subject]) -> Iterator[Change]:
        scores = {one.id: self._score(one) for one in subjects if one.id not in self._chosen.retires}
        changed = [one for one in subjects if scores.get(one.id)]
        ids = {one.id for one in changed}
        alone = [one for one in changed if one.under not in ids]
        for one in sorted(alone, key=lambda subject: -scores[subject.id]):
            yield Change(one, scores[one.id], tuple(other for other in changed if other.under == one.id))

    def _score(self, subject: Subject) -> float:
        """Give how much a change counts; 0 where it is no finding."""
        size = self._size_of_share(subject) if subject.kind == "part" else self._size(subject)
        chance = self._chance(subject) if size else None
        if chance is None or chance >= CHANCE:
            return 0.0
        return subject.weight * size * min(-math.log10(max(chance, 1e-12)), RELIABLE)

    def _size(self, subject: Subject) -> float:
        """Give how large a change of a count is, its logarithm; 0 where it is not large enough, or unknown."""
        counts = self._counts(subject)
        if counts is None:
            return 0.0
        first, last = counts
        if max(first, last) < FEWEST or abs(last - first) < max(LEAST, LEAST_PART * first):
            return 0.0
        return abs(math.log(max(last, 1) / max(first, 1)))

    def _counts(self, subject: Subject) -> tuple[int, int] | None:
        """Give the year before and the year, as near as their rounding allows; None where one is not known."""
        now, then = (self._cell(subject.path, year) for year in (self.prose.year, self.prose.year - 1))
        if now is None or then is None or not self._comparable(subject.path):
            return None
        if not {now.etat, then.etat} <= {OK, ARRONDI}:
            return None
        return chances.nearest((then.valeur, then.slack), (now.valeur, now.slack))

    def _size_of_share(self, subject: Subject) -> float:
        """As ``_size``, the distance of two shares on the scale where it is as easy to see anywhere."""
        shares = self._shares(subject)
        if shares is None:
            return 0.0
        (first, then), (last, now) = shares
        if min(now, then) < WHOLE or max(first, last) < FEWEST or abs(last / now - first / then) < POINTS / 100:
            return 0.0
        return abs(_angle(last / now) - _angle(first / then))

    def _shares(self, subject: Subject) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Give part and whole, the year before and the year, all exact; None where one is not."""
        whole = _whole(subject)
        years = self.prose.year - 1, self.prose.year
        cells = [self._cell(path, year) for year in years for path in (subject.path, whole)]
        if any(cell is None or cell.etat != OK for cell in cells):
            return None
        first, then, last, now = (round(cell.valeur) for cell in cells if cell)
        comparable = self._comparable(subject.path) and self._comparable(whole)
        return ((first, then), (last, now)) if comparable and then and now else None

    def _chance(self, subject: Subject) -> float | None:
        """Give the chance that a change as large is due to chance alone; None where it cannot be told."""
        if subject.kind == "flux":
            counts = self._counts(subject)
            return chances.of_counts(*counts) if counts else None
        moved = self._moved(subject)
        if subject.kind == "stock":
            return chances.of_counts(moved[0], moved[1]) if moved else None
        shares = self._shares(subject)
        moved = moved or (self._newcomers(subject, *shares) if shares else None)
        return chances.of_shares((moved[0], moved[2]), (moved[1], moved[3])) if moved and shares else None

    def _moved(self, subject: Subject) -> tuple[int, int, int, int] | None:
        """Entrants and leavers of a group, then those outside of it; None where they are not known."""
        columns = ("entrants", "sortants", "hors_entrants", "hors_sortants")
        cells = [self._cell((MOVEMENTS, subject.group, column)) for column in columns]
        if any(cell is None or cell.etat != OK for cell in cells):
            return None
        came, left, others_came, others_left = (round(cell.valeur) for cell in cells if cell)
        return came, left, others_came, others_left

    def _newcomers(
        self, subject: Subject, before: tuple[int, int], year: tuple[int, int]
    ) -> tuple[int, int, int, int] | None:
        """As ``_moved``, in the edition to share, which has no entrants: from those who are new, of a group of ages.

        Who comes back is neither new nor, then, among those who left: both are as many too few.
        """
        table, line, column = subject.path
        cells = [self._cell((table, one, NOUVEAUX)) for one in (line, TOTAL)]
        if not self.lookup.shared or column != TOTAL or any(cell is None or cell.etat != OK for cell in cells):
            return None
        came, every = (round(cell.valeur) for cell in cells if cell)
        left, every_left = (first + new - last for first, new, last in zip(before, (came, every), year, strict=True))
        moved = came, left, every - came, every_left - left
        return moved if min(moved) >= 0 else None

    def _cell(self, path: Path, year: int | None = None) -> Cell | None:
        """Give a figure; None where the table, the line or the column does not exist, or the service counts others."""
        key = (path, year or self.prose.year)
        if key not in self._cells:
            try:
                cell = self.lookup.cell(Reference(*path, key[1], self.prose.territory))
            except SettingsError:
                cell = None
            self._cells[key] = cell if path[0] in self.lookup.source.declared.counted_as_ours else None
        return self._cells[key]

    def _comparable(self, path: Path) -> bool:
        """Say whether the year before is known and may be compared."""
        now, of = self._cell(path), (path[0], self.prose.year - 1, self.prose.territory)
        if now is None or not now.is_number or not self.lookup.says_something(*of):
            return False
        then = self._cell(path, self.prose.year - 1)
        return self.lookup.comparable(*of) and then is not None and then.etat in {OK, ARRONDI}

    def _html(self, item: Item) -> str:
        """Write a sentence, in the service's own words where it has some."""
        return self._words(self._own_words(item.id) or f"{item.words}.")

    def _words(self, words: str) -> str:
        """Write words whose figures are expressions, without a paragraph around them."""
        return _inner(text.to_html(words, self.settings.report_path, self.prose))

    def _own_words(self, id: str) -> str:
        territory = self.prose.territory
        key = id if territory == SERVICE else f"{id}-{territory}"
        return self._chosen.mots.get(key, "")

    def _item(self, change: Change) -> Item:
        subject = change.subject
        now = _share(subject) if subject.kind == "part" else _count(subject)
        words = f"{now}, contre {_before(subject)} {subject.since}"
        if subject.kind != "part" and (cell := self._cell(subject.path)):
            words += self._most_of(subject, cell)
        for one in change.folded:
            if one.detail and self._is_some(one.path):
                words += f"\N{NO-BREAK SPACE}; {one.detail}"
        return Item(subject.id, words + self._including(subject), subject.path, changed=True)

    def _is_some(self, path: Path) -> bool:
        """Whether a detail may be told: both years known, and nobody is told to be zero."""
        cells = [self._cell(path, year) for year in (self.prose.year, self.prose.year - 1)]
        return all(cell is not None and cell.etat in {OK, ARRONDI} and cell.valeur > 0 for cell in cells)

    def _beside(self, id: str) -> Item | None:
        """Say a figure beside that of the year before, whatever it is; None where it counts nobody or is not known."""
        level = next((one for one in LEVELS if one.id == id), None)
        if level:
            return self._level(level)
        subject = _subject(id)
        now = self._cell(subject.path) if subject else None
        if subject is None or now is None or now.etat not in {OK, ARRONDI} or now.valeur <= 0:
            return None
        if subject.kind != "part":
            before = self._in_brackets(subject.path, _figure(subject.path, -1), subject.since)
            words = f"{_count(subject)}{before}{self._most_of(subject, now)}{self._including(subject)}"
            return Item(id, words, subject.path)
        whole = self._cell(_whole(subject))
        if whole is None or whole.etat != OK or whole.valeur <= now.valeur:
            return None
        before = f"{_figure(subject.path, -1)} sur {_figure(_whole(subject), -1)}"
        singular, plural, what = subject.what
        verb = _agreed(subject.path, singular, plural, number=False)
        of = f"{_figure(subject.path)} des {_figure(_whole(subject))} {subject.noun[1]}"
        return Item(id, f"{of} {verb} {what}".rstrip() + self._in_brackets(subject.path, before), subject.path)

    def _most_of(self, subject: Subject, whole: Cell) -> str:
        """« , dont 57 de 11 à 14 ans », of a line that holds half or more; of the only one, whatever it holds."""
        least = whole.valeur / 2 if len(subject.lines) > 1 else 1
        for line, words in subject.lines:
            path = (subject.path[0], line, subject.path[2])
            part = self._cell(path)
            if part is None or OK not in {whole.etat, part.etat}:  # of two rounded numbers, nobody could say
                continue
            if part.etat in {OK, ARRONDI} and least <= part.valeur < whole.valeur:
                return f", dont {_figure(path)} {words}"
        return ""

    def _including(self, subject: Subject) -> str:
        """« ; les 114 accompagnés en font partie », of a count that holds another: nobody adds them up."""
        path = subject.includes
        part = self._cell(path) if path else None
        if path is None or part is None or part.etat not in {OK, ARRONDI} or part.valeur <= 1:
            return ""
        of = f"{_figure(path)} " if part.etat == OK else "jeunes "
        return f"\N{NO-BREAK SPACE}; les {of}accompagnés en font partie"

    def _in_brackets(self, path: Path, before: str, since: str = "en {{ annee(-1) }}") -> str:
        """« (86 en 2022) »; nothing where the year before is not known, or not comparable."""
        return f" ({before} {since})" if self._comparable(path) else ""

    def _is_large(self, level: Level) -> bool:
        now = self._cell(level.path)
        return now is not None and now.etat in {OK, ARRONDI} and now.valeur - now.slack >= FEWEST

    def _level(self, level: Level) -> Item | None:
        """« 18 demandes refusées sur 96 (16 sur 80 en 2022) : file active complète (7) », or what became of all."""
        whole = (level.path[0], *level.whole)
        cells = [self._cell(path) for path in (level.path, whole)]
        if any(cell is None or cell.etat not in {OK, ARRONDI} or cell.valeur <= 0 for cell in cells):
            return None
        if self.lookup.shared and level.outcomes:
            return Item(level.id, self._outcomes(level), whole)
        words = f"{_agreed(level.path, *level.noun)} sur {_figure(whole)}"
        if all(self._is_exact(path) for path in (level.path, whole)):  # two rounded shares would be four numbers
            words += self._in_brackets(level.path, f"{_figure(level.path, -1)} sur {_figure(whole, -1)}")
        return Item(level.id, words + self._reasons(level), level.path)

    def _outcomes(self, level: Level) -> str:
        """« 96 demandes d'accompagnement (80 en 2022) : 56 acceptées, 18 refusées (16), 8 en attente »: no reasons."""
        table, whole = level.path[0], (level.path[0], *level.whole)
        exact = self._is_exact(whole) and self._comparable(whole)
        before = self._in_brackets(whole, _figure(whole, -1)) if exact else ""
        told = []
        for line, singular, plural in level.outcomes:
            path = (table, line, whole[2])
            cell = self._cell(path)
            if cell and (cell.etat == ARRONDI or (cell.etat == OK and cell.valeur > 0)):
                then = f" ({_figure(path, -1)})" if before and self._is_exact(path) else ""
                told.append(_agreed(path, singular, plural) + then)
        return f"{_agreed(whole, *level.of)}{before}\N{NO-BREAK SPACE}: {', '.join(told)}"

    def _reasons(self, level: Level) -> str:
        """« : refus de la famille (8), file active complète (7) », as the service words them."""
        if not level.reasons or self.lookup.shared:
            return ""
        if level.reasons not in self.lookup.source.declared.counted_as_ours:
            return ""
        table = self.lookup.of_year(level.reasons, self.prose.year, self.prose.territory)
        counted = [str(one) for one in table.loc[(table["ligne"] != TOTAL) & (table["valeur"] > 0), "ligne"]]
        told = [one for one in counted if _REASON.fullmatch(one)][:MOST_REASONS]
        if not told:
            return ""
        said = ", ".join(f"{_within(reason)} ({_figure((level.reasons, reason, 'nombre'))})" for reason in told)
        return f"\N{NO-BREAK SPACE}: {'dont ' if len(told) < len(counted) else ''}{said}"

    def _is_exact(self, path: Path) -> bool:
        """Whether a figure is exact in both years."""
        cells = [self._cell(path, year) for year in (self.prose.year, self.prose.year - 1)]
        return all(cell is not None and cell.etat == OK for cell in cells)

    def _headline(self) -> str:
        """One sentence: the two first findings of different themes, else how many young people there are."""
        words = self._own_words("titre") or self._of_changes()
        if not words and self._persons:
            words = f"{_count(self._persons)} en {{{{ annee() }}}}{self._against(self._persons.path)}"
        return self._words(words or self._of_nobody())

    def _of_nobody(self) -> str:
        """What is known where nobody is counted: zeros, less than rounding tells, or nothing."""
        every = {subject: cell for id in PERSONS if (subject := _subject(id)) and (cell := self._cell(subject.path))}
        small = next((one for one, cell in every.items() if cell.etat == ARRONDI), None)
        if small is not None:
            return f"{_count(small)} en {{{{ annee() }}}}"
        zeros = [one for one, cell in every.items() if cell.etat == OK]
        if not zeros:
            return "Nombre de jeunes non communiqué pour {{ annee() }}"
        nobody = "jeune accompagné ni rencontré" if len(zeros) == len(PERSONS) else zeros[0].noun[0]
        return f"Aucun {nobody} en {{{{ annee() }}}}"

    def _of_changes(self) -> str:
        shown = {item.id for item in self.items if item.changed}
        first = [change.subject for change in self.changes if change.subject.id in shown]
        if not first:
            return ""
        other = next((one for one in first if one.theme != first[0].theme), None)
        return f"En {{{{ annee() }}}}, {french.listing([_headline_of(one) for one in (first[0], other) if one])}"

    @cached_property
    def _persons(self) -> Subject | None:
        """Whom the headline counts where no change is a finding; None where nobody is counted."""
        for id in PERSONS:
            subject = _subject(id)
            now = self._cell(subject.path) if subject else None
            if now and now.etat in {OK, ARRONDI} and now.valeur > 0:
                return subject
        return None

    def _against(self, path: Path) -> str:
        """« , comme en 2022 », « , contre 15 en 2022 »; nothing where the year before is not known."""
        now, then = (self._cell(path, year) for year in (self.prose.year, self.prose.year - 1))
        if not self._comparable(path) or now is None or then is None:
            return ""
        if now.etat == then.etat == OK and now.valeur == then.valeur:
            return ", comme en {{ annee(-1) }}"
        return f", contre {_figure(path, -1)} en {{{{ annee(-1) }}}}"


def _subject(id: str) -> Subject | None:
    return next((one for one in SUBJECTS if one.id == id), None)


def _angle(share: float) -> float:
    """Give a share on the scale where the same distance is as easy to see anywhere (Cohen's h)."""
    return 2 * math.asin(math.sqrt(min(max(share, 0.0), 1.0)))


def _within(reason: str) -> str:
    """A reason in the midst of a sentence: without its capital, unless it begins by an acronym."""
    return reason if reason[:2].isupper() else reason[:1].lower() + reason[1:]


def _inner(html: str) -> str:
    """Take the words out of the paragraph of a sentence."""
    return html.strip().removeprefix("<p>").removesuffix("</p>")


def _whole(subject: Subject) -> Path:
    *table, line, column = subject.whole
    return (table[0] if table else subject.path[0], line, column)


def _call(path: Path) -> str:
    return ", ".join(f'"{part}"' for part in path)


def _figure(path: Path, shift: int = 0) -> str:
    return f"{{{{ chiffre({_call(path)}{f', decalage={shift}' if shift else ''}) }}}}"


def _agreed(path: Path, singular: str, plural: str, *, number: bool = True) -> str:
    alone = "" if number else ", nombre=False"
    return f'{{{{ accord(chiffre({_call(path)}), "{singular}", "{plural}"{alone}) }}}}'


def _count(subject: Subject) -> str:
    return _agreed(subject.path, *subject.noun)


def _part(subject: Subject, shift: int = 0) -> str:
    of = f", sur=({_call(_whole(subject))}){f', decalage={shift}' if shift else ''}"
    return f"{{{{ part({_call(subject.path)}{of}) }}}}"


def _share(subject: Subject) -> str:
    said = f"{_part(subject)} des {subject.noun[1]} {subject.what[1]} {subject.what[2]}".rstrip()
    return f"{said} ({_figure(subject.path)} sur {_figure(_whole(subject))})"


def _before(subject: Subject) -> str:
    return _part(subject, -1) if subject.kind == "part" else _figure(subject.path, -1)


def _headline_of(subject: Subject) -> str:
    if subject.kind != "part":
        return f"{{{{ fois({_call(subject.path)}) }}}} {subject.headline}"
    of = f"sur=({_call(_whole(subject))})"
    return f'{{{{ sens({_call(subject.path)}, "{subject.rise}", "{subject.fall}", {of}) }}}}{subject.headline}'
