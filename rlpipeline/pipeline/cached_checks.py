"""What was checked of each territory's part, taken again where all that the check looked at is the same.

A part is checked against its own pages, notebooks and lines of the common files, and against what the service counts
for its territory. What it looked at beside them (figures of other parts, texts) is noted while it is checked. What is
between the parts is checked each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from rlpipeline.audit.examination import Context, PartChecks
from rlpipeline.execution.cache import Cache, Dependencies, Thing, digest_of
from rlpipeline.execution.code import sha256
from rlpipeline.processes import each_territory
from rlpipeline.published import FigureKey
from rlpipeline.published.reading import Cut

T = TypeVar("T")
TABLE, FIGURE, TEXT = "tableau", "chiffre", "texte"


@dataclass(frozen=True)
class Kind(Generic[T]):
    """One kind of check of a part: what comes of it, and the part of it that the audit knows."""

    result: type[T]
    checked: Callable[[T], PartChecks]


@dataclass(frozen=True)
class CachedChecks:
    """Checks in the cache, one a territory, with all that each looked at.

    Parameters
    ----------
    counted
        Digest of all that the service counts for some territories.
    settings
        Digest of the settings, texts apart.
    jobs
        Processes that check, at most, as ``each_territory`` has them.
    """

    cache: Cache
    counted: Callable[[Sequence[str]], str]
    settings: str
    jobs: int | None

    def each(self, cut: Cut, asked: Context, check: Callable[[str], T], kind: Kind[T]) -> Iterator[T]:
        """Check each part of a publication, or take what was checked of it.

        Parameters
        ----------
        check
            Checks the part of a territory; it goes to other processes.
        """
        standing = {place: self._stands(place, cut, asked) for place in cut.places.all}
        checked = each_territory(check, [place for place, stands in standing.items() if not stands], self.jobs)
        adapter: TypeAdapter[T] = TypeAdapter(kind.result)
        for place, stands in standing.items():
            entry = self.cache.entry(check_entry(place)) if stands else None
            if entry is not None:
                yield adapter.validate_json(entry.content)
            else:
                result = next(checked)
                self._keep(place, cut, asked, kind.checked(result), adapter.dump_json(result))
                yield result

    def _stands(self, place: str, cut: Cut, asked: Context) -> bool:
        """Whether all that the check of a part looked at is the same."""
        entry = self.cache.entry(check_entry(place))
        if entry is None:
            return False
        own = {**self._own(cut, asked, place), **self.cache.code.digests}
        changes = entry.changes(lambda thing: own[thing] if thing in own else _digest(thing, cut, asked))
        return own.keys() <= entry.dependencies.keys() and not changes

    def _own(self, cut: Cut, asked: Context, place: str) -> Dependencies:
        """What every check of a part looks at."""
        files = [*cut.pages.get(place, ()), *cut.notebooks.get(place, ())]
        return {
            ("parametres",): self.settings,
            ("territoires",): digest_of([cut.places.all, asked.declared.within_dates]),
            ("lignes",): cut.marks(place),
            ("comptes",): self.counted(cut.owned(place)),
            **{("fichier", file): sha256(cut.directory / file) for file in files},
        }

    def _keep(self, place: str, cut: Cut, asked: Context, checked: PartChecks, result: bytes) -> None:
        """Keep a check, unless it is better made again: its words may tell places in files that others move."""
        if checked.blocking or checked.borrowed:
            self.cache.forget(check_entry(place))
            return
        things: list[Thing] = [(TABLE, *name) for name in checked.tables]
        things += [(TEXT, name) for name in checked.texts]
        others = {thing: _digest(thing, cut, asked) for thing in things}
        figures = {(FIGURE, *map(str, key)): repr(figure) for key, figure in checked.former}
        self.cache.put(check_entry(place), {**self._own(cut, asked, place), **others, **figures}, result)


def check_entry(place: str) -> str:
    """Name of the check of a territory's part in the cache."""
    return f"controle-{place}"


def _digest(thing: Thing, cut: Cut, asked: Context) -> str:
    """Digest of something that the check of a part looked at outside it."""
    kind, *parts = thing
    if kind == TABLE:
        return cut.mark(*parts)
    if kind == TEXT:
        return digest_of(asked.texts.get(parts[0]))
    if kind == FIGURE:
        indicator, year, *rest = parts
        return repr(asked.former(FigureKey(indicator, int(year), *rest))) if asked.former else ""
    return ""  # a page or a notebook that is no longer there
