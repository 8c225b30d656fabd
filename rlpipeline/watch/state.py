"""What the page in the browser is told: which report is shown, whether another is being made, what stops it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from rlpipeline.errors import RlpipelineError

Stage = Literal["calcul", "ok", "erreur"]


@dataclass(frozen=True)
class Trouble:
    """An error as the page shows it: a sentence, then what is said of it, by French name."""

    what: str
    details: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, error: Exception) -> Trouble:
        """Tell any error in French; one that is not ours is named, and its message stays in the terminal."""
        if isinstance(error, RlpipelineError):
            return cls(error.what, tuple((name, _flush(words)) for name, words in error.details))
        kind = type(error).__name__
        return cls(
            f"Erreur inattendue ({kind}).",
            (("à faire", "voir le terminal où rlpipeline watch a été lancé ; enregistrer de nouveau pour réessayer"),),
        )


def _flush(words: str) -> str:
    """Take away the margin that a terminal needs."""
    return re.sub(r"^\s*\n", "", re.sub(r"^ {1,6}", "", words, flags=re.MULTILINE))


@dataclass(frozen=True)
class State:
    """Where the watching is.

    Parameters
    ----------
    version
        Number of the report in place: a page of another number is out of date.
    words
        One line on what happened last.
    """

    version: int = 0
    stage: Stage = "calcul"
    words: str = ""
    trouble: Trouble | None = None

    def to_json(self) -> str:
        """Write the state as the page's script reads it."""
        values: dict[str, object] = {"version": self.version, "etape": self.stage, "message": self.words}
        if self.trouble is not None:
            values["erreur"] = {"message": self.trouble.what, "details": self.trouble.details}
        return json.dumps(values, ensure_ascii=False)
