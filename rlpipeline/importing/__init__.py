"""An export comes in through a workbook, ``correspondance.xlsx``, that its owner reads and answers.

Stages, a frozen data class between each: tables are located in files (``tables``), columns get
proposals and questions (``proposing``, ``answers``), lines are read by the answers (``reading``),
it is settled who is who (``people``), rows are written (``writing``) and accounted for
(``account``); ``bringing`` runs them. ``FRENCH`` is what ``mots.yml`` holds.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from rlpipeline.errors import RlpipelineError
from rlpipeline.settings.strict_yaml import packaged

FILE = "correspondance.xlsx"
FRENCH: Mapping[str, Any] = packaged("importing/mots.yml")
E = TypeVar("E", bound=RlpipelineError)


def counted(text: str, number: float, **parts: object) -> str:
    """Fill in a text with a number.

    Parameters
    ----------
    text
        With the number at ``{n}``, and ``{s}`` where a word agrees with it: « 2 lignes ».
    number, parts
        What stands at ``{n}``, and at other names.
    """
    shown_number = f"{number:.12g}".replace(".", ",")
    plural = ""
    if abs(number) >= 2:
        plural = "s"
    return text.format(n=shown_number, s=plural, **parts)


def shown(texts: Sequence[str], most: int = 8) -> str:
    """A list as a sentence shows it."""
    more = ""
    if len(texts) > most:
        more = f"… ({len(texts)} en tout)"
    return ", ".join(texts[:most]) + more


def refusal(
    kind: type[E], name: str, where: object, got: str | None = None, fois: int = 0, **parts: object
) -> E:
    """The error of that name in ``mots.yml``, with its parts in their places."""
    texts = (counted(text, fois, **parts) for text in FRENCH["refus"][name])
    what, expected, todo = texts
    return kind(what, str(where), expected or None, got, todo or None)
