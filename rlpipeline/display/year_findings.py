"""The findings of the year: which changes are no chance, ranked, each told once, in sentences whose figures are bound.

What is compared are the figures of the edition, exact or protected. A change has to be large enough to matter, too
large to be the ordinary variation of small numbers, and comparable; its sentence then says two years and no cause.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import NamedTuple

from rlpipeline import french
from rlpipeline.display import text
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Prose
from rlpipeline.display.subjects import (
    BESIDE,
    CHANCE,
    FEWEST,
    KNOWN,
    LEAST_PART,
    PERSONS,
    RATES,
    SUBJECTS,
    Change,
    Changes,
    Path,
    Subject,
    of_part,
)
from rlpipeline.errors import SettingsError, nearest
from rlpipeline.figures import SERVICE
from rlpipeline.figures.labels import TOTAL
from rlpipeline.observations import Observation
from rlpipeline.settings.models import Findings as Chosen
from rlpipeline.settings.models import Settings
from rlpipeline.states import ABOUT, ARRONDI, BELOW, NC, OK, WORDS

MOST_CHANGES, MOST, MOST_REASONS = 4, 5, 3
ORDINARY = "Ces écarts restent dans les variations ordinaires des petits nombres."
BUT_APART = "L'écart avec les autres communes, lui, est trop grand pour être dû au hasard."
NBSP = french.NBSP
HIDDEN = (
    f"Des nombres sont arrondis{NBSP}: leur écart n'est annoncé que s'il dépasse l'arrondi, plus petit il "
    "peut être nul. Un chiffre sans comparaison à {{ annee(-1) }} ne dit donc ni hausse ni baisse."
)
EXACT_HERE = (
    "Ces nombres sont exacts. D'autres constats, qui tiennent à des chiffres arrondis ou réservés au service, peuvent "
    "manquer ici."
)
NOT_COMPARED = (
    f"Aucun chiffre de {{{{ annee(-1) }}}} n'a été diffusé{NBSP}: cette édition ne compare pas {{{{ annee() }}}} à "
    "{{ annee(-1) }}. N'en concluez ni hausse ni baisse."
)
_REASON = re.compile(r"[^\W\d_]+(?:[ ’,'-]+[^\W\d_]+)*")
"""Words alone: no sign of an expression or of Markdown, no number."""
_ROUNDED = re.compile(rf"rl-chiffre[^>]*>(?:{ABOUT}|{BELOW}) ", re.IGNORECASE)
_BY_ID = {subject.id: subject for subject in reversed(SUBJECTS)}


def check(settings: Settings) -> None:
    """Hold what the settings pin, drop or reword against the findings that there are.

    Raises SettingsError: one does not exist; the message gives the nearest.
    """
    chosen, ids = settings.report.constats, {*_BY_ID}
    named = {"epingles": chosen.epingles, "retires": chosen.retires, "mots": tuple(chosen.mots)}
    for key, names in named.items():
        every = ids | {"mots": {"titre"}, "retires": {RATES}}.get(key, set())
        for name in names:
            id, _, territory = name.partition("-")
            if id not in every or (territory and territory not in settings.service.commune_codes):
                near = nearest(id, every)
                raise SettingsError(
                    "Constat inconnu dans les paramètres de l'année.",
                    where=f"{settings.report_path}, constats.{key}",
                    got=name,
                    todo=f"écrire {near} s'il s'agit de lui, ou {near}-CODE pour le portrait d'une commune",
                )


class Rate(NamedTuple):
    """Young people followed in a commune, its inhabitants, and how many followed per thousand of them."""

    persons: int
    inhabitants: int
    rate: float


class Item(NamedTuple):
    """A sentence of the first page: Markdown whose figures are expressions, and the figure that it says."""

    id: str
    words: str
    path: Path
    changed: bool = False


@dataclass(frozen=True)
class YearFindings:
    """The findings of one territory."""

    lookup: Lookup
    prose: Prose
    settings: Settings

    @cached_property
    def _year(self) -> Changes:
        return Changes(self.lookup, self.prose.year, self.prose.territory, self._chosen.retires)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The sentences of the first page, five at most: changes, then what was done, then what became of requests."""
        levels = self._levels
        chosen = self._of_change[: MOST - len(levels)]
        for item in filter(None, map(self._beside, BESIDE)):
            listed = {self._said_by_headline, *(other.id for other in (*chosen, *levels))}
            if len(chosen) + len(levels) < MOST and item.id not in listed:
                chosen.append(item)
        return tuple(item for item in (*chosen, *levels) if item.id not in self._chosen.retires)

    @cached_property
    def _of_change(self) -> list[Item]:
        """Give the changes, then what the service pinned beside them, first what it pinned."""
        pinned = self._chosen.epingles
        said = {change.subject.id: self._item(change) for change in self.changes}
        beside = [self._beside(id) for id in pinned if id not in said]
        every = [*said.values(), *filter(None, beside)]
        return sorted(every, key=lambda item: item.id not in pinned)

    @property
    def _levels(self) -> list[Item]:
        """Give what became of requests, where enough are told of and no change says it."""
        told = {item.id for item in self._of_change}
        untold = [level for level in SUBJECTS if level.outcomes and level.id not in told]
        items = [self._level(level) for level in untold if self._is_large(level)]
        return [*filter(None, items)][: MOST - MOST_CHANGES]

    def _is_large(self, level: Subject) -> bool:
        now = self._year.known(level.path)
        return now is not None and now.value - now.slack >= FEWEST

    @property
    def _said_by_headline(self) -> str:
        """Give the finding that the headline says where nothing changed: a line would say it again."""
        if self.changes or self._own_words("titre") or self._persons is None:
            return ""
        return self._persons.id

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The changes that are findings, the first in rank first; each folded with those that say the same."""
        return tuple(self._year.of(SUBJECTS))

    def remark(self, table: str) -> str:
        """Write what is found of a table as a fragment of HTML, as the first page does; empty where nothing is."""
        if table == RATES:  # which commune stands apart, in the report of the whole service
            code, words = self._apart if self.prose.territory == SERVICE else ("", "")
            name = escape(self.settings.service.commune_name(code), quote=False) if code else ""
            return f"{name}{NBSP}: {self._words(f'{words}.')}" if code else ""
        of_table = [subject for subject in SUBJECTS if subject.path[0] == table]
        first = next(self._year.of(of_table), None)
        return "" if first is None else self._html(self._item(first))

    def story(self, table: str) -> frozenset[str]:
        """Give the lines of a table that ``remark`` names."""
        if table == RATES:
            return frozenset({self._apart[0]} if self.prose.territory == SERVICE else ()) - {""}
        of_table = [subject for subject in SUBJECTS if subject.path[0] == table]
        first = next(self._year.of(of_table), None)
        named = (first.subject, *first.folded) if first else ()
        lines = "+".join(subject.path[1] for subject in named).split("+")
        return frozenset(lines) - {TOTAL, ""}

    def beside(self, label: str, path: Path, compared: bool) -> str:
        """Write a number after its label, and that of the year before where the table has it and may be compared."""
        before = self._in_brackets(path, _figure(path, -1)) if compared else ""
        return f'<p class="rl-seul">{self._words(f"{label}{NBSP}: {_figure(path)}{before}.")}</p>'

    def to_html(self) -> str:
        """Write the headline and the findings, a line each in plain text; empty where nothing is known."""
        headline, (code, words) = self.headline, self._apart
        listed = [f"<li>{sentence}</li>" for sentence in self._sentences]
        if code == self.prose.territory:  # first: the note is about years
            listed.insert(0, f"<li>{self._words(f'{words[0].upper()}{words[1:]}.')}</li>")
        lines = [f'<h3 class="rl-une">{headline}</h3>'] if headline else []
        lines += ['<ul class="rl-constats">', *listed, "</ul>"] if listed else []
        lines += [f'<p class="rl-constats-note">{note}</p>' for note in self._notes]
        return "\n".join(lines)

    @property
    def said(self) -> frozenset[Path]:
        """Figures that the headline and the sentences say: a card would say them again."""
        changed = any(item.changed for item in self.items)
        persons = None if changed or self._own_words("titre") else self._persons
        return frozenset(
            [*(item.path for item in self.items), *([persons.path] if persons else [])]
        )

    @property
    def _chosen(self) -> Chosen:
        return self.settings.report.constats

    @cached_property
    def _sentences(self) -> list[str]:
        return [self._html(item) for item in self.items]

    @property
    def _notes(self) -> list[str]:
        if self._is_ordinary:
            return [ORDINARY, BUT_APART] if self._apart[0] == self.prose.territory else [ORDINARY]
        if not (self.lookup.shared and self.items):
            return []
        if self.prose.year - 1 not in self.lookup.source.years:
            return [self._words(NOT_COMPARED)]
        rounded = any(map(_ROUNDED.search, self._sentences))
        exact = not rounded and all(self._year.comparable(item.path) for item in self.items)
        return [EXACT_HERE if exact else self._words(HIDDEN)]

    @property
    def _is_ordinary(self) -> bool:
        """Whether chance alone may explain all that is compared, which is exact: of rounded figures, nobody can say."""
        if any(item.changed for item in self.items):
            return False
        compared = [
            _BY_ID[item.id]
            for item in self.items
            if self._year.comparable(item.path) and item.id in _BY_ID
        ]
        likely = [
            self._year.chance(subject) for subject in compared if self._year.is_exact(subject.path)
        ]
        every = len(likely) == len(compared) > 0
        return every and all(chance is not None and chance >= CHANCE for chance in likely)

    def _html(self, item: Item) -> str:
        return self._words(self._own_words(item.id) or f"{item.words}.")

    def _words(self, words: str) -> str:
        html = text.to_html(words, self.settings.report_path, self.prose)
        return html.strip().removeprefix("<p>").removesuffix("</p>")

    def _own_words(self, id: str) -> str:
        territory = self.prose.territory
        return self._chosen.mots.get(id if territory == SERVICE else f"{id}-{territory}", "")

    def _item(self, change: Change) -> Item:
        subject = change.subject
        path, whole = subject.path, subject.of_whole
        if subject.kind == "part":
            said = f"{_part(subject)} des {subject.noun[1]} {subject.what[1]} {subject.what[2]}".rstrip()
            words = f"{said} ({_figure(path)} sur {_figure(whole)}), contre {_part(subject, -1)} {subject.since}"
            if self._year.is_exact(path) and self._year.is_exact(whole):  # two wholes, not one
                words += f" ({_figure(path, -1)} sur {_figure(whole, -1)})"
        else:
            words = f"{_agreed(path, *subject.noun)}, contre {_figure(path, -1)} {subject.since}"
            cell = self._year.cell(path)
            words += self._most_of(subject, cell) if cell else ""
        for folded in (
            change.folded
        ):  # a detail is told where both years are known, and nobody is told to be zero
            both = self._year.two_years(folded.path)
            if folded.detail and all(
                cell and cell.state in KNOWN and cell.value > 0 for cell in both
            ):
                words += f"{NBSP}; {folded.detail}"
        return Item(subject.id, words + self._including(subject), path, changed=True)

    def _beside(self, id: str) -> Item | None:
        subject = _BY_ID.get(id)
        if subject and subject.outcomes:
            return self._level(subject)
        now = self._year.known(subject.path) if subject else None
        if subject is None or now is None or now.value <= 0:
            return None
        path = subject.path
        if subject.kind != "part":
            before = self._in_brackets(path, _figure(path, -1), subject.since)
            said = f"{_agreed(path, *subject.noun)}{before}{self._most_of(subject, now)}{self._including(subject)}"
            return Item(id, said, path)
        whole = subject.of_whole
        every = self._year.cell(whole)
        if every is None or every.state != OK or every.value <= now.value:
            return None
        before = self._in_brackets(path, f"{_figure(path, -1)} sur {_figure(whole, -1)}")
        singular, plural, what = subject.what
        verb = _agreed(path, singular, plural, number=False)
        of = f"{_figure(path)} des {_figure(whole)} {subject.noun[1]}"
        return Item(id, f"{of} {verb} {what}".rstrip() + before, path)

    def _most_of(self, subject: Subject, whole: Observation) -> str:
        """« , dont 57 de 11 à 14 ans », of a line that holds half or more; of the only one, whatever it holds."""
        least = whole.value / 2 if len(subject.lines) > 1 else 1
        for line, words in subject.lines:
            path = (subject.path[0], line, subject.path[2])
            part = self._year.known(path)
            if part is None or OK not in {
                whole.state,
                part.state,
            }:  # of two rounded numbers, nobody could say
                continue
            if least <= part.value < whole.value:
                return f", dont {_figure(path)} {words}"
        return ""

    def _including(self, subject: Subject) -> str:
        """« ; les 114 accompagnés en font partie », of a count that holds another: nobody adds them up."""
        path = subject.includes
        part = self._year.known(path) if path else None
        if path is None or part is None or part.value <= 1:
            return ""
        return f"{NBSP}; les {f'{_figure(path)} ' if part.state == OK else 'jeunes '}accompagnés en font partie"

    def _in_brackets(self, path: Path, before: str, since: str = "en {{ annee(-1) }}") -> str:
        """« (86 en 2022) »; nothing where the year before is not known, or not comparable."""
        return f" ({before} {since})" if self._year.comparable(path) else ""

    def _level(self, subject: Subject) -> Item | None:
        """« 18 demandes restées sans suite sur 96 (16 sur 80 en 2022) : file complète (7) », or what became of all."""
        path, whole = subject.path, subject.of_whole
        cells = self._year.known(path), self._year.known(whole)
        if not all(cell and cell.value > 0 for cell in cells):
            return None
        if self.lookup.shared:
            return Item(subject.id, self._outcomes(subject, whole), whole)
        words = f"{_agreed(path, *subject.noun)} sur {_figure(whole)}"
        if self._year.is_exact(path) and self._year.is_exact(
            whole
        ):  # two rounded shares would be four numbers
            words += self._level_before(path, whole)
        return Item(subject.id, words + self._reasons(subject.reasons), path)

    def _level_before(self, path: Path, whole: Path) -> str:
        """« (16 sur 80 en 2022) »; nothing of a year of which there is no whole."""
        then, _ = self._year.two_years(whole)
        if then is None or then.value <= 0:
            return ""
        return self._in_brackets(path, f"{_figure(path, -1)} sur {_figure(whole, -1)}")

    def _outcomes(self, subject: Subject, whole: Path) -> str:
        """« 96 demandes d'accompagnement (80 en 2022) : 56 acceptées, 18 refusées (16), 8 en attente »: no reasons."""
        before, told = (
            self._in_brackets(whole, _figure(whole, -1)) if self._year.is_exact(whole) else "",
            [],
        )
        for line, singular, plural in subject.outcomes:
            path = (whole[0], line, whole[2])
            cell = self._year.known(path)
            if cell and not (cell.state == OK and cell.value <= 0):
                then = f" ({_figure(path, -1)})" if before and self._year.is_exact(path) else ""
                told.append(_agreed(path, singular, plural) + then)
        said = f"{_agreed(whole, *_BY_ID[subject.under].noun)}{before}"
        return f"{said}{NBSP}: {', '.join(told)}" if told else said

    def _reasons(self, id: str) -> str:
        """« : refus de la famille (8), file active complète (7) », as the service words them."""
        if id not in self.lookup.source.declared.counted_as_ours:
            return ""
        table, said = self.lookup.of_year(id, self.prose.year, self.prose.territory), []
        counted = [
            str(line)
            for line in table.loc[(table["ligne"] != TOTAL) & (table["valeur"] > 0), "ligne"]
        ]
        for reason in [line for line in counted if _REASON.fullmatch(line)][:MOST_REASONS]:
            within = (
                reason if reason[:2].isupper() else reason[:1].lower() + reason[1:]
            )  # but an acronym
            said.append(f"{within} ({_figure((id, reason, 'nombre'))})")
        return (
            f"{NBSP}: {'dont ' if len(said) < len(counted) else ''}{', '.join(said)}"
            if said
            else ""
        )

    @cached_property
    def headline(self) -> str:
        """The year in one sentence, as HTML; empty where nothing is known."""
        words = self._own_words("titre") or self._of_changes()
        if not words and self._persons:
            path = self._persons.path
            (then, now), against = self._year.two_years(path), ""
            if now and then and self._year.comparable(path):
                same = now.state == then.state == OK and now.value == then.value
                against = (
                    f", {'comme' if same else f'contre {_figure(path, -1)}'} en {{{{ annee(-1) }}}}"
                )
            words = f"{_agreed(path, *self._persons.noun)} en {{{{ annee() }}}}{against}"
        return self._words(words or self._of_nobody())

    def _of_nobody(self) -> str:
        every = [
            (_BY_ID[id], cell.state) for id in PERSONS if (cell := self._year.cell(_BY_ID[id].path))
        ]
        small = next((subject for subject, state in every if state == ARRONDI), None)
        if small is not None:
            return f"{_agreed(small.path, *small.noun)} en {{{{ annee() }}}}"
        zeros = [subject for subject, state in every if state == OK]
        if not zeros:
            return f"Nombre de jeunes {WORDS[NC].word} pour {{{{ annee() }}}}"
        nobody = "jeune accompagné ni rencontré" if len(zeros) == len(PERSONS) else zeros[0].noun[0]
        return f"Aucun {nobody} en {{{{ annee() }}}}"

    def _of_changes(self) -> str:
        shown = {item.id for item in self.items if item.changed}
        first = [change.subject for change in self.changes if change.subject.id in shown]
        if not first:
            return ""
        other = next((subject for subject in first if subject.theme != first[0].theme), None)
        told = []
        for subject in filter(None, (first[0], other)):
            if subject.kind == "part":
                share = f'{_call(subject.path)}, "{subject.rise}", "{subject.fall}", sur=({_call(subject.of_whole)})'
                told.append(f"{{{{ sens({share}) }}}}{subject.headline}")
            else:
                of = subject.headline or french.de(subject.noun[1])
                told.append(f"{{{{ fois({_call(subject.path)}) }}}} {of}")
        return f"En {{{{ annee() }}}}, {french.listing(told)}"

    @cached_property
    def _persons(self) -> Subject | None:
        counted = [(_BY_ID[id], self._year.known(_BY_ID[id].path)) for id in PERSONS]
        return next((subject for subject, now in counted if now and now.value > 0), None)

    @cached_property
    def _apart(self) -> tuple[str, str]:
        """The commune whose rate chance explains least, and what is said of it; empty where none stands apart.

        It has fewer or more young people followed for its inhabitants than any other, by more than chance.
        """
        rates = {} if RATES in self._chosen.retires else self._rates()
        if len(rates) < 2:
            return "", ""
        ranked = sorted(rates, key=lambda code: (rates[code].rate, code))
        ends = (ranked[0], ranked[1]), (ranked[-1], ranked[-2])
        chances = {code: _chance_apart(rates, code, beside) for code, beside in ends}
        likely, code = min((chance, code) for code, chance in chances.items())
        if likely >= CHANCE / len(rates):  # each has its part of it
            return "", ""
        return code, self._said_apart(ranked, code)

    def _said_apart(self, ranked: Sequence[str], code: str) -> str:
        """Say how a commune stands apart from the others, which are ranked by their rate."""
        where = "dans l'autre commune" if len(ranked) == 2 else "dans les autres communes"
        if self.lookup.shared:  # without figures: « 1,0 jeune » would read as one person
            less_or_more = "moins" if ranked[0] == code else "plus"
            return f"{less_or_more} de jeunes accompagnés pour mille habitants que {where}"
        others = [other for other in ranked if other != code]
        said = f'{{{{ accord({_rate(code)}, "jeune accompagné", "jeunes accompagnés") }}}}'
        between = f"contre {{{{ {_rate(others[0])} }}}}"
        if self._rates()[others[0]].rate != self._rates()[others[-1]].rate:
            between += f" à {{{{ {_rate(others[-1])} }}}}"
        return f"{said} pour mille habitants, {between} {where}"

    def _rates(self) -> dict[str, Rate]:
        """Young people followed, inhabitants and rate of the communes whose inhabitants are known.

        None where the service counts them in its own way; none of them in the edition to share where one is not
        exact: what is said compares with all.
        """
        rates = dict[str, Rate]()
        for code in self.settings.service.commune_codes:
            places = (
                ("communes", code, TOTAL),
                (RATES, code, "habitants"),
                (RATES, code, "accompagnes"),
            )
            cells = [self.lookup.known(place, self.prose.year, SERVICE) for place in places]
            exact = [cell.value for cell in cells if cell and cell.state == OK]
            if len(exact) == len(cells):
                rates[code] = Rate(round(exact[0]), round(exact[1]), exact[2])
            elif self.lookup.shared and all(cells):
                return {}
        return rates


def _chance_apart(rates: Mapping[str, Rate], code: str, beside: str) -> float:
    """Give the chance at which a commune would differ so from all others; 1 where it hardly does.

    Parameters
    ----------
    beside
        The commune whose rate is next to its own.
    """
    persons, inhabitants, rate = rates[code]
    all_persons = sum(each.persons for each in rates.values())
    all_inhabitants = sum(each.inhabitants for each in rates.values())
    others = all_persons - persons
    expected = others * inhabitants / (all_inhabitants - inhabitants)
    is_enough = max(persons, expected) >= FEWEST
    is_large = abs(persons - expected) >= LEAST_PART * expected
    if rate == rates[beside].rate or not (others and is_enough and is_large):
        return 1.0
    return of_part(persons, all_persons, inhabitants / all_inhabitants)


def _call(path: Path) -> str:
    return ", ".join(f'"{part}"' for part in path)


def _figure(path: Path, shift: int = 0) -> str:
    return f"{{{{ chiffre({_call(path)}{f', decalage={shift}' if shift else ''}) }}}}"


def _rate(code: str) -> str:
    return f'chiffre("{RATES}", "{code}", "accompagnes", territoire="{SERVICE}", decimales=1)'


def _agreed(path: Path, singular: str, plural: str, *, number: bool = True) -> str:
    alone = "" if number else ", nombre=False"
    return f'{{{{ accord(chiffre({_call(path)}), "{singular}", "{plural}"{alone}) }}}}'


def _part(subject: Subject, shift: int = 0) -> str:
    of = f", sur=({_call(subject.of_whole)}){f', decalage={shift}' if shift else ''}"
    return f"{{{{ part({_call(subject.path)}{of}) }}}}"
