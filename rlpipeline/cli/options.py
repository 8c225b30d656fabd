"""The options that several commands take, and how the command line is called."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rlpipeline.cli import values

DEFAULT_SOURCE = "data/exemple"
DEFAULT_PARAMS = Path("params")
DEFAULT_OUT = Path("outputs")


def invocation() -> str:
    """How this command line was called, to name the next command as it is typed."""
    by_start = Path(sys.argv[0]).name == "__main__.py"
    return f"{'py' if sys.platform == 'win32' else 'python3'} start.py run" if by_start else "rlpipeline"


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Take where the records and the settings are."""
    parser.add_argument(
        "--source", default=DEFAULT_SOURCE, metavar="SOURCE", help="dossier, classeur ou base de données (%(default)s)"
    )
    add_params(parser)


def add_params(parser: argparse.ArgumentParser) -> None:
    """Take where the settings are."""
    parser.add_argument(
        "--params", type=Path, default=DEFAULT_PARAMS, metavar="DOSSIER", help="les paramètres (%(default)s)"
    )


def add_published(parser: argparse.ArgumentParser) -> None:
    """Take where the publications are."""
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_OUT, metavar="DOSSIER", help="où c'est publié (%(default)s)"
    )


def add_years(parser: argparse.ArgumentParser, help: str) -> None:
    """Take any number of years."""
    parser.add_argument("--year", type=values.year, nargs="+", action="extend", default=[], metavar="ANNÉE", help=help)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Take ``--json``: a list for a program."""
    parser.add_argument("--json", action="store_true", help="liste lisible par un programme")


def add_log(parser: argparse.ArgumentParser) -> None:
    """Take ``--log-json``: a journal for a program."""
    parser.add_argument("--log-json", action="store_true", help="journal pour un programme : une ligne JSON par fait")
