"""The least grouping of classes that keeps most figures of the service, proposed from its records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product, starmap
from typing import NamedTuple

import pandas as pd

from rlpipeline.attack.publications import united
from rlpipeline.figures import PROTECTED_UNITS, Declarations, label_of
from rlpipeline.figures.labels import AGES, DUREES, NON_RENSEIGNEE
from rlpipeline.protection.classes import (
    CHOSEN,
    ISSUE_TABLE,
    ISSUES,
    TABLE_OF,
    WORDS,
    classes_of,
    sensitive_families,
    words_of,
)
from rlpipeline.protection.protection import Exact, Year
from rlpipeline.settings.models import Disclosure, Service, WiderClass
from rlpipeline.states import ARRONDI

ORDERED: Mapping[str, tuple[str, ...]] = {"age": tuple(AGES), "duree": tuple(DUREES)}
"""Axes whose classes follow one another: only neighbours are joined."""
OTHERS: Mapping[str, tuple[str, str]] = {
    axis: tuple(words) for axis, words in WORDS["autres"].items()
}
"""Words of what is joined, and column of the counts."""


class ShownCounts(NamedTuple):
    """How many figures about persons of the service, over the years, are published exactly, and rounded."""

    exact: int
    rounded: int


class Proposal(NamedTuple):
    """Classes for one axis, and what the service shows without and with them, those of the axes before included."""

    axis: str
    classes: Mapping[str, WiderClass]
    before: ShownCounts
    after: ShownCounts

    def shows_more_than(self, other: ShownCounts) -> bool:
        """Whether more is exact with it, or less is rounded where any codes may be joined."""
        is_finer = self.axis not in ORDERED and self.after.rounded < other.rounded
        return self.after.exact > other.exact or is_finer


def propose(
    years: Sequence[Exact], settings: Disclosure, service: Service, declared: Declarations
) -> tuple[Proposal, ...]:
    """Propose classes axis by axis, those of an axis with those before it, from the service's figures of each year."""
    without = settings.model_copy(update={"classes": {}})
    shown = _shown(years, without, service, declared)
    proposals = list[Proposal]()
    classes = dict[str, Mapping[str, WiderClass]]()
    for axis in (*ORDERED, *OTHERS, ISSUES):
        best = None
        for candidate in filter(None, _candidates(axis, years, without, service)):
            every = {**classes, axis: candidate}
            tried = without.model_copy(update={"classes": every})
            after = _shown(years, tried, service, declared)
            proposal = Proposal(axis, candidate, shown, after)
            if proposal.shows_more_than(best.after if best else shown):
                best = proposal
        if best is not None:
            proposals.append(best)
            classes[axis] = best.classes
            shown = best.after
    return tuple(proposals)


def _shown(
    years: Iterable[Exact], settings: Disclosure, service: Service, declared: Declarations
) -> ShownCounts:
    """Count what is published of persons, exactly above zero and rounded, without asking the attack."""
    exact = rounded = 0
    for counted in years:
        year = Year.of(counted, settings, service, (), declared)
        figures = year.written(*year.round(year.start())).figures
        shown = figures["indicateur"].isin(declared.about_persons)
        shown &= figures["unite"].isin(PROTECTED_UNITS)
        shown &= figures["valeur"].notna()
        is_rounded = figures["etat"].eq(ARRONDI)
        is_exact = ~is_rounded & figures["valeur"].gt(0)
        rounded += int((shown & is_rounded).sum())
        exact += int((shown & is_exact).sum())
    return ShownCounts(exact, rounded)


def _candidates(
    axis: str, years: Sequence[Exact], settings: Disclosure, service: Service
) -> Iterator[dict[str, WiderClass]]:
    """Give the ways to group an axis: neighbours that follow one another, else the smallest of those alike."""
    if axis in ORDERED:
        yield from _of_neighbours(axis, service)
        return
    classes = {}
    for group in _groups(axis, settings, service):
        joined = _smallest(years, TABLE_OF.get(axis, ISSUE_TABLE), group, settings.seuil)
        if joined and (group.words or len(joined) < len(group.codes)):
            unknown = " (ou non renseignée)" if NON_RENSEIGNEE in joined and group.words else ""
            label = f"{group.words}{unknown}" or words_of(joined, service)
            classes[group.name] = WiderClass(codes=joined, libelle=label)
    yield classes


def _of_neighbours(axis: str, service: Service) -> Iterator[dict[str, WiderClass]]:
    """Give each way to cut an axis into classes, the most classes first: neither all apart nor all in one."""
    codes = ORDERED[axis]
    cuts = [*product((True, False), repeat=len(codes) - 1)]
    cuts.sort(key=lambda cut: -sum(cut))
    for cut in cuts[1:-1]:
        starts = [place for place, is_cut in enumerate(cut, 1) if is_cut]
        ends = pairwise([0, *starts, len(codes)])
        spans = [codes[start:end] for start, end in ends]
        named = {united(span): span for span in spans if len(span) > 1}
        wider = classes_of(Disclosure(classes={axis: named}), service)[axis]
        yield {code: _class(wider[code], service) for code in named}


def _class(codes: Collection[str], service: Service) -> WiderClass:
    """Give a wider class the words of what it joins."""
    return WiderClass(codes=tuple(codes), libelle=words_of(codes, service))


class _JoinableCodes(NamedTuple):
    """Codes of which the smallest may be joined: name and words of the class, column of the counts."""

    name: str
    words: str
    column: str
    codes: tuple[str, ...]


def _groups(axis: str, settings: Disclosure, service: Service) -> Iterator[_JoinableCodes]:
    """Give the codes of an axis, or the issues of each family that is not sensitive."""
    if axis in OTHERS:
        yield _JoinableCodes(f"autres_{axis}s", *OTHERS[axis], CHOSEN[axis])
    if axis == ISSUES:
        sensitive = sensitive_families(settings, service)
        for family in (one for one in service.problematiques if one not in sensitive):
            codes = tuple(issue.code for issue in family.codes)
            yield _JoinableCodes(f"autres_{family.code}", "", "total", codes)


def _smallest(
    years: Sequence[Exact], table: str, group: _JoinableCodes, threshold: int
) -> tuple[str, ...]:
    """List the fewest codes that reach the threshold each year together, the small ones first; none where none is."""
    counts = _counts(years, table, group)
    small = (counts < threshold).any(axis=1)
    sizes = counts.mean(axis=1)
    if not small.any() or len(group.codes) < 2:
        return ()
    order = sorted(group.codes, key=lambda code: (not small[code], sizes[code]))
    least = max(2, int(small.sum()))
    for number in range(least, len(order)):
        joined = order[:number]
        if (counts.loc[joined].sum() >= threshold).all():
            return tuple(code for code in group.codes if code in joined)
    return group.codes


def _counts(years: Sequence[Exact], table: str, group: _JoinableCodes) -> pd.DataFrame:
    """Count each code each year."""
    frames = [pd.DataFrame(columns=["ligne", "colonne", "annee", "valeur"])]
    for year in years:
        frames += [frame for (name, _), frame in year.items() if name == table]
    rows = pd.concat(frames[1:] or frames)
    rows = rows[rows["ligne"].isin(group.codes)]
    rows = rows[rows["colonne"].eq(group.column)]
    counts = rows.pivot_table(index="ligne", columns="annee", values="valeur", aggfunc="sum")
    return counts.reindex([*group.codes]).fillna(0.0)


def in_words(proposals: Sequence[Proposal], years: Sequence[int], service: Service) -> str:
    """Say in French what each proposal shows and costs, and the lines to paste into ``service.yml``."""
    words = WORDS["classes"]
    counted = ", ".join(map(str, years))
    if not proposals:
        return str(words["aucune"]).format(annees=counted)
    lines = list[str]()
    pasted = ["diffusion:", f"  seuil: {service.diffusion.seuil}", "  classes:"]
    for proposal in proposals:
        lines += [f"  {proposal.axis}", *_classes_in_words(proposal, service)]
        pasted += [f"    {proposal.axis}:", *starmap(_in_yaml, proposal.classes.items())]
        lines.append(words["lu"].format(avant=proposal.before, apres=proposal.after))
        lost = sum(len(wider.codes) - 1 for wider in proposal.classes.values())
        plural = "s" if lost > 1 else ""
        lines.append(words["perdu"].format(lignes=lost, s=plural))
    title = words["titre"].format(annees=counted)
    ending = ["", words["copier"], "", *pasted, '  raison: "…"']
    return "\n".join([title, "", *lines, *ending])


def _classes_in_words(proposal: Proposal, service: Service) -> Iterator[str]:
    """Say what each class joins."""
    names: dict[str, str] = {}
    for family in service.problematiques:
        names |= {issue.code: issue.libelle for issue in family.codes}
    for wider in proposal.classes.values():
        parts = [names.get(code) or label_of(code) for code in wider.codes]
        yield f"    {wider.libelle} : {', '.join(parts).lower()}"


def _in_yaml(code: str, wider: WiderClass) -> str:
    """Write a class as a line of the settings."""
    joined = ", ".join(f'"{part}"' for part in wider.codes)
    return f'      {code}: {{codes: [{joined}], libelle: "{wider.libelle}"}}'
