"""Exploring: JupyterLab (``lab``), the documentation as a site (``docs``)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rlpipeline.cli import french_argparse
from rlpipeline.cli.options import add_inputs, add_published, invocation, take_from_project
from rlpipeline.errors import ToolError, UsageError, with_extra
from rlpipeline.settings.project import find_project

LAB = "lab"


def add_lab(commands: french_argparse.Commands) -> None:
    """Declare ``lab``, whose line ``lab`` reads itself: the options of JupyterLab are not ours to know."""
    commands.add_parser(LAB, help="ouvre JupyterLab sur une page d'accueil, pour explorer et essayer")


def add_docs(commands: french_argparse.Commands) -> None:
    """Declare ``docs``."""
    parser = commands.add_parser("docs", help="met la documentation en site")
    parser.description = "Met la documentation en un site de pages HTML, qui s'ouvre sans réseau."
    parser.add_argument(
        "--out", dest="site", type=Path, default=Path("documentation"), metavar="DOSSIER", help="où (%(default)s)"
    )
    parser.set_defaults(run=docs, parser=parser)


def lab(arguments: Sequence[str]) -> int:
    """Make the copies ready at the root of the service's folder, and run JupyterLab there until it is stopped."""
    parser = french_argparse.Parser(
        prog=f"{invocation()} {LAB}",
        description="Ouvre JupyterLab sur la page d'accueil ; les autres options sont celles de JupyterLab.",
    )
    add_inputs(parser)
    add_published(parser)
    parser.set_defaults(notebooks=None)
    options, passed_on = parser.parse_known_args(arguments)
    if options.params is not None and options.out is None:
        options.out = options.params.parent / "outputs"  # where « new » says to publish it
    given = (options.source, options.params, options.out)
    project = find_project(Path.cwd())
    if project is not None and given == (None, None, None):
        os.chdir(project.root)
    take_from_project(options)
    from rlpipeline.lab.laboratory import open_lab

    return open_lab(options.source, options.params, options.out, options.notebooks, passed_on)


def docs(options: argparse.Namespace) -> int:
    """Make the documentation a site."""
    site: Path = options.site
    if site.is_dir() and any(site.iterdir()) and not (site / ".buildinfo").is_file():
        raise UsageError("Ce dossier n'est pas vide.", str(site), todo="choisir un autre dossier avec --out")
    from rlpipeline.our_notebooks import beside_or_inside

    try:
        from sphinx.cmd.build import build_main
    except ModuleNotFoundError as error:
        guide = beside_or_inside("docs") / "guide.md"
        raise ToolError(
            "Sphinx, qui met la documentation en site, n'est pas installé.",
            todo=f"lire le guide tel quel, {guide} ; ou, pour en avoir le site, {with_extra('docs')}",
        ) from error
    code = build_main(["--quiet", str(beside_or_inside("docs")), str(site)])
    if code == 0:
        sys.stdout.write(f"Documentation : {site / 'index.html'}\n")
    return int(code)
