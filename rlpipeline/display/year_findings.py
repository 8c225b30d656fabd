"""The findings of the year: which changes are no chance, ranked, each told once, in sentences whose figures are bound.

What is compared are the figures of the edition, exact or protected. A change has to be large enough to matter, too
large to be the ordinary variation of small numbers, and comparable; its sentence then says two years and no cause.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import NamedTuple

from rlpipeline.display import chances, french, text
from rlpipeline.display.cells import Figure, Reference
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Prose
from rlpipeline.display.subjects import BESIDE, PERSONS, RATES, SUBJECTS, Path, Subject
from rlpipeline.errors import SettingsError, nearest
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
MOST_CHANGES, MOST, MOST_REASONS = 4, 5, 3
KNOWN = frozenset({OK, ARRONDI})
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
_ROUNDED = re.compile("rl-chiffre[^>]*>(?:environ|moins de) ", re.IGNORECASE)
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


class Change(NamedTuple):
    """A change that is a finding, and what is told with it."""

    subject: Subject
    folded: tuple[Subject, ...]


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
    def items(self) -> tuple[Item, ...]:
        """The sentences of the first page, five at most: changes, then what was done, then what became of requests."""
        said = {change.subject.id: self._item(change) for change in self.changes}
        pinned = [id for id in self._chosen.epingles if id not in said]
        every = [*said.values(), *(item for id in pinned if (item := self._beside(id)))]
        every.sort(key=lambda item: item.id not in self._chosen.epingles)
        told = {item.id for item in every}
        large = [level for level in SUBJECTS if level.outcomes and self._is_large(level.path)]
        levels = [item for level in large if level.id not in told and (item := self._level(level))]
        levels = levels[: MOST - MOST_CHANGES]
        chosen = every[: MOST - len(levels)]
        for item in filter(None, map(self._beside, BESIDE)):
            if len(chosen) + len(levels) < MOST and item.id not in {listed.id for listed in (*chosen, *levels)}:
                chosen.append(item)
        return tuple(item for item in (*chosen, *levels) if item.id not in self._chosen.retires)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The changes that are findings, the first in rank first; each folded with those that say the same."""
        return tuple(self._changes(SUBJECTS))

    def remark(self, table: str) -> str:
        """Write what is found of a table as a fragment of HTML, as the first page does; empty where nothing is."""
        if table == RATES:  # which commune stands apart, in the report of the whole service
            code, words = self._apart if self.prose.territory == SERVICE else ("", "")
            name = escape(self.settings.service.commune_name(code), quote=False) if code else ""
            return f"{name}{NBSP}: {self._words(f'{words}.')}" if code else ""
        of_table = [subject for subject in SUBJECTS if subject.path[0] == table]
        first = next(self._changes(of_table), None)
        return "" if first is None else self._html(self._item(first))

    def beside(self, label: str, path: Path, compared: bool) -> str:
        """Write a number after its label, and that of the year before where the table has it and may be compared."""
        before = self._in_brackets(path, _figure(path, -1)) if compared else ""
        return f'<p class="rl-seul">{self._words(f"{label}{NBSP}: {_figure(path)}{before}.")}</p>'

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
        compared = [_BY_ID[item.id] for item in self.items if self._comparable(item.path) and item.id in _BY_ID]
        likely = [self._chance(subject) for subject in compared if self._is_exact(subject.path)]
        every = len(likely) == len(compared) > 0
        return every and all(chance is not None and chance >= CHANCE for chance in likely)

    def _changes(self, subjects: Sequence[Subject]) -> Iterator[Change]:
        scores = {subject.id: self._score(subject) for subject in subjects if subject.id not in self._chosen.retires}
        changed = [subject for subject in subjects if scores.get(subject.id)]
        ids = {subject.id for subject in changed}
        alone = [subject for subject in changed if subject.under not in ids]
        for subject in sorted(alone, key=lambda subject: -scores[subject.id]):
            yield Change(subject, tuple(other for other in changed if other.under == subject.id))

    def _score(self, subject: Subject) -> float:
        size = self._size_of_share(subject) if subject.kind == "part" else self._size(subject)
        chance = self._chance(subject) if size else None
        if chance is None or chance >= CHANCE:
            return 0.0
        return subject.weight * size * min(-math.log10(max(chance, 1e-12)), RELIABLE)

    def _size(self, subject: Subject) -> float:
        first, last = self._counts(subject) or (0, 0)
        if max(first, last) < FEWEST or abs(last - first) < max(LEAST, LEAST_PART * first):
            return 0.0
        return abs(math.log(max(last, 1) / max(first, 1)))

    def _counts(self, subject: Subject) -> tuple[int, int] | None:
        """Give the year before and the year, as near as their rounding allows; None where one is not known."""
        then, now = self._two_years(subject.path)
        if now is None or then is None or not self._comparable(subject.path) or not {now.etat, then.etat} <= KNOWN:
            return None
        return chances.nearest((then.valeur, then.slack), (now.valeur, now.slack))

    def _size_of_share(self, subject: Subject) -> float:
        shares = self._shares(subject)
        if shares is None:
            return 0.0
        (first, then), (last, now) = shares
        if min(now, then) < WHOLE or max(first, last) < FEWEST or abs(last / now - first / then) < POINTS / 100:
            return 0.0
        angles = [2 * math.asin(math.sqrt(min(max(share, 0.0), 1.0))) for share in (last / now, first / then)]
        return abs(angles[0] - angles[1])

    def _shares(self, subject: Subject) -> tuple[tuple[int, int], tuple[int, int]] | None:
        whole, years = _whole(subject), (self.prose.year - 1, self.prose.year)
        exact = self._exact([(path, year) for year in years for path in (subject.path, whole)])
        if exact is None or not (self._comparable(subject.path) and self._comparable(whole)):
            return None
        first, then, last, now = exact
        return ((first, then), (last, now)) if then and now else None

    def _chance(self, subject: Subject) -> float | None:
        """Give the chance that a change as large is due to chance alone; None where it cannot be told."""
        if subject.kind == "flux":
            counts = self._counts(subject)
            return chances.of_counts(*counts) if counts else None
        # Entrants and leavers of a group, then those outside of it.
        columns = ("entrants", "sortants", "hors_entrants", "hors_sortants")
        moved = self._exact([((MOVEMENTS, subject.group, column), self.prose.year) for column in columns])
        if subject.kind == "stock":
            return chances.of_counts(moved[0], moved[1]) if moved else None
        shares = self._shares(subject)
        moved = moved or (self._newcomers(subject, *shares) if shares else None)
        return chances.of_shares((moved[0], moved[2]), (moved[1], moved[3])) if moved and shares else None

    def _newcomers(self, subject: Subject, before: tuple[int, int], year: tuple[int, int]) -> list[int] | None:
        """As the movements, in the edition to share, which has none: from those who are new, of a group of ages.

        Who comes back is neither new nor, then, among those who left: both are as many too few.
        """
        table, line, column = subject.path
        new = self._exact([((table, place, NOUVEAUX), self.prose.year) for place in (line, TOTAL)])
        if not self.lookup.shared or column != TOTAL or new is None:
            return None
        (came, every), left = new, [first + some - last for first, some, last in zip(before, new, year, strict=True)]
        moved = [came, left[0], every - came, left[1] - left[0]]
        return moved if min(moved) >= 0 else None

    def _cell(self, path: Path, year: int | None = None) -> Figure | None:
        return self.lookup.known(path, year or self.prose.year, self.prose.territory)

    def _two_years(self, path: Path) -> tuple[Figure | None, Figure | None]:
        return self._cell(path, self.prose.year - 1), self._cell(path)

    def _known(self, path: Path) -> Figure | None:
        cell = self._cell(path)
        return cell if cell is not None and cell.etat in KNOWN else None

    def _exact(self, places: Sequence[tuple[Path, int]]) -> list[int] | None:
        cells = [self._cell(path, year) for path, year in places]
        exact = [round(cell.valeur) for cell in cells if cell is not None and cell.etat == OK]
        return exact if len(exact) == len(cells) else None

    def _comparable(self, path: Path) -> bool:
        then, now = self._two_years(path)
        known = now is not None and now.is_number and then is not None and then.etat in KNOWN
        return known and self.lookup.compared(path[0], self.prose.year - 1, self.prose.territory)

    def _is_exact(self, path: Path) -> bool:
        return all(cell is not None and cell.etat == OK for cell in self._two_years(path))

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
        path, whole = subject.path, _whole(subject)
        if subject.kind == "part":
            said = f"{_part(subject)} des {subject.noun[1]} {subject.what[1]} {subject.what[2]}".rstrip()
            words = f"{said} ({_figure(path)} sur {_figure(whole)}), contre {_part(subject, -1)} {subject.since}"
        else:
            words = f"{_agreed(path, *subject.noun)}, contre {_figure(path, -1)} {subject.since}"
            cell = self._cell(path)
            words += self._most_of(subject, cell) if cell else ""
        for folded in change.folded:  # a detail is told where both years are known, and nobody is told to be zero
            both = self._two_years(folded.path)
            if folded.detail and all(cell is not None and cell.etat in KNOWN and cell.valeur > 0 for cell in both):
                words += f"{NBSP}; {folded.detail}"
        return Item(subject.id, words + self._including(subject), path, changed=True)

    def _beside(self, id: str) -> Item | None:
        subject = _BY_ID.get(id)
        if subject and subject.outcomes:
            return self._level(subject)
        now = self._known(subject.path) if subject else None
        if subject is None or now is None or now.valeur <= 0:
            return None
        path = subject.path
        if subject.kind != "part":
            before = self._in_brackets(path, _figure(path, -1), subject.since)
            said = f"{_agreed(path, *subject.noun)}{before}{self._most_of(subject, now)}{self._including(subject)}"
            return Item(id, said, path)
        whole = _whole(subject)
        every = self._cell(whole)
        if every is None or every.etat != OK or every.valeur <= now.valeur:
            return None
        before = self._in_brackets(path, f"{_figure(path, -1)} sur {_figure(whole, -1)}")
        singular, plural, what = subject.what
        verb = _agreed(path, singular, plural, number=False)
        of = f"{_figure(path)} des {_figure(whole)} {subject.noun[1]}"
        return Item(id, f"{of} {verb} {what}".rstrip() + before, path)

    def _most_of(self, subject: Subject, whole: Figure) -> str:
        """« , dont 57 de 11 à 14 ans », of a line that holds half or more; of the only one, whatever it holds."""
        least = whole.valeur / 2 if len(subject.lines) > 1 else 1
        for line, words in subject.lines:
            path = (subject.path[0], line, subject.path[2])
            part = self._known(path)
            if part is None or OK not in {whole.etat, part.etat}:  # of two rounded numbers, nobody could say
                continue
            if least <= part.valeur < whole.valeur:
                return f", dont {_figure(path)} {words}"
        return ""

    def _including(self, subject: Subject) -> str:
        """« ; les 114 accompagnés en font partie », of a count that holds another: nobody adds them up."""
        path = subject.includes
        part = self._known(path) if path else None
        if path is None or part is None or part.valeur <= 1:
            return ""
        return f"{NBSP}; les {f'{_figure(path)} ' if part.etat == OK else 'jeunes '}accompagnés en font partie"

    def _in_brackets(self, path: Path, before: str, since: str = "en {{ annee(-1) }}") -> str:
        """« (86 en 2022) »; nothing where the year before is not known, or not comparable."""
        return f" ({before} {since})" if self._comparable(path) else ""

    def _is_large(self, path: Path) -> bool:
        now = self._known(path)
        return now is not None and now.valeur - now.slack >= FEWEST

    def _level(self, subject: Subject) -> Item | None:
        """« 18 demandes refusées sur 96 (16 sur 80 en 2022) : file active complète (7) », or what became of all."""
        path, whole = subject.path, _whole(subject)
        cells = self._known(path), self._known(whole)
        if any(cell is None or cell.valeur <= 0 for cell in cells):
            return None
        if self.lookup.shared:
            return Item(subject.id, self._outcomes(subject, whole), whole)
        words = f"{_agreed(path, *subject.noun)} sur {_figure(whole)}"
        if self._is_exact(path) and self._is_exact(whole):  # two rounded shares would be four numbers
            words += self._in_brackets(path, f"{_figure(path, -1)} sur {_figure(whole, -1)}")
        return Item(subject.id, words + self._reasons(subject.reasons), path)

    def _outcomes(self, subject: Subject, whole: Path) -> str:
        """« 96 demandes d'accompagnement (80 en 2022) : 56 acceptées, 18 refusées (16), 8 en attente »: no reasons."""
        before, told = self._in_brackets(whole, _figure(whole, -1)) if self._is_exact(whole) else "", []
        for line, singular, plural in subject.outcomes:
            path = (whole[0], line, whole[2])
            cell = self._known(path)
            if cell and not (cell.etat == OK and cell.valeur <= 0):
                then = f" ({_figure(path, -1)})" if before and self._is_exact(path) else ""
                told.append(_agreed(path, singular, plural) + then)
        return f"{_agreed(whole, *_BY_ID[subject.under].noun)}{before}{NBSP}: {', '.join(told)}"

    def _reasons(self, id: str) -> str:
        """« : refus de la famille (8), file active complète (7) », as the service words them."""
        if id not in self.lookup.source.declared.counted_as_ours:
            return ""
        table, said = self.lookup.of_year(id, self.prose.year, self.prose.territory), []
        counted = [str(line) for line in table.loc[(table["ligne"] != TOTAL) & (table["valeur"] > 0), "ligne"]]
        for reason in [line for line in counted if _REASON.fullmatch(line)][:MOST_REASONS]:
            within = reason if reason[:2].isupper() else reason[:1].lower() + reason[1:]  # but an acronym
            said.append(f"{within} ({_figure((id, reason, 'nombre'))})")
        return f"{NBSP}: {'dont ' if len(said) < len(counted) else ''}{', '.join(said)}" if said else ""

    def _headline(self) -> str:
        words = self._own_words("titre") or self._of_changes()
        if not words and self._persons:
            path = self._persons.path
            (then, now), against = self._two_years(path), ""
            if self._comparable(path) and now is not None and then is not None:
                same = now.etat == then.etat == OK and now.valeur == then.valeur
                against = f", {'comme' if same else f'contre {_figure(path, -1)}'} en {{{{ annee(-1) }}}}"
            words = f"{_agreed(path, *self._persons.noun)} en {{{{ annee() }}}}{against}"
        return self._words(words or self._of_nobody())

    def _of_nobody(self) -> str:
        every = [(_BY_ID[id], cell.etat) for id in PERSONS if (cell := self._cell(_BY_ID[id].path))]
        small = next((subject for subject, state in every if state == ARRONDI), None)
        if small is not None:
            return f"{_agreed(small.path, *small.noun)} en {{{{ annee() }}}}"
        zeros = [subject for subject, state in every if state == OK]
        if not zeros:
            return "Nombre de jeunes non communiqué pour {{ annee() }}"
        nobody = "jeune accompagné ni rencontré" if len(zeros) == len(PERSONS) else zeros[0].noun[0]
        return f"Aucun {nobody} en {{{{ annee() }}}}"

    def _of_changes(self) -> str:
        shown = {item.id for item in self.items if item.changed}
        first = [change.subject for change in self.changes if change.subject.id in shown]
        if not first:
            return ""
        other = next((subject for subject in first if subject.theme != first[0].theme), None)
        told = [_headline_of(subject) for subject in (first[0], other) if subject]
        return f"En {{{{ annee() }}}}, {french.listing(told)}"

    @cached_property
    def _persons(self) -> Subject | None:
        counted = [(_BY_ID[id], self._known(_BY_ID[id].path)) for id in PERSONS]
        return next((subject for subject, now in counted if now and now.valeur > 0), None)

    @cached_property
    def _apart(self) -> tuple[str, str]:
        """The commune whose rate chance explains least, and what is said of it; empty where none stands apart.

        It has fewer or more young people followed for its inhabitants than any other, by more than chance.
        """
        rates = {} if RATES in self._chosen.retires else self._rates()
        if len(rates) < 2:
            return "", ""
        found, ordered = [], sorted(shown for *_, shown in rates.values())
        all_persons, all_inhabitants = (sum(rate[place] for rate in rates.values()) for place in (0, 1))
        for code, (persons, inhabitants, shown) in rates.items():
            others, elsewhere = all_persons - persons, all_inhabitants - inhabitants
            lowest, highest = shown == ordered[0] < ordered[1], shown == ordered[-1] > ordered[-2]
            if not (lowest or highest) or not others:
                continue
            expected = others * inhabitants / elsewhere
            large = max(persons, expected) >= FEWEST and abs(persons - expected) >= LEAST_PART * expected
            likely = chances.of_part(int(persons), int(all_persons), inhabitants / (inhabitants + elsewhere))
            if large and likely < CHANCE / len(rates):  # of several, each has its part of it
                found.append((likely, code))
        if not found:
            return "", ""
        code = min(found)[1]
        where = "dans l'autre commune" if len(rates) == 2 else "dans les autres communes"
        if self.lookup.shared:  # without figures: « 1,0 jeune » would read as one person
            fewer = rates[code][2] == ordered[0]
            return code, f"{'moins' if fewer else 'plus'} de jeunes accompagnés pour mille habitants que {where}"
        others_ranked = sorted((rate[2], other) for other, rate in rates.items() if other != code)
        (low, first), (high, last) = others_ranked[0], others_ranked[-1]
        said = f'{{{{ accord({_rate(code)}, "jeune accompagné", "jeunes accompagnés") }}}}'
        between = f"contre {{{{ {_rate(first)} }}}}" + ("" if low == high else f" à {{{{ {_rate(last)} }}}}")
        return code, f"{said} pour mille habitants, {between} {where}"

    def _rates(self) -> dict[str, tuple[float, float, float]]:
        """Young people followed, inhabitants and rate of the communes whose inhabitants are known.

        None of them in the edition to share where one is not exact: what is said compares with all.
        """
        rates, lookup = {}, self.lookup
        for code in lookup.service.commune_codes:
            places = ("communes", code, TOTAL), (RATES, code, "habitants"), (RATES, code, "accompagnes")
            try:
                cells = [lookup.cell(Reference(*place, lookup.year, SERVICE)) for place in places]
            except SettingsError:
                continue
            if all(cell.etat == OK for cell in cells):
                persons, inhabitants, shown = (cell.valeur for cell in cells)
                rates[code] = float(round(persons)), float(round(inhabitants)), shown
            elif lookup.shared:
                return {}
        return rates


def _whole(subject: Subject) -> Path:
    *table, line, column = subject.whole
    return (table[0] if table else subject.path[0], line, column)


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
    of = f", sur=({_call(_whole(subject))}){f', decalage={shift}' if shift else ''}"
    return f"{{{{ part({_call(subject.path)}{of}) }}}}"


def _headline_of(subject: Subject) -> str:
    if subject.kind != "part":
        return f"{{{{ fois({_call(subject.path)}) }}}} {subject.headline or french.of(subject.noun[1])}"
    of = f"sur=({_call(_whole(subject))})"
    return f'{{{{ sens({_call(subject.path)}, "{subject.rise}", "{subject.fall}", {of}) }}}}{subject.headline}'
