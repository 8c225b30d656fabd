"""What a read would give now: the digest of each thing that a chapter can have read, taken where both layers meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from rlpipeline import reads
from rlpipeline.display.scales import common_scales
from rlpipeline.execution.cache import digest_of
from rlpipeline.execution.code import sha256
from rlpipeline.execution.manifest import hashes
from rlpipeline.execution.workspace import Workspace
from rlpipeline.figures.store import ABSENT, Store
from rlpipeline.reads import Read
from rlpipeline.settings.models import Settings


class Evidence:
    """Digests of what can be read of one edition of one year, each taken once.

    Parameters
    ----------
    notebooks
        Digest of the notebooks and of what stands beside them.
    """

    def __init__(self, settings: Settings, workspace: Workspace, notebooks: str) -> None:
        self._settings = settings
        self._workspace = workspace
        self._notebooks = notebooks
        self._taken: dict[Read, str] = {}

    @cached_property
    def _store(self) -> Store:
        """What the notebooks open, once the workspace has it."""
        return Store(self._workspace.figures)

    def digest(self, read: Read) -> str:
        """Digest of a read; empty where nothing can tell it."""
        if read not in self._taken:
            self._taken[read] = self._takers[read[0]](read) if read[0] in self._takers else ""
        return self._taken[read]

    @cached_property
    def scales(self) -> Mapping[str, float]:
        """Scales that the charts of all portraits share."""
        return common_scales(self._store, self._settings.service, self._settings.year)

    @cached_property
    def _takers(self) -> Mapping[str, Callable[[Read], str]]:
        opened = dict.fromkeys((reads.FIGURES, reads.ROWS, reads.LIST), self._store.digest_of)
        return opened | {
            reads.ALL_RECORDS: lambda _: self._records,
            reads.SETTING: lambda read: self._setting(*read[1:]),
            reads.SCALE: lambda read: repr(self.scales.get(read[1])),
            reads.SETTINGS_FILE: lambda read: _file(self._workspace.params / read[1]),
            reads.TEXT: lambda read: _file(self._workspace.params / read[1]),
            reads.EVERYTHING: lambda _: digest_of([self._notebooks, hashes(self._workspace.params), self._records]),
        }

    @cached_property
    def _records(self) -> str:
        return digest_of(hashes(self._workspace.origin))

    def _setting(self, file: str, key: str) -> str:
        model = self._settings.service if file == "service" else self._settings.report
        values = model.model_dump(mode="json")
        return digest_of(values if key == "*" else values.get(key, ABSENT))


def _file(path: Path) -> str:
    return sha256(path) if path.is_file() else ABSENT
