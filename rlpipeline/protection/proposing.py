"""The least grouping of classes that keeps most figures of the service, proposed from its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
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


class Shown(NamedTuple):
    """How many figures about persons of the service, over the years, are published exactly, and rounded."""

    exact: int
    rounded: int


class Proposal(NamedTuple):
    """Classes for one axis, and what the service shows without and with them, those of the axes before included."""

    axis: str
    classes: Mapping[str, WiderClass]
    before: Shown
    after: Shown


def propose(
    years: Sequence[Exact], settings: Disclosure, service: Service, declared: Declarations
) -> tuple[Proposal, ...]:
    """Propose classes axis by axis, those of an axis with those before it, from the service's figures of each year."""
    chosen = settings.model_copy(update={"classes": {}})
    shown = _shown(years, chosen, service, declared)
    proposals, classes = [], dict[str, Mapping[str, WiderClass]]()
    for axis in (*ORDERED, *OTHERS, ISSUES):
        best, best_shown = None, shown
        for candidate in filter(None, _candidates(axis, years, chosen, service)):
            tried = chosen.model_copy(update={"classes": {**classes, axis: candidate}})
            what = _shown(years, tried, service, declared)
            if what.exact > best_shown.exact or (
                axis not in ORDERED and what.rounded < best_shown.rounded
            ):
                best, best_shown = candidate, what
        if best is not None:
            proposals.append(Proposal(axis, best, shown, best_shown))
            classes[axis], shown = best, best_shown
    return tuple(proposals)


def _shown(
    years: Iterable[Exact], settings: Disclosure, service: Service, declared: Declarations
) -> Shown:
    exact = rounded = 0
    for counted in years:
        year = Year.of(counted, settings, service, (), declared)
        figures = year.written(*year.round(year.start())).figures
        persons = figures["indicateur"].isin(declared.about_persons) & figures["unite"].isin(
            PROTECTED_UNITS
        )
        states = figures.loc[persons & figures["valeur"].notna(), ["etat", "valeur"]]
        rounded += int(states["etat"].eq(ARRONDI).sum())
        exact += int((states["etat"].ne(ARRONDI) & states["valeur"].gt(0)).sum())
    return Shown(exact, rounded)


def _candidates(
    axis: str, years: Sequence[Exact], settings: Disclosure, service: Service
) -> Iterator[dict[str, WiderClass]]:
    if axis in ORDERED:
        codes = ORDERED[axis]
        cuts = sorted(product((True, False), repeat=len(codes) - 1), key=lambda cut: -sum(cut))
        for cut in cuts[1:-1]:
            ends = [0, *(place for place, here in enumerate(cut, 1) if here), len(codes)]
            named = {
                united(codes[start:end]): codes[start:end]
                for start, end in pairwise(ends)
                if end - start > 1
            }
            wider = classes_of(Disclosure(classes={axis: named}), service)[axis]
            yield {
                code: WiderClass(codes=tuple(wider[code]), libelle=words_of(wider[code], service))
                for code in named
            }
        return
    sensitive = sensitive_families(settings, service)
    families = [one for one in service.problematiques if axis == ISSUES and one not in sensitive]
    asked = [(f"autres_{axis}s", *OTHERS[axis], CHOSEN[axis])] if axis in OTHERS else []
    asked += [
        (f"autres_{of.code}", "", "total", tuple(one.code for one in of.codes)) for of in families
    ]
    classes = {}
    for name, words, column, codes in asked:
        joined = _smallest(years, TABLE_OF.get(axis, ISSUE_TABLE), column, codes, settings.seuil)
        if joined and (words or len(joined) < len(codes)):
            unknown = " (ou non renseignée)" if NON_RENSEIGNEE in joined and words else ""
            classes[name] = WiderClass(
                codes=joined, libelle=f"{words}{unknown}" or words_of(joined, service)
            )
    yield classes


def _smallest(
    years: Sequence[Exact], table: str, column: str, codes: Sequence[str], threshold: int
) -> tuple[str, ...]:
    frames = [frame for year in years for (name, _), frame in year.items() if name == table]
    rows = (
        pd.concat(frames)
        if frames
        else pd.DataFrame(columns=["ligne", "colonne", "annee", "valeur"])
    )
    rows = rows[rows["colonne"].eq(column) & rows["ligne"].isin(codes)]
    counts = rows.pivot_table(index="ligne", columns="annee", values="valeur", aggfunc="sum")
    counts = counts.reindex([*codes]).fillna(0.0)
    small, sizes = (counts < threshold).any(axis=1), counts.mean(axis=1)
    order = sorted(codes, key=lambda code: (not small[code], sizes[code]))
    several = range(max(2, int(small.sum())), len(codes))
    enough = (
        order[:number]
        for number in several
        if (counts.loc[order[:number]].sum() >= threshold).all()
    )
    joined = next(enough, order) if small.any() and len(codes) > 1 else []
    return tuple(code for code in codes if code in joined)


def in_words(proposals: Sequence[Proposal], years: Sequence[int], service: Service) -> str:
    """Say in French what each proposal shows and costs, and the lines to paste into ``service.yml``."""
    words, counted = WORDS["classes"], ", ".join(map(str, years))
    if not proposals:
        return str(words["aucune"]).format(annees=counted)
    names = {one.code: one.libelle for family in service.problematiques for one in family.codes}
    said, pasted = list[str](), ["diffusion:", f"  seuil: {service.diffusion.seuil}", "  classes:"]
    for one in proposals:
        said.append(f"  {one.axis}")
        pasted.append(f"    {one.axis}:")
        for code, wider in one.classes.items():
            parts = ", ".join((names.get(part) or label_of(part)).lower() for part in wider.codes)
            said.append(f"    {wider.libelle} : {parts}")
            joined = ", ".join(f'"{part}"' for part in wider.codes)
            pasted.append(f'      {code}: {{codes: [{joined}], libelle: "{wider.libelle}"}}')
        lost = sum(len(wider.codes) - 1 for wider in one.classes.values())
        said.append(words["lu"].format(avant=one.before, apres=one.after))
        said.append(words["perdu"].format(lignes=lost, s="s" if lost > 1 else ""))
    title = words["titre"].format(annees=counted)
    return "\n".join([title, "", *said, "", words["copier"], "", *pasted, '  raison: "…"'])
