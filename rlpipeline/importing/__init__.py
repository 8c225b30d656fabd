"""An export comes in through a workbook, ``correspondance.xlsx``, that its owner reads and answers.

``FRENCH`` are its words, which ``mots.yml`` holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from rlpipeline.errors import RlpipelineError
from rlpipeline.settings.strict_yaml import packaged

FILE = "correspondance.xlsx"
FRENCH: Mapping[str, Any] = packaged("importing/mots.yml")
E = TypeVar("E", bound=RlpipelineError)


def refusal(kind: type[E], name: str, where: object, got: str | None = None, **words: object) -> E:
    """The error of that name in ``mots.yml``, with its words in their places."""
    what, expected, todo = (text.format(**words) for text in FRENCH["refus"][name])
    return kind(what, str(where), expected or None, got, todo or None)
