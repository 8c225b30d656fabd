"""What a read would give now: the digest of each thing that a notebook can have read, taken where both layers meet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from rlpipeline import reads
from rlpipeline.display.scales import common_scales
from rlpipeline.execution.code import sha256
from rlpipeline.execution.freshness import UNTOLD
from rlpipeline.execution.manifest import hashes
from rlpipeline.execution.workspace import Workspace
from rlpipeline.figures.store import FigureStore
from rlpipeline.reads import Read
from rlpipeline.settings.models import Settings

ABSENT = "absent"


class Evidence:
    """Digests of what can be read of one edition of one year, each taken once."""

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self._settings = settings
        self._workspace = workspace
        self._known: dict[Read, str] = {}

    @cached_property
    def _store(self) -> FigureStore:
        """What the notebooks open, once the workspace has it."""
        return FigureStore(self._workspace.figures)

    def digest(self, read: Read) -> str:
        """Digest of a read; ``UNTOLD`` where nothing can tell it."""
        if read not in self._known:
            taker = self._takers.get(read[0])
            try:
                self._known[read] = taker(*read[1:]) if taker else UNTOLD
            except TypeError:  # a read of another version
                self._known[read] = UNTOLD
        return self._known[read]

    @cached_property
    def settings_but_texts(self) -> str:
        """Digest of every file of the settings but the texts, and of what else was asked for."""
        files = hashes(self._workspace.params)
        return _told([self._settings.edition, {name: files[name] for name in files if "/textes/" not in name}])

    def counted(self, territories: Sequence[str]) -> str:
        """Digest of all that is counted for some territories, of any year."""
        return _told([self._store.digests_of(territory) for territory in territories])

    @cached_property
    def _takers(self) -> Mapping[str, Callable[..., str]]:
        opened = {kind: partial(self._opened, kind) for kind in (reads.FIGURES, reads.ROWS, reads.LIST)}
        return opened | {
            reads.ALL_RECORDS: lambda: _told(hashes(self._workspace.origin)),
            reads.ALL_SETTINGS: lambda: _told(hashes(self._workspace.params)),
            reads.SETTING: self._setting,
            reads.SCALE: lambda id: _told(self.scales.get(id)),
            reads.SETTINGS_FILE: lambda name: _file(self._workspace.params / name),
            reads.OUTSIDE: lambda name: _file(Path(name)),
            reads.OUTSIDE_LIST: _listing,
        }

    def _opened(self, kind: str, *parts: str) -> str:
        return self._store.digest_of((kind, *parts))

    @cached_property
    def scales(self) -> Mapping[str, float]:
        """Scales that the charts of all portraits share."""
        return common_scales(self._store, self._settings.service, self._settings.year)

    def _setting(self, file: str, key: str) -> str:
        model = self._settings.service if file == "service" else self._settings.report
        values = model.model_dump(mode="json")
        return _told(values if key == "*" else values.get(key, ABSENT))


def _told(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=list).encode()).hexdigest()


def _file(path: Path) -> str:
    try:
        return sha256(path)
    except OSError:
        return ABSENT


def _listing(name: str) -> str:
    try:
        return _told(sorted(path.name for path in Path(name).iterdir()))
    except OSError:
        return ABSENT
