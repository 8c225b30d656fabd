"""What the settings expect of the records: when they were extracted, and the implausible rows that are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rlpipeline.acceptances import Plausible, read_plausible
from rlpipeline.params import load_settings
from rlpipeline.records.findings import Finding, finding


@dataclass(frozen=True)
class Expected:
    """What records are judged by.

    Parameters
    ----------
    accepted
        Implausible records that the service accepts.
    extraction
        Day of the extraction, None where it is unknown: nothing is then too late.
    """

    accepted: tuple[Plausible, ...] = ()
    extraction: date | None = None

    def or_today(self) -> Expected:
        """The same, extracted today where the settings give no date: for ``check``, which alone looks at the clock."""
        return self if self.extraction else replace(self, extraction=date.today())


@dataclass(frozen=True)
class Silenced:
    """Findings that one acceptance silences: their code, its reason, how many rows."""

    code: str
    raison: str
    lignes: int


def read_expected(params: Path) -> Expected:
    """Read what all settings expect of the records.

    Raises
    ------
    SettingsError
        ``plausibilite.yml`` or a ``rapport.yml`` breaks its contract.
    """
    return Expected(read_plausible(params), _extraction(params))


def _extraction(params: Path) -> date | None:
    """The latest ``donnees_arretees_au``; None where the settings of the latest year give none: work is under way."""
    years = sorted(int(path.parent.name) for path in params.glob("[0-9][0-9][0-9][0-9]/rapport.yml"))
    days = [load_settings(params, year).report.donnees_arretees_au for year in years]
    if not days or days[-1] is None:
        return None
    return max(day for day in days if day is not None)


def silence(findings: Iterable[Finding], accepted: tuple[Plausible, ...]) -> tuple[list[Finding], tuple[Silenced, ...]]:
    """Take away the findings that are accepted.

    Returns
    -------
    tuple
        The other findings, with a warning for each acceptance that fits none; and what each of the others silences.
    """
    left: list[Finding] = []
    rows = [0] * len(accepted)
    for item in findings:
        place = next((rank for rank, one in enumerate(accepted) if _fits(one, item)), None)
        if place is None:
            left.append(item)
        else:
            rows[place] += max(1, len(item.lignes))
    silenced = [
        Silenced(one.code, one.raison.strip(), number) for one, number in zip(accepted, rows, strict=True) if number
    ]
    useless = [one for one, number in zip(accepted, rows, strict=True) if not number]
    return [*left, *_needless(useless)], tuple(silenced)


def _fits(one: Plausible, item: Finding) -> bool:
    return one.fits(item.code, item.table, item.colonne, item.valeur, item.cle)


def _needless(accepted: Iterable[Plausible]) -> Iterator[Finding]:
    for one in accepted:
        asked = {"table": one.table, "colonne": one.colonne, "valeur": one.valeur, "cle": one.cle}
        what = ", ".join(f"{name} = {value}" for name, value in asked.items() if value is not None)
        message = (
            f"L'acceptation de {one.code}{f' ({what})' if what else ''} dans plausibilite.yml ne correspond à aucun "
            "constat ; la retirer, ou recopier la clé que donne « check --json »."
        )
        yield finding("P000", one.table or "", message)
