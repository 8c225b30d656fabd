"""What the settings expect of the records: when they were extracted, and the implausible rows that are accepted."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rlpipeline.records.findings import CODES, Finding, finding
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.acceptances import Plausible, read_plausible
from rlpipeline.settings.models import load_settings


@dataclass(frozen=True)
class Expected:
    """What records are judged by: what is accepted, and the day of the extraction, before which nothing is too late."""

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
    years = sorted(int(path.parent.name) for path in params.glob("[0-9][0-9][0-9][0-9]/rapport.yml"))
    days = [load_settings(params, year).report.donnees_arretees_au for year in years]
    # Where the settings of the latest year give none, work is under way.
    extraction = max(day for day in days if day is not None) if days and days[-1] else None
    return Expected(read_plausible(params), extraction)


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
        asked = (item.code, item.table, item.colonne, item.valeur, item.cle)
        place = next((rank for rank, acceptance in enumerate(accepted) if acceptance.fits(*asked)), None)
        if place is None:
            left.append(item)
        else:
            rows[place] += max(1, len(item.lignes))
    both = [*zip(accepted, rows, strict=True)]
    silenced = tuple(Silenced(one.code, one.raison.strip(), number) for one, number in both if number)
    return [*left, *(_needless(rank, accepted, left) for rank, number in enumerate(rows) if not number)], silenced


def _needless(rank: int, accepted: Sequence[Plausible], left: Sequence[Finding]) -> Finding:
    one = accepted[rank]
    asked = {"table": one.table, "colonne": one.colonne, "valeur": one.valeur, "cle": one.cle}
    what = ", ".join(f"{name} = {value}" for name, value in asked.items() if value is not None)
    twice = any(other.model_copy(update={"raison": one.raison}) == one for other in accepted[:rank])
    useless = f"ne correspond à aucun constat ; {_todo(one, left)}"
    why = "est écrite deux fois ; retirer la seconde" if twice else useless
    message = f"L'acceptation de {one.code}{f' ({what})' if what else ''} dans plausibilite.yml {why}."
    return finding("P000", one.table if one.table in TABLE_NAMES else "", message)


def _todo(one: Plausible, left: Sequence[Finding]) -> str:
    """What the acceptance most likely means, else to take it away."""
    columns = table_named(one.table).column_names if one.table in TABLE_NAMES else ()
    of_the_rule = [item for item in left if item.code == one.code and one.table in (None, item.table)]
    for word, words, what in (
        (one.code, [code for code in CODES if code[0] == "P"], "ce code n'existe pas"),
        (one.table, TABLE_NAMES, "cette table n'existe pas"),
        (one.colonne, columns, "cette table n'a pas cette colonne"),
        (one.cle, [item.cle for item in of_the_rule if item.cle], "aucun constat n'a cette clé"),
        (one.valeur, [item.valeur for item in of_the_rule if item.valeur], "aucun constat n'a cette valeur"),
    ):
        if word is not None and words and word not in words:
            return f"{what}, le plus proche est « {difflib.get_close_matches(word, words, 1, 0)[0]} »"
    return "la retirer, ou recopier la ligne que « check » affiche sous le constat"
