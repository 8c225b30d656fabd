"""Making the report: ``build``, ``watch``, ``why``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rlpipeline.cli import french_argparse, values
from rlpipeline.cli.options import add_inputs, add_json, add_log, add_published, add_years
from rlpipeline.execution.places import publication
from rlpipeline.execution.request import BuildRequest, Edition, Running, standing

if TYPE_CHECKING:
    from rlpipeline.cli.journal import Journal
    from rlpipeline.pipeline.build import BuildResult

EDITIONS: tuple[Edition, ...] = ("interne", "diffusion")
REPORT = "rapport.html"
BOTH = "chiffres exacts, ou protégés (les deux)"


def add_build(commands: french_argparse.Commands) -> None:
    """Declare ``build``."""
    parser = commands.add_parser("build", help="calcule et publie le rapport et les portraits")
    parser.description = "Calcule le rapport annuel, un portrait par commune, et leurs données, depuis la source."
    _add_making(parser)
    parser.add_argument("--sans-pdf", action="store_true", help="ne met pas les pages en PDF (plus rapide)")
    add_log(parser)
    parser.set_defaults(run=build, parser=parser)


def add_watch(commands: french_argparse.Commands) -> None:
    """Declare ``watch``."""
    parser = commands.add_parser("watch", help="refait le rapport à chaque enregistrement et le montre")
    parser.description = (
        "Refait ce qui a changé à chaque enregistrement d'une donnée, d'un texte, d'un réglage ou d'un chapitre, "
        "et montre le rapport dans un navigateur de cet ordinateur. Ctrl-C l'arrête."
    )
    _add_making(parser, "l'édition montrée : chiffres exacts, ou protégés (interne)")
    parser.add_argument("--port", type=values.port, default=None, metavar="N", help="port de l'aperçu (un port libre)")
    # Both editions, or the PDF, at each save would make her wait.
    parser.set_defaults(run=watch, parser=parser, edition="interne", sans_pdf=True)


def add_why(commands: french_argparse.Commands) -> None:
    """Declare ``why``."""
    parser = commands.add_parser("why", help="dit ce qui serait refait, et pourquoi")
    parser.description = (
        "Dit de chaque chapitre s'il reste valable ou s'il serait refait, et ce qui a changé : un tableau, un texte, "
        "un réglage, un notebook, le programme. Rien n'est publié."
    )
    _add_scope(parser)
    add_json(parser)
    parser.set_defaults(run=why, parser=parser)


def _add_making(parser: argparse.ArgumentParser, edition: str = BOTH) -> None:
    _add_scope(parser, edition)
    parser.add_argument(
        "--jobs", type=values.positive, default=None, metavar="N", help="chapitres menés de front (deux par processeur)"
    )
    parser.add_argument(
        "--cluster", metavar="ADRESSE", help="calcule sur une grappe dask : tls://machine:8786 (cette machine)"
    )
    parser.add_argument("--force", action="store_true", help="refait tout, même ce qui n'a pas changé")


def _add_scope(parser: argparse.ArgumentParser, edition: str = BOTH) -> None:
    """What is built: inputs, where it goes, which years, communes and editions."""
    add_inputs(parser)
    add_published(parser)
    parser.add_argument(
        "--notebooks", dest="only", type=Path, metavar="DOSSIER", help="un autre dossier de chapitres, lui seul"
    )
    parser.set_defaults(notebooks=None)
    add_years(parser, "une ou plusieurs années (la dernière)")
    parser.add_argument(
        "--commune",
        nargs="+",
        action="extend",
        default=[],
        metavar="COMMUNE",
        help="limite les portraits à ces communes, par leur nom ou leur code ; ceux des autres quittent le dossier",
    )
    parser.add_argument(
        "--edition",
        choices=["interne", "diffusion"],
        help=edition,
    )


def build(options: argparse.Namespace) -> int:
    """Make the annual report, the portraits and their data, one year after the other."""
    request = _request(options)
    if not options.force and _nothing_to_do(options, request):
        return 0
    if request.running.here and "://" not in options.source:
        from rlpipeline.execution.forks import warm_up

        warm_up()  # the libraries of the chapters load while ours do
    from rlpipeline.cli.journal import one_line
    from rlpipeline.pipeline.build import build_years
    from rlpipeline.processes import collect_seldom

    collect_seldom()
    journal: Journal = options.journal
    journal.words = "rien n'est publié"
    done: list[BuildResult] = []
    for result in build_years(request, tuple(options.year)):
        sys.stdout.write(f"{result.summary()}\n")
        done.append(result)
        journal.words = one_line(done)
        journal.first_page = journal.first_page or result.directory / REPORT
        for finding in result.findings:
            journal.finding(finding)
    return 0


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


def why(options: argparse.Namespace) -> int:
    """Say of every chapter whether it stands, and what changed where it does not."""
    options.jobs, options.force, options.cluster, options.sans_pdf = None, False, None, False
    from rlpipeline.pipeline import why as explaining

    verdicts = tuple(explaining.why_years(_request(options), tuple(options.year)))
    render = explaining.render_json if options.json else explaining.render_text
    sys.stdout.write(render(verdicts) + "\n")
    return 0


def _nothing_to_do(options: argparse.Namespace, request: BuildRequest) -> bool:
    """Say again what was said when it was made, where a build would make the same."""
    journal: Journal = options.journal
    states = standing(request, tuple(options.year))
    if states is None:
        return False
    journal.stream.write(states[0].warnings)
    for state in states:
        sys.stdout.write(f"{state.summary(options.out)}\n")
        for finding in state.findings:
            journal.finding(finding)
    journal.words = "rien n'a changé depuis la dernière fois"
    journal.first_page = publication(options.out, states[0].year, states[0].edition) / REPORT
    return True


def _request(options: argparse.Namespace) -> BuildRequest:
    notebooks: Path = options.only or options.notebooks
    return BuildRequest(
        source=options.source,
        params=options.params,
        out=options.out,
        notebooks=notebooks.resolve() if options.cluster else notebooks,  # workers work elsewhere
        ours=options.only is None,
        communes=tuple(options.commune),
        editions=(options.edition,) if options.edition else EDITIONS,
        jobs=options.jobs,
        force=options.force,
        running=_running(options.cluster),
        stream=options.journal.stream,
        pdf=not options.sans_pdf,
    )


def _running(cluster: str | None) -> Running:
    if cluster is None:
        return Running()
    from rlpipeline.execution.cluster import executor_on

    return Running(executor=executor_on(cluster))
