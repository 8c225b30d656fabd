"""The loop: a save, a build, and what became of it told to the pages; an error waits for the save that mends it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from watchfiles import watch

from rlpipeline import french
from rlpipeline.errors import RlpipelineError, SettingsError
from rlpipeline.execution.memory import Edition, sha256
from rlpipeline.execution.output_folder import (
    DIFFUSION,
    LEDGER,
    YEAR,
    now,
    publication,
    refuse_other_service,
)
from rlpipeline.pipeline.build import BuildRequest, LastRead, build_years
from rlpipeline.settings.models import load_service
from rlpipeline.watch.server import Folders, ReportServer, pages_of, trouble_of

PASSING = ("~$", ".", "#")
"""How the files begin that spreadsheets and editors keep beside the one that is open."""
UNFINISHED = ("~", ".tmp", ".swp", ".bak", "-wal", "-shm", "-journal")
PACE: dict[str, Any] = {"debounce": 1_600, "step": 150, "rust_timeout": 150}
"""In milliseconds: a save is often several writes, which count once when a step goes by without another."""


@dataclass(frozen=True)
class WatchedPlaces:
    """Where the service keeps what the report is made of.

    Parameters
    ----------
    source
        Folder, workbook or database file of the records; None for a database server, which tells no save.
    """

    source: Path | None
    params: Path
    notebooks: Path

    @classmethod
    def of(cls, source: str, params: Path, notebooks: Path) -> WatchedPlaces:
        """Take a source as the command line names it."""
        path = source.removeprefix("sqlite:///")
        place = None if "://" in path else Path(path).resolve()
        return cls(place, params.resolve(), notebooks.resolve())

    def folders(self) -> tuple[Path, ...]:
        """List the folders to watch, each alone: a home folder around a workbook is not gone through."""
        inside = filter(self._is_of_settings, sorted(self.params.rglob("*")))
        folders = [self.params, *inside, self.notebooks]
        if self.source is not None:
            folders.append(self.source if self.source.is_dir() else self.source.parent)
        return tuple(dict.fromkeys(folder for folder in folders if folder.is_dir()))

    def _is_of_settings(self, path: Path) -> bool:
        """Whether a path of the settings is no part of the ledger, nor hidden."""
        parts = path.relative_to(self.params).parts
        return parts[0] != LEDGER and not any(part.startswith(".") for part in parts)

    def counts(self, path: Path) -> bool:
        """Say whether the report may change when this file is saved, or goes."""
        if path.name.startswith(PASSING) or path.name.endswith(UNFINISHED):
            return False
        if self.source is not None and self.source in (path, path.parent):
            return True
        if path.parent == self.notebooks:
            return path.name != "__pycache__"  # a chapter may read or import what stands beside it
        return path.is_relative_to(self.params) and path.relative_to(self.params).parts[0] != LEDGER


def saves(places: WatchedPlaces) -> Iterator[Sequence[Path]]:
    """Give every file that counts of each save, by name; first nothing, once the folders are watched.

    What is saved while the caller is busy is given next.
    """
    is_first, saved = True, set[Path]()
    while True:
        folders = places.folders()
        for changed in _changes(places, folders):
            if is_first:
                is_first = False
                yield ()
            saved |= changed
            if changed and places.folders() != folders:
                break  # a folder has just been made: it is watched before what is in it is read
            if saved:
                yield sorted(saved)
                saved = set()


def _changes(places: WatchedPlaces, folders: Sequence[Path]) -> Iterator[set[Path]]:
    """Give what counts of each save in some folders, and nothing from time to time."""
    for changes in watch(
        *folders,
        watch_filter=lambda _, path: places.counts(Path(path)),
        recursive=False,
        yield_on_timeout=True,
        **PACE,
    ):
        yield {Path(path) for _, path in changes}


def saved_words(saved: Sequence[Path], places: Mapping[Path, str]) -> str:
    """Name what was saved in one line: the first file as the analyst knows it, and how many others."""
    first, others = saved[0], len(saved) - 1
    inside = (place for place in places if first.is_relative_to(place))
    place = next(inside, first.parent)
    shown = (Path(places.get(place, "")) / first.relative_to(place)).as_posix()
    if not others:
        return shown
    return f"{shown} et {others} {french.agree(others, 'autre', 'autres')}"


class Preview:
    """What is made again, and where it is shown; ``years``: the latest of the records when empty."""

    def __init__(self, request: BuildRequest, years: tuple[int, ...], server: ReportServer) -> None:
        self._request = replace(request, on_pages=self._preview, on_long_cell=self._notice)
        self._years, self._server = years, server
        self._read, self._shown = LastRead(), dict[str, str]()

    def rebuild(self, saved: str) -> None:
        """Make the report again and tell the pages; whatever stops it is told and forgotten."""
        begun, before = time.monotonic(), self._server.folders
        what = f" ({saved})" if saved else ""
        self._tell(stage="calcul", words=f"Calcul en cours…{what}")
        trouble = None
        try:
            for result in build_years(self._request, self._years, self._read):
                self._show(result.year, result.edition, result.directory)
        except Exception as error:  # a fault of ours must not end the preview
            is_told = isinstance(error, RlpipelineError)
            self.write(f"Erreur. {error}" if is_told else traceback.format_exc())
            trouble = trouble_of(error)
            self._serve(before)  # what was shown before it was checked is no more
        took = f"{now():%H:%M:%S}, en {time.monotonic() - begun:.1f} s".replace(".", ",")
        words = "Pas à jour : corriger, puis enregistrer" if trouble else "À jour"
        words += f" ({took})"
        self._tell(stage="erreur" if trouble else "ok", words=words, trouble=trouble)
        self.write(words)

    def _preview(self, year: int, edition: Edition, pages: Path) -> None:
        """Show pages before they are checked: who writes reads at once what was written."""
        self._show(year, edition, pages)
        self._tell(words="Vérification en cours…")

    def _notice(self, words: str) -> None:
        """Show on the page which cell takes long."""
        self._tell(words=f"Calcul en cours… {words}")

    def _show(self, year: int, edition: Edition, directory: Path) -> None:
        name = f"{year}/{DIFFUSION}" if edition == DIFFUSION else f"{year}"
        self._serve({**self._server.folders, name: directory})

    def _serve(self, folders: Folders) -> None:
        """Serve these, and have open pages loaded again if one is another."""
        self._server.folders = folders
        pages = {address: sha256(path) for _, address, path in pages_of(folders)}
        others = pages.items() - self._shown.items()
        if others:
            self._shown.update(others)
            self._tell(version=self._server.state.version + 1)

    def _tell(self, **changes: object) -> None:
        self._server.state = replace(self._server.state, **changes)  # type: ignore[arg-type]

    def write(self, words: str) -> None:
        """Tell the terminal."""
        self._request.terminal.write(f"{words}\n")
        self._request.terminal.flush()


def watch_report(request: BuildRequest, years: Sequence[int], port: int | None = None) -> None:
    """Make the report, serve it, and make it again at each save, until interrupted.

    Raises UsageError: the output folder is another service's; ToolError: the port asked for is not free;
    KeyboardInterrupt: somebody asked to stop: nothing that was started outlives it.
    """
    with suppress(SettingsError):  # told on the page, and mended there
        refuse_other_service(request.out, load_service(request.params))
    places = WatchedPlaces.of(request.source, request.params, request.notebooks)
    published = _published(request, years)
    pages = {page.relative_to(request.out).as_posix(): page for page in published}
    with ReportServer(pages, port) as server:
        preview = Preview(request, tuple(years), server)
        for saved in saves(places):
            words = ""
            if saved:
                words = saved_words(saved, _named_folders(request))
                preview.write(f"Enregistré : {words}")
            else:  # the folders are watched from now on
                _greet(preview, server.url, places)
            preview.rebuild(words)


def _published(request: BuildRequest, years: Sequence[int]) -> list[Path]:
    """List what can be shown before the first build ends: what an earlier one published."""
    folders = [path.name for path in request.out.glob("*") if path.is_dir()]
    published = sorted(map(int, filter(YEAR.match, folders)))
    shown = product(years or published[-1:], request.editions)
    return [publication(request.out, year, edition) for year, edition in shown]


def _named_folders(request: BuildRequest) -> Mapping[Path, str]:
    """Give the folders that are watched, as the command line names them."""
    folders = [request.params, request.notebooks]
    if "://" not in request.source:
        folders.append(Path(request.source))
    return {folder.resolve(): folder.as_posix() for folder in folders}


def _greet(preview: Preview, url: str, places: WatchedPlaces) -> None:
    """Tell the terminal where the report is shown, and what makes it again."""
    preview.write(f"Aperçu : {url}")
    preview.write("Chaque enregistrement refait le rapport ; Ctrl-C arrête l'aperçu.")
    if places.source is None:
        words = "La base de données ne dit pas quand elle change"
        preview.write(f"{words} : enregistrer un texte la fait relire.")
