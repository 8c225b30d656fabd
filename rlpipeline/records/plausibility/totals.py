"""Totals typed among the rows: by their label an error, by their numbers alone a warning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from rlpipeline.records.columns import ReadColumn
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rules import Told, Whole, places, rule
from rlpipeline.records.plausibility.spelling import words_of
from rlpipeline.records.raw import Mask
from rlpipeline.settings.models import Service

_PROSE = frozenset({"commentaire", "motif", "source", "unite", "modalites", "financements", "partenaires"})
"""Columns that label nothing."""
# RE2: only the texts that it lets through are looked at one by one.
_PERHAPS = r"(?i)t\W*o\W*t|ensemble|cumul|somme|r[ée]cap|^\W*ens\.|^\W*s\W{1,3}t(?:\W|$)"
_SHORTENED = (
    (re.compile(r"^\W*s\W{1,3}t(?!\w)", re.IGNORECASE), "sous total "),
    (re.compile(r"^\W*ens\.", re.IGNORECASE), "ensemble "),
)
_PART = re.compile(r" (?:dont|hors|(?:y|non) compris|avec|sans) .*$")
"""What a total holds or leaves out, in any words: « Total dont CPOM »."""
_SPACED = re.compile(r"^(?:\w )+\w$")
_HEAD = re.compile(
    r"^(?:(?:au|le|grand|montant|nombre|budget|cout|general|sous|ss|s|st) )*"
    r"(?:(?:sous|ss)?(?:total|totaux|totale)|tot|cumul|recap(?:itulatif|itulation)?)(?P<rest>(?: .*)?)$"
)
_WHOLE = re.compile(r"^(?:l )?ensemble(?P<rest>(?: (?:du|de|des) .*)?)$")
_SUM = re.compile(r"^(?:la )?sommes?(?P<rest>(?: .*)?)$")
"""The department as well as the sum: the numbers tell."""
_BETWEEN = frozenset(words_of("de du des d la le les l par et en a au aux tous toutes hors dont pour sur"))
_QUALIFIERS = frozenset(
    words_of(
        """
        general generaux generale global globale annuel annuelle an annee exercice cumule partiel intermediaire final
        budget produits recettes charges depenses subventions montant personnel effectif effectifs equipe etp euros eur
        educatif educatifs educative service services association commune communes ville villes etat departement region
        public publics prive prives jeune jeunes famille familles fille filles garcon garcons participant participants
        participation participations presence presences action actions instance instances reseau reseaux partenaire
        partenaires financeur financeurs financement financements heure heures seance seances jour jours poste postes
        ttc ht net brut mois trimestre semestre semaine
        """
    )
)
SUMMED: Mapping[str, tuple[str, ...]] = {
    "personnel": ("categorie",),
    "financements": (),
    "reseaux": (),
    "instances": (),
    "actions": (),
}
"""Tables whose rows could hold their own sum, and what groups them beside the year."""
FEW, MANY, CHANCE = 3, 6, 20.0
"""Fewest other rows of a sum; from so many on, or from so large a sum on, it is no chance."""
EUROS = 1000.0


def without_totals(item: ParsedTable, service: Service) -> ParsedTable:
    """The table without the rows whose label is a total, each an error; nothing else is said of these rows."""
    labels: dict[int, str] = {}
    for name, column in item.columns.items():
        if item.table.column(name).kind not in ("number", "flag") and name not in _PROSE:
            names = _names(item, name, service)
            for row in places(_labelled(column, names)):
                labels.setdefault(row, name)
            for row in _named_sums(item, column, names):
                labels.setdefault(row, name)
    if not labels:
        return item
    left = np.ones(len(item.lines), dtype=bool)
    left[list(labels)] = False
    lines = {int(item.lines[row]) for row in labels}
    others = [one for one in item.findings if one.ligne not in lines]
    errors = [_error(item, row, labels[row]) for row in sorted(labels)]
    return replace(item.only(left), findings=(*others, *errors))


def _error(item: ParsedTable, row: int, name: str) -> Finding:
    message = "Cette ligne a l'air d'un total : elle n'est pas comptée, le rapport fait ses totaux ; retirer la ligne."
    line = int(item.lines[row])
    return finding("E205", item.table.name, message, line, name, item.shown(name, row))


def _labelled(column: ReadColumn, names: frozenset[str]) -> Mask:
    """Rows whose cell is, as a whole, a total."""
    values = column.cells.values
    perhaps = pc.fill_null(pc.match_substring_regex(values, _PERHAPS), False).to_numpy(zero_copy_only=False)
    answers = perhaps.copy()
    for place in places(perhaps):
        answers[place] = is_total(str(values[place].as_py()), names)
    rows: Mask = column.cells.per_row(answers)
    return rows


def _named_sums(item: ParsedTable, column: ReadColumn, names: frozenset[str]) -> list[int]:
    """Rows named « Somme » whose every number is the sum of the other rows of the year."""
    numbers = [one.name for one in item.table.columns if one.kind == "number" and one.name in item.columns]
    if item.table.name not in SUMMED or not numbers:
        return []
    values = [str(text.as_py() or "") for text in column.cells.values]
    sums = column.cells.per_row(np.array([_is_labelled(text, names, _SUM) for text in values], dtype=bool))
    return [row for row in places(sums) if _is_sum(item.frame, row, numbers)]


def _is_sum(frame: pd.DataFrame, row: int, numbers: list[str]) -> bool:
    others = frame.loc[(frame["annee"] == frame["annee"][row]) & (frame.index != row), numbers]
    own = frame.loc[row, numbers].astype("float64")
    close = np.isclose(own, others.sum(), rtol=1e-9, atol=1e-6)
    return len(others) > 1 and bool(own.notna().any()) and bool((close | own.isna()).all())


def _names(item: ParsedTable, name: str, service: Service) -> frozenset[str]:
    """Words of what a total may be of, beside those of every service: the codes of the table, the communes."""
    codes = [code for column in item.table.columns for code in column.codes]
    places_ = [commune.nom for commune in service.communes] + [commune.code for commune in service.communes]
    return frozenset(word for text in [item.table.label, name, *codes, *places_] for word in words_of(text))


def is_total(text: str, names: frozenset[str] = frozenset()) -> bool:
    """Whether a label is a total as a whole: « S/total éducatif », « TOTAL GÉNÉRAL : », and not « TotalEnergies ».

    Parameters
    ----------
    names
        Words, as ``words_of`` writes them, of what a total may be of.
    """
    return _is_labelled(text, names, _HEAD, _WHOLE)


def _is_labelled(text: str, names: frozenset[str], *heads: re.Pattern[str]) -> bool:
    """Whether a text begins as a total does, and goes on with what a total may be of."""
    for pattern, whole in _SHORTENED:
        text = pattern.sub(whole, text)
    plain = " ".join(words_of(text))
    if _SPACED.match(plain):
        plain = plain.replace(" ", "")
    head = next((match for match in (pattern.match(plain) for pattern in heads) if match), None)
    return head is not None and all(_is_of_a_total(word, names) for word in _PART.sub("", head["rest"]).split())


def _is_of_a_total(word: str, names: frozenset[str]) -> bool:
    return word.isdigit() or len(word) == 1 or word in _BETWEEN or word in _QUALIFIERS or word in names


@rule("P101", column="annee")
def sums_of_others(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Rows whose every number is the sum of the other rows of their year, or of their part of it."""
    numbers = [one.name for one in item.table.columns if one.kind == "number" and one.name in item.columns]
    if item.table.name not in SUMMED or not numbers or item.frame.empty:
        return
    rows: dict[int, int] = {}
    for group in [["annee"], *(["annee", name] for name in SUMMED[item.table.name] if name in item.columns)]:
        rows |= _sums(item.frame, numbers, group, fewest_numbers=2 if item.table.name == "actions" else 1)
    if "montant_eur" in numbers:
        rows |= _sums_of_lines_above(item.frame)
    for row, others in sorted(rows.items()):
        sentence = (
            f"Chaque nombre de cette ligne est la somme de {others} autres lignes de la même année ; "
            "retirer la ligne si c'est un total"
        )
        yield Told([row], sentence, numbers[0])


def _sums(frame: pd.DataFrame, numbers: list[str], group: list[str], fewest_numbers: int) -> dict[int, int]:
    """Rows that are the sum of all others of their group, and how many these are."""
    codes = frame.groupby(group, dropna=False, sort=False).ngroup().to_numpy()
    values = frame[numbers].to_numpy()
    asked = ~np.isnan(values) & (values != 0)
    others = np.bincount(codes, asked.any(axis=1))[codes] - 1
    sums = np.stack([np.bincount(codes, column)[codes] for column in np.nan_to_num(values).T], axis=1)
    certain = (others >= MANY) | (np.nan_to_num(values).max(axis=1) >= CHANCE) | (asked.sum(axis=1) > 1)
    equal = np.isnan(values) | np.isclose(2 * values, sums, rtol=1e-9, atol=1e-6)
    mask = equal.all(axis=1) & (asked.sum(axis=1) >= fewest_numbers) & (others >= FEW) & certain
    return {row: int(others[row]) for row in places(mask)}


def _sums_of_lines_above(frame: pd.DataFrame) -> dict[int, int]:
    """Amounts that are the sum of at least three rows just above: a subtotal. Round ones may be so by chance."""
    rows_above: dict[int, int] = {}
    for _, group in frame["montant_eur"].groupby(frame["annee"]):
        cents = (group.fillna(0) * 100).round().astype("int64")
        before = cents.cumsum() - cents
        for rank, row in enumerate(group.index):
            amount = cents.iloc[rank]
            if amount < 100 * EUROS or amount % 50_000 == 0:
                continue
            starts = np.flatnonzero(before.iloc[:rank] == before.iloc[rank] - amount)
            if len(starts) and rank - starts[-1] >= FEW:
                rows_above[int(row)] = rank - int(starts[-1])
    return rows_above
