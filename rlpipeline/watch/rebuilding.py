"""The loop: a save, a build, and what became of it told to the pages; an error waits for the save that mends it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rlpipeline.errors import RlpipelineError, SettingsError
from rlpipeline.execution.install import refuse_another
from rlpipeline.execution.memory import sha256
from rlpipeline.execution.places import DIFFUSION, YEAR, publication
from rlpipeline.execution.progress import now
from rlpipeline.execution.request import Edition
from rlpipeline.pipeline.build import BuildRequest, LastRead, build_years
from rlpipeline.settings.models import load_service
from rlpipeline.watch.saved_files import WatchedPlaces, saved_words, saves
from rlpipeline.watch.server import Folders, ReportServer, pages_of, trouble_of


class Preview:
    """What is made again, and where it is shown; ``years``: the latest of the records when empty."""

    def __init__(self, request: BuildRequest, years: tuple[int, ...], server: ReportServer) -> None:
        self._request, self._years, self._server = replace(request, preview=self._preview), years, server
        self._read, self._shown = LastRead(), dict[str, str]()

    def rebuild(self, saved: str) -> None:
        """Make the report again and tell the pages; whatever stops it is told and forgotten."""
        begun, before = time.monotonic(), self._server.folders
        self._tell(stage="calcul", words=f"Calcul en cours…{f' ({saved})' if saved else ''}")
        trouble = None
        try:
            for result in build_years(self._request, self._years, self._read):
                self._show(result.year, result.edition, result.directory)
        except Exception as error:  # a fault of ours must not end the preview
            self.write(f"Erreur. {error}" if isinstance(error, RlpipelineError) else traceback.format_exc())
            trouble = trouble_of(error)
            self._serve(before)  # what was shown before it was checked is no more
        took = f"{now():%H:%M:%S}, en {time.monotonic() - begun:.1f} s".replace(".", ",")
        words = f"Pas à jour : corriger, puis enregistrer ({took})" if trouble else f"À jour ({took})"
        self._tell(stage="erreur" if trouble else "ok", words=words, trouble=trouble)
        self.write(words)

    def _preview(self, year: int, edition: Edition, pages: Path) -> None:
        """Show pages before they are checked: who writes reads at once what was written."""
        self._show(year, edition, pages)
        self._tell(words="Vérification en cours…")

    def _show(self, year: int, edition: Edition, directory: Path) -> None:
        name = f"{year}/{DIFFUSION}" if edition == DIFFUSION else f"{year}"
        self._serve({**self._server.folders, name: directory})

    def _serve(self, folders: Folders) -> None:
        """Serve these, and have open pages loaded again if one is another."""
        self._server.folders = folders
        others = {address: sha256(path) for _, address, path in pages_of(folders)}.items() - self._shown.items()
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
        refuse_another(request.out, load_service(request.params))
    places = WatchedPlaces.of(request.source, request.params, request.notebooks)
    # What can be shown before the first build ends: what an earlier one published.
    published = sorted(int(path.name) for path in request.out.glob("*") if YEAR.match(path.name) and path.is_dir())
    made = [publication(request.out, year, of) for year in years or published[-1:] for of in request.editions]
    with ReportServer({path.relative_to(request.out).as_posix(): path for path in made}, port) as server:
        preview = Preview(request, tuple(years), server)
        for saved in saves(places):
            if not saved:  # the folders are watched from now on
                preview.write(
                    f"Aperçu : {server.url}\nChaque enregistrement refait le rapport ; Ctrl-C arrête l'aperçu."
                )
                if places.source is None:
                    words = "La base de données ne dit pas quand elle change : enregistrer un texte la fait relire."
                    preview.write(words)
                preview.rebuild("")
                continue
            named = [str(request.params), str(request.notebooks), request.source]  # as the command line names them
            folders = {Path(name).resolve(): Path(name).as_posix() for name in named if "://" not in name}
            words = saved_words(saved, folders)
            preview.write(f"Enregistré : {words}")
            preview.rebuild(words)
