"""The options that several commands take, and how the command line is called."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rlpipeline.cli import values
from rlpipeline.errors import UsageError
from rlpipeline.settings.project import DEFAULTS, FILE, find_project

BY_PROJECT = "rlpipeline.yml le dit"


def invocation() -> str:
    """How this command line was called, to name the next command as it is typed."""
    by_start = Path(sys.argv[0]).name == "__main__.py"
    return f"{'py' if sys.platform == 'win32' else 'python3'} start.py run" if by_start else "rlpipeline"


def take_from_project(options: argparse.Namespace) -> None:
    """Give the places that the command line does not name as the project file does; outside a project, as usual ones.

    Raises SettingsError: the project file breaks its contract; UsageError: the command reads records, and neither says
    where they are.
    """
    open_places = [name for name in DEFAULTS if getattr(options, name, "") is None]
    if not open_places:
        return
    project = find_project(Path.cwd())
    if project is None and "source" in open_places:
        raise UsageError(
            "Rien ne dit où sont les données.",
            where=str(Path.cwd()),
            expected=f"un fichier {FILE} dans ce dossier ou au-dessus, ou --source",
            todo=f"se placer dans le dossier du service ; en créer un : {invocation()} new DOSSIER ; essayer sur des "
            f"données fictives : {invocation()} demo",
        )
    for name in open_places:
        place = getattr(project, name) if project else Path(DEFAULTS[name])
        setattr(options, name, place)


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Take where the records and the settings are."""
    parser.add_argument("--source", metavar="SOURCE", help=f"dossier, classeur ou base de données ({BY_PROJECT})")
    add_params(parser)


def add_params(parser: argparse.ArgumentParser) -> None:
    """Take where the settings are."""
    parser.add_argument("--params", type=Path, metavar="DOSSIER", help=f"les paramètres ({BY_PROJECT})")


def add_published(parser: argparse.ArgumentParser) -> None:
    """Take where the publications are."""
    parser.add_argument("--out", type=Path, metavar="DOSSIER", help=f"où c'est publié ({BY_PROJECT})")


def add_years(parser: argparse.ArgumentParser, help: str) -> None:
    """Take any number of years."""
    parser.add_argument("--year", type=values.year, nargs="+", action="extend", default=[], metavar="ANNÉE", help=help)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Take ``--json``: a list for a program."""
    parser.add_argument("--json", action="store_true", help="liste lisible par un programme")


def add_log(parser: argparse.ArgumentParser) -> None:
    """Take ``--log-json``: a journal for a program."""
    parser.add_argument("--log-json", action="store_true", help="journal pour un programme : une ligne JSON par fait")
