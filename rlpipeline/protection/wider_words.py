"""The French words of a wider class: « 15 ans et plus » rather than the three classes it joins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlpipeline.figures.labels import AGES, DUREES

FIRST_AGE: Mapping[str, int] = {"11_14": 11, "15_18": 15, "19_21": 19, "plus_21": 22}
FIRST_MONTH: Mapping[str, str] = {"6_11_mois": "6 mois", "12_23_mois": "1 an", "24_mois_plus": "2 ans"}


def wider_words(codes: Sequence[str], labels: Mapping[str, str]) -> str:
    """Name several classes by one: from where the first begins to where the last ends, if they follow one another.

    Parameters
    ----------
    labels
        Words of each class, for those that do not make one range.
    """
    for axis, name in ((tuple(AGES), _ages), (tuple(DUREES), _durations)):
        start = axis.index(codes[0]) if codes[0] in axis else len(axis)
        end = start + len(codes)
        if tuple(codes) == axis[start:end]:
            return name(codes[0], axis[end]) if end < len(axis) else name(codes[0], "")
    return " ou ".join(labels[code] for code in codes)


def _ages(first: str, following: str) -> str:
    least, next_least = FIRST_AGE.get(first), FIRST_AGE.get(following)
    if least is None:
        return "Tous les âges" if next_least is None else f"Moins de {next_least} ans"
    return f"{least} ans et plus" if next_least is None else f"{least} à {next_least - 1} ans"


def _durations(first: str, following: str) -> str:
    least, next_least = FIRST_MONTH.get(first), FIRST_MONTH.get(following, "")
    less = f"moins d'{next_least}" if next_least.startswith("1 ") else f"moins de {next_least}"
    if least is None:
        return less.capitalize() if next_least else "Toutes les durées"
    return f"{least} à {less}" if next_least else f"{least} et plus"
