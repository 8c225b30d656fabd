"""The loop: a save, a build, and what became of it told to the pages; an error waits for the save that mends it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from rlpipeline.errors import RlpipelineError, SettingsError
from rlpipeline.execution.clock import Stopwatch, now
from rlpipeline.execution.places import DIFFUSION, YEAR
from rlpipeline.execution.request import Edition
from rlpipeline.execution.service_folder import refuse_another
from rlpipeline.pipeline.build import BuildRequest, LastRead, build_years
from rlpipeline.settings.models import load_service
from rlpipeline.watch.saved_files import WatchedPlaces, saved_words, saves
from rlpipeline.watch.served_pages import Publications
from rlpipeline.watch.server import ReportServer, State, Trouble


@dataclass(frozen=True)
class Preview:
    """What is watched, and where it is shown.

    ``years``: years to make; the latest of the records when empty; ``read``, ``shown``: the records as they were last
    read; digests of the pages as they were last shown.
    """

    request: BuildRequest
    years: tuple[int, ...]
    server: ReportServer
    read: LastRead = field(default_factory=LastRead)
    shown: dict[str, str] = field(default_factory=dict)

    @property
    def stream(self) -> TextIO:
        """Where the terminal is told what happens."""
        return self.request.terminal

    def rebuild(self, saved: str) -> None:
        """Make the report again and tell the pages; whatever stops it is told and forgotten."""
        watch = Stopwatch()
        self._tell("calcul", f"Calcul en cours… ({saved})" if saved else "Calcul en cours…")
        trouble, before = None, self.server.publications
        request = replace(self.request, preview=self._preview)
        try:
            for result in build_years(request, self.years, self.read):
                self._show(result.year, result.edition, result.directory)
        except RlpipelineError as error:
            self._write(f"Erreur. {error}")
            trouble = Trouble.of(error)
        except Exception as error:  # a fault of ours must not end the preview
            self._write(traceback.format_exc())
            trouble = Trouble.of(error)
        if trouble:  # what was shown before it was checked is no more
            self._serve(before)
        self._conclude(trouble, watch.seconds)

    def _preview(self, year: int, edition: Edition, pages: Path) -> None:
        """Show pages before they are checked: who writes reads at once what was written."""
        self._show(year, edition, pages)
        self._tell("calcul", "Vérification en cours…")

    def _show(self, year: int, edition: Edition, directory: Path) -> None:
        """Put an edition among the pages served, and have them loaded again if one is another."""
        name = f"{year}/{DIFFUSION}" if edition == DIFFUSION else f"{year}"
        self._serve(Publications({**self.server.publications.folders, name: directory}))

    def _serve(self, publications: Publications) -> None:
        self.server.publications = publications
        others = publications.digests().items() - self.shown.items()
        if others:
            self.shown.update(others)
            self.server.tell(replace(self.server.state, version=self.server.state.version + 1))

    def _conclude(self, trouble: Trouble | None, seconds: float) -> None:
        took = f"{now():%H:%M:%S}, en {seconds:.1f} s".replace(".", ",")
        if trouble:
            self._tell("erreur", f"Pas à jour : corriger, puis enregistrer ({took})", trouble)
        else:
            self._tell("ok", f"À jour ({took})")
        self._write(self.server.state.words)

    def _tell(self, stage: str, words: str, trouble: Trouble | None = None) -> None:
        shown = self.server.state.trouble if stage == "calcul" else trouble
        self.server.tell(State(self.server.state.version, stage, words, shown))  # type: ignore[arg-type]

    def _write(self, words: str) -> None:
        self.stream.write(f"{words}\n")
        self.stream.flush()


def watch_report(request: BuildRequest, years: Sequence[int], port: int | None = None) -> None:
    """Make the report, serve it, and make it again at each save, until interrupted.

    Raises UsageError: the output folder is another service's; ToolError: the port asked for is not free;
    KeyboardInterrupt: somebody asked to stop: nothing that was started outlives it.
    """
    with suppress(SettingsError):  # told on the page, and mended there
        refuse_another(request.out, load_service(request.params))
    places = WatchedPlaces.of(request.source, request.params, request.notebooks)
    with ReportServer(_published(request, years), port) as server:
        preview = Preview(request, tuple(years), server)
        for saved in saves(places):
            if not saved:  # the folders are watched from now on
                preview.stream.write(_welcome(server.url, places))
                preview.rebuild("")
                continue
            words = saved_words(saved, _places(request))
            preview.stream.write(f"Enregistré : {words}\n")
            preview.rebuild(words)


def _published(request: BuildRequest, years: Sequence[int]) -> Publications:
    """Find what can be shown before the first build ends: what an earlier one published."""
    published_years = [int(path.name) for path in request.out.glob("*") if YEAR.match(path.name) and path.is_dir()]
    shown = years or sorted(published_years)[-1:]
    editions = [(f"/{DIFFUSION}" if edition == "diffusion" else "") for edition in request.editions]
    return Publications({f"{year}{end}": request.out / f"{year}{end}" for year in shown for end in editions})


def _places(request: BuildRequest) -> Mapping[Path, str]:
    """Name folders as the command line does."""
    named = [str(request.params), str(request.notebooks), request.source]
    return {Path(name).resolve(): Path(name).as_posix() for name in named if "://" not in name}


def _welcome(url: str, places: WatchedPlaces) -> str:
    lines = [f"Aperçu : {url}", "Chaque enregistrement refait le rapport ; Ctrl-C arrête l'aperçu."]
    if places.source is None:
        lines.append("La base de données ne dit pas quand elle change : enregistrer un texte la fait relire.")
    return "\n".join([*lines, ""])
