"""The least grouping of classes that keeps most figures of the service, proposed from its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import pandas as pd

from rlpipeline.figures import PROTECTED_UNITS, Declarations, label_of
from rlpipeline.figures.labels import AGES, DUREES, NON_RENSEIGNEE
from rlpipeline.figures.tidy import ARRONDI
from rlpipeline.protection.classes import CHOSEN, ISSUES, TABLE_OF, classes_of, sensitive_families
from rlpipeline.protection.protection import Exact, protect
from rlpipeline.protection.releases import Releases
from rlpipeline.settings.models import Disclosure, Service, WiderClass

ORDERED: Mapping[str, tuple[str, ...]] = {"age": tuple(AGES), "duree": tuple(DUREES)}
"""Axes whose classes follow one another: only neighbours are joined."""
OTHERS = {"situation": "Autres situations", "motif": "Autres motifs", "suite": "Autres suites"}
COUNTED = {"motif": "nombre"}
"""Column of the counts, where it is not the total."""


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
    """Propose classes axis by axis, those of an axis chosen with those before it.

    Parameters
    ----------
    years
        Exact figures of the whole service, each year apart.

    Returns
    -------
    One proposal an axis where something is to be joined.
    """
    chosen = settings.model_copy(update={"classes": {}, "regroupements": {}})
    shown = _shown(years, chosen, service, declared)
    proposals, classes = [], dict[str, Mapping[str, WiderClass]]()
    for axis in (*ORDERED, *OTHERS, ISSUES):
        candidates = _partitions(axis, service) if axis in ORDERED else (_joined(axis, years, chosen, service),)
        best, best_shown = None, shown
        for candidate in filter(None, candidates):
            tried = chosen.model_copy(update={"classes": {**classes, axis: candidate}})
            what = _shown(years, tried, service, declared)
            if what.exact > best_shown.exact or (axis not in ORDERED and what.rounded < best_shown.rounded):
                best, best_shown = candidate, what
        if best is not None:
            proposals.append(Proposal(axis, best, shown, best_shown))
            classes[axis], shown = best, best_shown
    return tuple(proposals)


def _shown(years: Iterable[Exact], settings: Disclosure, service: Service, declared: Declarations) -> Shown:
    """Count the figures about persons, zeros apart."""
    exact = rounded = 0
    for year in years:
        figures = protect(year, settings, service, Releases(), declared, judged=False).figures
        persons = figures["indicateur"].isin(declared.about_persons) & figures["unite"].isin(PROTECTED_UNITS)
        states = figures.loc[persons & figures["valeur"].notna(), ["etat", "valeur"]]
        rounded += int(states["etat"].eq(ARRONDI).sum())
        exact += int((states["etat"].ne(ARRONDI) & states["valeur"].gt(0)).sum())
    return Shown(exact, rounded)


def _partitions(axis: str, service: Service) -> Iterator[dict[str, WiderClass]]:
    """Give every way to join neighbours, those that join fewest first."""
    codes = ORDERED[axis]
    cuts = sorted(product((True, False), repeat=len(codes) - 1), key=lambda cut: -sum(cut))
    for cut in cuts[1:-1]:
        ends = [0, *(place for place, here in enumerate(cut, 1) if here), len(codes)]
        groups = tuple(codes[start:end] for start, end in pairwise(ends) if end - start > 1)
        named = classes_of(Disclosure(regroupements={axis: groups}), service)[axis]
        yield {
            code: WiderClass(codes=one.codes, libelle=one.words)
            for code, one in named.items()
            if any(set(group) <= set(one.codes) for group in groups)
        }


def _joined(axis: str, years: Sequence[Exact], settings: Disclosure, service: Service) -> dict[str, WiderClass]:
    """Join the classes that are too small in some year, and as many of the next as make theirs large enough."""
    if axis == ISSUES:
        return _issues(years, settings, service)
    counts = _counts(years, TABLE_OF[axis], COUNTED.get(axis, "total"), CHOSEN[axis])
    codes = _smallest(counts, settings.seuil)
    return {f"autres_{axis}s": WiderClass(codes=codes, libelle=_named(OTHERS[axis], codes))} if codes else {}


def _issues(years: Sequence[Exact], settings: Disclosure, service: Service) -> dict[str, WiderClass]:
    classes = {}
    sensitive = sensitive_families(settings, service)
    for family in service.problematiques:
        codes = tuple(one.code for one in family.codes)
        small = (
            () if family in sensitive else _smallest(_counts(years, "problematiques", "total", codes), settings.seuil)
        )
        if small and len(small) < len(codes):
            words = {one.code: one.libelle for one in family.codes}
            classes[f"autres_{family.code}"] = WiderClass(codes=small, libelle=", ".join(words[code] for code in small))
    return classes


def _counts(years: Sequence[Exact], table: str, column: str, codes: Sequence[str]) -> pd.DataFrame:
    """Count each code (lines) each year (columns)."""
    frames = [frame for year in years for (name, _), frame in year.items() if name == table]
    rows = pd.concat(frames) if frames else pd.DataFrame(columns=["ligne", "colonne", "annee", "valeur"])
    rows = rows[rows["colonne"].eq(column) & rows["ligne"].isin(codes)]
    return (
        rows.pivot_table(index="ligne", columns="annee", values="valeur", aggfunc="sum").reindex([*codes]).fillna(0.0)
    )


def _smallest(counts: pd.DataFrame, threshold: int) -> tuple[str, ...]:
    """Give the codes to join, in the order of the report; none where each is large enough every year."""
    order = counts.mean(axis=1).sort_values(kind="stable").index
    by_size = counts.loc[order]
    small = by_size.index[(by_size < threshold).any(axis=1)]
    if small.empty:
        return ()
    joined = [code for code in by_size.index if code in small]
    for code in by_size.index.difference(small, sort=False):
        if len(joined) > 1 and (counts.loc[joined].sum() >= threshold).all():
            break
        joined.append(code)
    return tuple(code for code in counts.index if code in joined) if len(joined) > 1 else ()


def _named(words: str, codes: Sequence[str]) -> str:
    return f"{words} (ou non renseignée)" if NON_RENSEIGNEE in codes else words


def in_words(proposals: Sequence[Proposal], years: Sequence[int], service: Service) -> str:
    """Say in French what each proposal shows and costs, and the lines to paste into ``service.yml``."""
    counted = ", ".join(map(str, years))
    if not proposals:
        return f"D'après {counted}, aucune classe à élargir : chaque total du service atteint le seuil."
    names = {one.code: one.libelle for family in service.problematiques for one in family.codes}
    lines = [f"Classes proposées pour l'édition à diffuser, d'après {counted} :", ""]
    for one in proposals:
        lines += [f"  {one.axis}", *(f"    {words} : {parts}" for words, parts in _class_words(one, names))]
        lines.append(
            f"    ce qui se lit : {one.after.exact} chiffres exacts du service ({one.before.exact} sans ces classes), "
            f"{one.after.rounded} arrondis ({one.before.rounded})"
        )
        lost = sum(len(wider.codes) - 1 for wider in one.classes.values())
        lines.append(f"    ce qui se perd : {lost} ligne{'s' if lost > 1 else ''} de détail")
    lines += ["", "À copier dans service.yml, avec la raison du choix ; les mêmes classes pour toutes les années :", ""]
    lines += ["diffusion:", f"  seuil: {service.diffusion.seuil}", "  classes:"]
    for one in proposals:
        lines.append(f"    {one.axis}:")
        for code, wider in one.classes.items():
            joined = ", ".join(f'"{part}"' for part in wider.codes)
            lines.append(f'      {code}: {{codes: [{joined}], libelle: "{wider.libelle}"}}')
    return "\n".join([*lines, '  raison: "…"'])


def _class_words(proposal: Proposal, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give the words of each class, and of what it joins."""
    for one in proposal.classes.values():
        yield one.libelle, ", ".join((names.get(code) or label_of(code)).lower() for code in one.codes)
