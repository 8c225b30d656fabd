"""Making the report: ``build``, ``watch``, ``why``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from rlpipeline.cli.arguments import (
    JSON,
    LOG,
    OUT,
    PARAMS,
    PORT,
    POSITIVE,
    SOURCE,
    Option,
    command,
    option,
    several,
    years,
)
from rlpipeline.execution.memory import BuildRequest, Edition, EditionState, unchanged_editions
from rlpipeline.execution.output_folder import publication
from rlpipeline.settings.project import CELL_MINUTES, find_project

if TYPE_CHECKING:
    from rlpipeline.cli import Journal
    from rlpipeline.pipeline.build import Published, Verdict

EDITIONS: tuple[Edition, ...] = ("interne", "diffusion")
REPORT = "rapport.html"


def _scope(edition: str = "chiffres exacts, ou protégés (les deux)") -> tuple[Option, ...]:
    return (
        SOURCE,
        PARAMS,
        OUT,
        option(
            "--notebooks",
            dest="only",
            type=Path,
            metavar="DOSSIER",
            help="un autre dossier de chapitres, lui seul",
        ),
        years("une ou plusieurs années (la dernière)"),
        several(
            "--commune",
            "COMMUNE",
            "limite les portraits à ces communes, par leur nom ou leur code ; ceux des autres quittent le dossier",
        ),
        option("--edition", choices=["interne", "diffusion"], help=edition),
    )


HOW = (
    option(
        "--jobs",
        type=POSITIVE,
        default=None,
        metavar="N",
        help="chapitres menés de front (deux par processeur)",
    ),
    option(
        "--cluster",
        metavar="ADRESSE",
        help="calcule sur une grappe dask : tls://machine:8786 (cette machine)",
    ),
    option("--force", action="store_true", help="refait tout, même ce qui n'a pas changé"),
)


@command(
    "build",
    "calcule et publie le rapport et les portraits",
    "Calcule le rapport annuel, un portrait par commune, et leurs données, depuis la source.",
    *_scope(),
    *HOW,
    option("--sans-pdf", action="store_true", help="ne met pas les pages en PDF (plus rapide)"),
    LOG,
    notebooks=None,
)
def build(options: argparse.Namespace) -> int:
    """Make the annual report, the portraits and their data, one year after the other."""
    request = _request(options)
    journal: Journal = options.journal
    states = None if options.force else unchanged_editions(request, tuple(options.year))
    if states is not None:
        _say_again(states, options.out, journal)
        return 0
    if request.runs_here and "://" not in options.source:
        from rlpipeline.processes import CHAPTER_PROGRAM, warm_up

        warm_up(CHAPTER_PROGRAM)  # the libraries of the chapters load while ours do
    from rlpipeline.pipeline.build import build_years
    from rlpipeline.processes import collect_seldom

    collect_seldom()
    journal.words = "rien n'est publié"
    done: list[Published] = []
    for result in build_years(request, tuple(options.year)):
        sys.stdout.write(f"{result.summary()}\n")
        done.append(result)
        journal.words = one_line(done)
        journal.first_page = journal.first_page or result.directory / REPORT
        for finding in result.findings:
            journal.finding(finding)
    return 0


def _say_again(states: Sequence[EditionState], out: Path, journal: Journal) -> None:
    """Say of what is published, and nothing would change, what was said when it was made."""
    journal.stream.write(states[0].warnings)
    for state in states:
        sys.stdout.write(f"{state.summary(out)}\n")
        for finding in state.findings:
            journal.finding(finding)
    journal.words = "rien n'a changé depuis la dernière fois"
    journal.first_page = publication(out, states[0].year, states[0].edition) / REPORT


@command(
    "watch",
    "refait le rapport à chaque enregistrement et le montre",
    "Refait ce qui a changé à chaque enregistrement d'une donnée, d'un texte, d'un réglage ou d'un chapitre, "
    "et montre le rapport dans un navigateur de cet ordinateur. Ctrl-C l'arrête.",
    *_scope("l'édition montrée : chiffres exacts, ou protégés (interne)"),
    *HOW,
    option("--port", type=PORT, default=None, metavar="N", help="port de l'aperçu (un port libre)"),
    notebooks=None,
    edition="interne",  # both editions, or the PDF, at each save would make her wait
    sans_pdf=True,
)
def watch(options: argparse.Namespace) -> int:
    """Make the report again at each save and show it in a browser; Ctrl-C is how it is meant to end, hence 0."""
    from rlpipeline.processes import collect_seldom
    from rlpipeline.watch.rebuilding import watch_report

    collect_seldom()
    try:
        watch_report(_request(options), tuple(options.year), options.port)
    except KeyboardInterrupt:
        sys.stderr.write("Aperçu arrêté.\n")
    return 0


@command(
    "why",
    "dit ce qui serait refait, et pourquoi",
    "Dit de chaque chapitre s'il reste valable ou s'il serait refait, et ce qui a changé : un tableau, un texte, "
    "un réglage, un notebook, le programme. Rien n'est publié.",
    *_scope(),
    JSON,
    notebooks=None,
    jobs=None,
    force=False,
    cluster=None,
    sans_pdf=False,
)
def why(options: argparse.Namespace) -> int:
    """Say of every chapter whether it stands, and what changed where it does not."""
    from rlpipeline.pipeline.build import why_years

    verdicts = tuple(why_years(_request(options), tuple(options.year)))
    if options.json:
        values = [_as_json(verdict) for verdict in verdicts]
        sys.stdout.write(json.dumps(values, ensure_ascii=False, indent=1) + "\n")
        return 0
    for (year, edition), chapters in groupby(verdicts, attrgetter("year", "edition")):
        lines = _lines_of_edition(year, edition, [*chapters])
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _as_json(verdict: Verdict) -> dict[str, object]:
    """What a program is told of a chapter."""
    return {
        "annee": verdict.year,
        "edition": verdict.edition,
        "territoire": verdict.territory,
        "chapitre": verdict.chapter,
        "tient": not verdict.changes,
        "changements": [{"quoi": change} for change in verdict.changes],
    }


def _lines_of_edition(year: int, edition: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Say how many chapters of an edition would run again, then of each, below its territory, why."""
    from rlpipeline.execution.plan import SERVICE

    again = sum(bool(verdict.changes) for verdict in verdicts)
    count = f"{again} chapitre{'s' if again > 1 else ''} à refaire" if again else "rien à refaire"
    yield f"{year}, édition {edition} : {count} sur {len(verdicts)}"
    for (territory, name), chapters in groupby(verdicts, attrgetter("territory", "name")):
        yield f"  {name}" if territory == SERVICE else f"  {name} ({territory})"
        for verdict in chapters:
            state = f"à refaire, {' ; '.join(verdict.changes)}" if verdict.changes else "tient"
            yield f"    {verdict.chapter} : {state}"


def one_line(results: Sequence[Published]) -> str:
    """Say in one line what was published: years, editions, chapters, checks."""
    editions: dict[int, list[str]] = {}
    for result in results:
        editions.setdefault(result.year, []).append(result.edition)
    years = " et ".join(f"{year} ({', '.join(names)})" for year, names in editions.items())
    chapters = sum(len(result.outcomes) for result in results)
    parts = [f"rapport {years} publié", f"{chapters} chapitre{'s' if chapters > 1 else ''}"]
    audits = [result.audit for result in results if result.audit]
    checks = sum(audit.total for audit in audits)
    points = sum(len(audit.findings) for audit in audits)
    if checks:
        parts.append(f"{checks:,} vérifications".replace(",", "\N{NARROW NO-BREAK SPACE}"))
    if points:
        parts.append(f"{points} point{'s' if points > 1 else ''} à vérifier")
    return ", ".join(parts)


def _request(options: argparse.Namespace) -> BuildRequest:
    """Put together what the command line and the project ask for."""
    notebooks: Path = options.only or options.notebooks
    if options.cluster:
        notebooks = notebooks.resolve()  # workers work elsewhere
    editions = (options.edition,) if options.edition else EDITIONS
    project = find_project(Path.cwd())
    cell_minutes = project.cell_minutes if project else CELL_MINUTES
    return BuildRequest(
        source=options.source,
        params=options.params,
        out=options.out,
        notebooks=notebooks,
        ours=options.only is None,
        communes=tuple(options.commune),
        editions=editions,
        jobs=options.jobs,
        force=options.force,
        chapter_executor=_chapter_executor(options.cluster),
        stream=options.journal.stream,
        pdf=not options.sans_pdf,
        cell_minutes=cell_minutes,
    )


def _chapter_executor(cluster: str | None) -> Callable[[int], Executor]:
    """Where chapters run: threads of this process, each with a process of its own, or the workers of a cluster."""
    if cluster is None:
        return ThreadPoolExecutor
    from rlpipeline.execution.cluster import executor_on

    return executor_on(cluster)
