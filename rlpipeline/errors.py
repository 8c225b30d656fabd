"""Every error a user can meet: its French message and the exit code of the command line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import ClassVar

_USER = re.compile(r"(?<=://)([^:/\s@]*):[^@\n]*@")
_OPTION = re.compile(r"(?<=[?&])(\w*(?:pass|pwd|secret|token)\w*)=[^&\n\"\\]*", re.IGNORECASE)
_EMPTIED = re.compile(r"[?&]\w*(?:pass|pwd|secret|token)\w*=(?=&|\s|$|[\"\\])", re.IGNORECASE)


def without_password(text: str) -> str:
    """The text with the password of no address that it has, be it after the user's name or among the options."""
    bare = _EMPTIED.sub("", _OPTION.sub(r"\1=", _USER.sub(r"\1@", text)))
    return re.sub(r"(://[^\s?&]*)&", r"\1?", bare)  # what was the second option is the first


def nearest(name: str, names: Iterable[str]) -> str:
    """Give the name to offer in the place of an unknown one; empty where there is none."""
    return _nearest(name, tuple(names))


@lru_cache(maxsize=1024)
def _nearest(name: str, names: tuple[str, ...]) -> str:
    # An audit asks the same of each territory, and lets the error go.
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=0)), "")


def first_of(places: Sequence[object], most: int = 5) -> str:
    """Name the first of several places, for « où », and say how many others there are."""
    more = len(places) - most
    others = [f"et {more} autre{'s' if more > 1 else ''}"] if more > 0 else []
    return "".join(f"\n    {place}" for place in (*places[:most], *others))


class RlpipelineError(Exception):
    """Base of the errors shown to the user without a traceback.

    ``what``: what is wrong, one French sentence; ``where``: file, line, table, cell or notebook concerned;
    ``expected``, ``got``: what was awaited and what was found. ``got`` never carries a value of the records; ``todo``:
    what the user can do about it. None of them says the password of a database.
    """

    exit_code: ClassVar[int] = 2

    def __init__(
        self,
        what: str,
        where: str | None = None,
        expected: str | None = None,
        got: str | None = None,
        todo: str | None = None,
    ) -> None:
        self.what = without_password(what)
        super().__init__(self.what)
        said = (words and without_password(words) for words in (where, expected, got, todo))
        self.where, self.expected, self.got, self.todo = said

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """What is said beside the sentence, by its French name."""
        named = (
            ("où", self.where),
            ("attendu", self.expected),
            ("trouvé", self.got),
            ("à faire", self.todo),
        )
        return tuple((name, words) for name, words in named if words)

    @property
    def line(self) -> str:
        """All of it on one line."""
        details = " ; ".join(f"{name} : {words}" for name, words in self.details)
        return " ".join(f"{self.what} {details[:1].upper()}{details[1:]}".split())

    def __str__(self) -> str:
        return "\n".join([self.what, *(f"  {name} : {words}" for name, words in self.details)])

    def _render_traceback_(self) -> list[str]:
        """Give a notebook our words: IPython asks an error for them before it writes a traceback."""
        return [f"Erreur. {self.line}"]


class UsageError(RlpipelineError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class SettingsError(RlpipelineError):
    """A file of ``params/`` is wrong."""

    exit_code = 2


class NotebookError(RlpipelineError):
    """A chapter did not run to its end."""

    exit_code = 1


class DataError(RlpipelineError):
    """The records cannot be read, or break their contract."""

    exit_code = 3


class ReconciliationError(RlpipelineError):
    """Two published figures disagree."""

    exit_code = 3


class DisclosureError(RlpipelineError):
    """A figure to be shared would let a young person be recognised."""

    exit_code = 4


class ToolError(RlpipelineError):
    """The machine lacks something: a package, a program, a right, room on the disk."""

    exit_code = 5


def with_extra(extra: str) -> str:
    """Say how to install rlpipeline with an option: from the wheel, or in the clone."""
    return (
        f'pip install "rlpipeline-….whl[{extra}]" (la roue), ou --editable ".[{extra}]" (le clone)'
    )
