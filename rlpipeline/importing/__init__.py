"""An export comes in through a workbook, ``correspondance.xlsx``, that its owner reads and answers. ``FRENCH`` are its
words, which ``mots.yml`` holds."""

from collections.abc import Mapping
from typing import Any, TypeVar

from rlpipeline.errors import RlpipelineError
from rlpipeline.settings.strict_yaml import packaged

FILE = "correspondance.xlsx"
FRENCH: Mapping[str, Any] = packaged("importing/mots.yml")
E = TypeVar("E", bound=RlpipelineError)


def counted(text: str, number: float, **words: object) -> str:
    """A text with its number at ``{n}``, and ``{s}`` where its words agree with it: « 1 ligne », « 2 lignes »."""
    return text.format(
        n=f"{number:.12g}".replace(".", ","), s="s" if abs(number) >= 2 else "", **words
    )


def refusal(
    kind: type[E], name: str, where: object, got: str | None = None, fois: int = 0, **words: object
) -> E:
    """The error of that name in ``mots.yml``, with its words in their places."""
    what, expected, todo = (counted(text, fois, **words) for text in FRENCH["refus"][name])
    return kind(what, str(where), expected or None, got, todo or None)
