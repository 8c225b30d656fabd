"""The least grouping of classes that keeps most figures of the service, proposed from its records."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import pandas as pd

from rlpipeline.figures import PROTECTED_UNITS, Declarations, label_of
from rlpipeline.figures.labels import AGES, DUREES, NON_RENSEIGNEE
from rlpipeline.figures.tidy import ARRONDI
from rlpipeline.protection.classes import (
    CHOSEN,
    ISSUE_TABLE,
    ISSUES,
    TABLE_OF,
    classes_of,
    sensitive_families,
    words_of,
)
from rlpipeline.protection.protection import Exact, protect
from rlpipeline.protection.releases import Releases
from rlpipeline.settings.models import Disclosure, Service, WiderClass

ORDERED: Mapping[str, tuple[str, ...]] = {"age": tuple(AGES), "duree": tuple(DUREES)}
"""Axes whose classes follow one another: only neighbours are joined."""
OTHERS: Mapping[str, tuple[str, str]] = {
    "situation": ("Autres situations", "total"),
    "motif": ("Autres motifs", "nombre"),
    "suite": ("Autres suites", "total"),
}
"""Words of what is joined, and column of the counts."""


@dataclass(frozen=True)
class Shown:
    """How many figures about persons of the service, over the years, are published exactly, and rounded."""

    exact: int
    rounded: int


@dataclass(frozen=True)
class Proposal:
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
            if what.exact > best_shown.exact or (axis not in ORDERED and what.rounded < best_shown.rounded):
                best, best_shown = candidate, what
        if best is not None:
            proposals.append(Proposal(axis, best, shown, best_shown))
            classes[axis], shown = best, best_shown
    return tuple(proposals)


def _shown(years: Iterable[Exact], settings: Disclosure, service: Service, declared: Declarations) -> Shown:
    exact = rounded = 0
    for year in years:
        figures = protect(year, settings, service, Releases(), declared, judged=False).figures
        persons = figures["indicateur"].isin(declared.about_persons) & figures["unite"].isin(PROTECTED_UNITS)
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
            groups = (codes[start:end] for start, end in pairwise(ends) if end - start > 1)
            named = {_slug(words_of(group, service)): group for group in groups}
            wider = classes_of(Disclosure(classes={axis: named}), service)[axis]
            yield {code: WiderClass(codes=wider[code].codes, libelle=wider[code].words) for code in named}
    elif axis in OTHERS:
        words, column = OTHERS[axis]
        codes = _smallest(years, TABLE_OF[axis], column, CHOSEN[axis], settings.seuil)
        words += " (ou non renseignée)" if NON_RENSEIGNEE in codes else ""
        yield {f"autres_{axis}s": WiderClass(codes=codes, libelle=words)} if codes else {}
    else:
        classes = {}
        sensitive = sensitive_families(settings, service)
        for family in (family for family in service.problematiques if family not in sensitive):
            words_by_code = {one.code: one.libelle for one in family.codes}
            codes = _smallest(years, ISSUE_TABLE, "total", tuple(words_by_code), settings.seuil)
            if 0 < len(codes) < len(words_by_code):
                said = ", ".join(words_by_code[code] for code in codes)
                classes[f"autres_{family.code}"] = WiderClass(codes=codes, libelle=said)
        yield classes


def _slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _smallest(years: Sequence[Exact], table: str, column: str, codes: Sequence[str], threshold: int) -> tuple[str, ...]:
    frames = [frame for year in years for (name, _), frame in year.items() if name == table]
    rows = pd.concat(frames) if frames else pd.DataFrame(columns=["ligne", "colonne", "annee", "valeur"])
    rows = rows[rows["colonne"].eq(column) & rows["ligne"].isin(codes)]
    counts = rows.pivot_table(index="ligne", columns="annee", values="valeur", aggfunc="sum")
    counts = counts.reindex([*codes]).fillna(0.0)
    by_size = counts.loc[counts.mean(axis=1).sort_values(kind="stable").index]
    small = by_size.index[(by_size < threshold).any(axis=1)]
    if small.empty:
        return ()
    joined = [code for code in by_size.index if code in small]
    for code in by_size.index.difference(small, sort=False):
        if len(joined) > 1 and (counts.loc[joined].sum() >= threshold).all():
            break
        joined.append(code)
    return tuple(code for code in counts.index if code in joined) if len(joined) > 1 else ()


def in_words(proposals: Sequence[Proposal], years: Sequence[int], service: Service) -> str:
    """Say in French what each proposal shows and costs, and the lines to paste into ``service.yml``."""
    counted = ", ".join(map(str, years))
    if not proposals:
        return f"D'après {counted}, aucune classe à élargir : chaque total du service atteint le seuil."
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
        said += [
            f"    ce qui se lit : {one.after.exact} chiffres exacts du service ({one.before.exact} sans ces classes), "
            f"{one.after.rounded} arrondis ({one.before.rounded})",
            f"    ce qui se perd : {lost} ligne{'s' if lost > 1 else ''} de détail",
        ]
    asked = "À copier dans service.yml, avec la raison du choix ; les mêmes classes pour toutes les années :"
    title = f"Classes proposées pour l'édition à diffuser, d'après {counted} :"
    return "\n".join([title, "", *said, "", asked, "", *pasted, '  raison: "…"'])
