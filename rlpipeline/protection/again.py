"""A year released before is published again: persons are read from the ledger, the rest follows the records."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.attack.publications import addresses, plain_classes
from rlpipeline.declared import RATE, FigureKey, Link
from rlpipeline.figures import PROTECTED_UNITS, Declarations
from rlpipeline.protection.classes import (
    FAMILIES,
    RARE_WITH,
    cells_of,
    classes_of,
    without_rates_of_rounded,
)
from rlpipeline.protection.protection import Exact, draft_of
from rlpipeline.protection.releases import LEDGER_COLUMNS, NARROW, Protected, Release
from rlpipeline.settings.models import Disclosure, Service
from rlpipeline.states import MASQUE, OK

OF_EVERY_SERVICE = frozenset(f"{host}_ou_{rare}" for rare, host in RARE_WITH.items())
"""Classes that the settings need not name."""
NOT_RELEASED = "il n'était pas dans ce qui a été diffusé de cette année"


@dataclass(frozen=True)
class Again:
    """How a year released before is published again.

    Parameters
    ----------
    release
        The last one of the year, recalled or not: others have it.
    differing
        Young people whose records are others than those it was counted from; None where nobody can count them.
    withdrawn
        Territories whose figures about persons are withdrawn, the service among them: enough of theirs differ.
    """

    release: Release
    differing: int | None = None
    withdrawn: frozenset[str] = frozenset()


def rules_of(release: Release, service: Service) -> Disclosure:
    """Give the thresholds and classes that a release was made with, in the words of the settings."""
    rules = release.rules
    settings = service.diffusion
    thresholds = {name: rules[name] for name in ("seuil", "base", "seuil_sensible")}
    sensitive = {"sensibles": tuple(rules["sensibles"])}
    same = settings.model_copy(update={**thresholds, **sensitive})
    released = plain_classes(rules["classes"])
    if plain_classes(classes_of(same, service)) == released:
        return same
    released.pop(FAMILIES, None)  # made of the sensitive subjects
    classes = {axis: _worded(named, settings, axis) for axis, named in released.items()}
    return same.model_copy(update={"classes": classes})


def _worded(
    named: Mapping[str, tuple[str, ...]], settings: Disclosure, axis: str
) -> dict[str, Any]:
    """Give the wider classes of an axis their words, where the settings still have them."""
    worded = dict[str, Any](named)
    for code, wider in settings.classes.get(axis, {}).items():
        if code in named:
            worded[code] = wider
    for code in OF_EVERY_SERVICE:
        worded.pop(code, None)
    return worded


def about_persons(figures: pd.DataFrame, declared: Declarations) -> pd.Series[bool]:
    """Mark the figures that count persons, or what is theirs."""
    of_persons = figures["indicateur"].isin(declared.about_persons)
    return of_persons & figures["unite"].isin(PROTECTED_UNITS)


def published_again(
    exact: Exact, again: Again, settings: Disclosure, service: Service, declared: Declarations
) -> Protected:
    """Read what was released of persons, cell for cell; a territory withdrawn has no number.

    Parameters
    ----------
    settings
        Those of the release (:func:`rules_of`).
    """
    draft = draft_of(exact, settings, service, declared)
    now = draft.figures
    then = _of_tables(again.release, exact)
    persons = about_persons(now, declared)
    counted = then[about_persons(then, declared)]
    read = _withdrawn(counted, again.withdrawn)
    every = pd.concat([read, now[~persons]], ignore_index=True)
    figures = _in_order(every, then)
    with_rates = _with_rates(figures[list(LEDGER_COLUMNS)], declared)
    narrow = [*map(tuple, again.release.rules.get("laisses", ()))]
    tables = {*_tables(now[persons])}
    new = tables.difference(_tables(counted), narrow)
    left_out = {**draft.left_out, **dict.fromkeys(narrow, NARROW)}
    left_out |= dict.fromkeys(sorted(new), NOT_RELEASED)
    return replace(draft, figures=with_rates, left_out=left_out)


def _withdrawn(figures: pd.DataFrame, territories: Collection[str]) -> pd.DataFrame:
    """Take the numbers of some territories back."""
    gone = figures["territoire"].isin(territories) & figures["valeur"].notna()
    taken = figures.copy()
    taken.loc[gone, "valeur"] = np.nan
    taken.loc[gone, "etat"] = MASQUE
    taken.loc[gone, "base"] = 0
    return taken


def _of_tables(release: Release, exact: Exact) -> pd.DataFrame:
    """Give what was released of the year of the report, of tables and territories that are still there."""
    figures = release.figures[release.figures["annee"] == release.year]
    return figures[[table in exact for table in _tables(figures)]]


def _tables(figures: pd.DataFrame) -> list[tuple[str, str]]:
    return [*zip(figures["indicateur"], figures["territoire"], strict=True)]


def _in_order(figures: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    """Put figures in the order of the release, what it did not have behind: the order tells of no correction."""
    ranks = {key: rank for rank, key in enumerate(addresses(then))}
    places = [ranks.get(key, len(ranks)) for key in addresses(figures)]
    order = np.argsort(places, kind="stable")
    return figures.iloc[order].reset_index(drop=True)


def _with_rates(figures: pd.DataFrame, declared: Declarations) -> pd.DataFrame:
    """Derive rates from the counts that are published, of the inhabitants that are known now."""
    keys = addresses(figures)
    values = figures["valeur"].to_numpy("float64").copy()
    is_exact = figures["etat"].eq(OK)
    exact = {keys[at]: float(values[at]) for at in np.flatnonzero(is_exact)}
    for link in (link for link in declared.links.all if link.sign == RATE):
        for at in np.flatnonzero(cells_of(figures, link.left[0]) & is_exact):
            values[at] = _rate(keys[at], link, exact)
    return without_rates_of_rounded(figures.assign(valeur=values), declared.links)


def _rate(rate: FigureKey, link: Link, exact: Mapping[FigureKey, float]) -> float:
    """Give the persons of a commune for a thousand of its inhabitants, NaN where their number is not exact."""
    counted, inhabitants = link.right
    line = str(counted.line)
    column = str(counted.column)
    count = FigureKey(counted.table, rate.annee, rate.ligne, line, column)
    among = exact.get(rate._replace(colonne=str(inhabitants.column)))
    if count not in exact or not among:
        return float("nan")
    return float(np.round(1000 * exact[count] / among, 1))
