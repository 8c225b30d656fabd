"""Totals typed among the rows: by their label an error, by their numbers alone a warning."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from rlpipeline.records.names import words_in
from rlpipeline.records.rules import HABITS, Told, Whole, rule
from rlpipeline.records.table import Table, rows_in
from rlpipeline.records.tables import WORDS
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
_SUM = re.compile(r"^(?:la )?sommes?(?P<rest>(?: .*)?)$")  # the department as well as the sum: the numbers tell
_OF_TOTALS = frozenset(f"{WORDS['between_totals']} {WORDS['of_totals']}".split())
FEW, MANY, CHANCE = 3, 6, 20.0
"""Fewest other rows of a sum; from so many on, or from so large a sum on, it is no chance."""
EUROS = 1000.0


def without_totals(table: Table, service: Service) -> Table:
    """The table without the rows whose label is a total, each an error; nothing else is said of these rows."""
    labels: dict[int, str] = {}
    numbers = table.columns("number") if table.name in HABITS["summed"] else []
    codes = [code for column in table.contract.columns for code in column.codes]
    communes = [word for commune in service.communes for word in (commune.nom, commune.code)]
    for name in table.columns("identifier", "text", "code", "commune", "territory", "date", "birth", "year"):
        if name not in _PROSE and (perhaps := table.texts[name].matching(_PERHAPS)):
            cells = table.texts[name]
            texts = {at: cells.values[at].as_py() for at in perhaps}
            names = frozenset(
                word for text in [table.contract.label, name, *codes, *communes] for word in words_in(text)
            )
            rows = rows_in(cells.rows_with(at for at, text in texts.items() if is_total(text, names)))
            sums = rows_in(cells.rows_with(at for at, text in texts.items() if is_total(text, names, (_SUM,))))
            rows += [row for row in sums if numbers and _is_sum(table.frame, row, numbers)]
            labels = dict.fromkeys(rows, name) | labels
    if not labels:
        return table
    left = np.ones(len(table.lines), dtype=bool)
    left[list(labels)] = False
    totals = set(table.lines[~left].tolist())
    errors = [table.at(row, "E205", name) for row, name in sorted(labels.items())]
    return replace(table.only(left), findings=(*(f for f in table.findings if f.ligne not in totals), *errors))


def _is_sum(frame: pd.DataFrame, row: int, numbers: list[str]) -> bool:
    others = frame.loc[(frame["annee"] == frame["annee"][row]) & (frame.index != row), numbers]
    own = frame.loc[row, numbers].astype("float64")
    close = np.isclose(own, others.sum(), rtol=1e-9, atol=1e-6)
    return len(others) > 1 and bool(own.notna().any()) and bool((close | own.isna()).all())


def is_total(
    text: str, names: frozenset[str] = frozenset(), heads: tuple[re.Pattern[str], ...] = (_HEAD, _WHOLE)
) -> bool:
    """Whether a label is a total as a whole: « S/total éducatif », « TOTAL GÉNÉRAL : », and not « TotalEnergies ».
    ``names`` are words, as ``words_in`` writes them, of what a total may be of."""
    for pattern, whole in _SHORTENED:
        text = pattern.sub(whole, text)
    plain = " ".join(words_in(text))
    plain = plain.replace(" ", "") if _SPACED.match(plain) else plain
    head = next((match for match in (pattern.match(plain) for pattern in heads) if match), None)
    words = _PART.sub("", head["rest"]).split() if head else ()
    return head is not None and all(word.isdigit() or len(word) == 1 or word in _OF_TOTALS | names for word in words)


@rule("P101", column="annee")
def _sums_of_others(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows whose every number is the sum of the other rows of their year, or of their part of it."""
    numbers = table.columns("number")
    if table.name not in HABITS["summed"] or not numbers or table.frame.empty:
        return
    rows: dict[int, int] = {}
    values = table.frame[numbers].to_numpy()
    asked = ~np.isnan(values) & (values != 0)
    for part in [[], *([name] for name in HABITS["summed"][table.name] if name in table.texts)]:
        codes = table.frame.groupby(["annee", *part], dropna=False, sort=False).ngroup().to_numpy()
        others = np.bincount(codes, asked.any(axis=1))[codes] - 1
        sums = np.stack([np.bincount(codes, column)[codes] for column in np.nan_to_num(values).T], axis=1)
        certain = (others >= MANY) | (np.nan_to_num(values).max(axis=1) >= CHANCE) | (asked.sum(axis=1) > 1)
        equal = np.isnan(values) | np.isclose(2 * values, sums, rtol=1e-9, atol=1e-6)
        enough = (asked.sum(axis=1) >= (2 if table.name == "actions" else 1)) & (others >= FEW)
        rows |= {row: int(others[row]) for row in rows_in(equal.all(axis=1) & enough & certain)}
    for _, group in table.frame.groupby("annee") if "montant_eur" in numbers else ():  # of the lines above it
        cents = (group["montant_eur"].fillna(0) * 100).round().astype("int64")
        before = cents.cumsum() - cents
        for rank, row in enumerate(group.index):
            amount = cents.iloc[rank]
            starts = np.flatnonzero(before.iloc[:rank] == before.iloc[rank] - amount)
            if amount >= 100 * EUROS and amount % 50_000 and len(starts) and rank - starts[-1] >= FEW:
                rows[int(row)] = rank - int(starts[-1])
    for row, number in sorted(rows.items()):
        yield Told([row], "P101", {"others": number}, numbers[0])
