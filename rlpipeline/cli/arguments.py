"""How a command and its options are declared, read and refused in French, and the options that several take."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from rlpipeline.errors import UsageError
from rlpipeline.operating_system import PYTHON
from rlpipeline.our_notebooks import PACKAGE
from rlpipeline.settings.project import DEFAULTS, FILE, Project, find_project

# argparse has no way to choose a language but the message catalogues of the system, which are not installed
# everywhere: its English sentences are recognised and said again.
SENTENCES = (
    (r"the following arguments are required: (.+)", r"Il manque : \1"),
    (r"unrecognized arguments: (.+)", r"Argument inconnu : \1"),
    (r"argument (.+?): expected at least one argument", r"\1 : il manque une valeur"),
    (r"argument (.+?): expected one argument", r"\1 : il manque la valeur"),
    (r"argument (.+?): invalid int value: (.+)", r"\1 : nombre entier attendu, \2 trouvé"),
    (
        r"argument (.+?): invalid choice: '?(.+?)'? \(choose from (.+)\)",
        r"\1 : « \2 » inconnu ; au choix : \3",
    ),
    (r"ambiguous option: (.+?) could match (.+)", r"Option ambiguë : \1 ; au choix : \2"),
    (r"argument (.+?): (.+)", r"\1 : \2"),
)


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises UsageError and writes its help in French."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{"add_help": False, "allow_abbrev": False, **kwargs})  # type: ignore[arg-type]
        self._positionals.title = "arguments "
        self._optionals.title = "options "
        self.add_argument("-h", "--help", action="help", help="affiche cette aide")

    def format_usage(self) -> str:
        """One line that says how the command is written."""
        return super().format_usage().replace("usage: ", "usage : ", 1)

    def format_help(self) -> str:
        """The whole help of the command."""
        return super().format_help().replace("usage: ", "usage : ", 1)

    def error(self, message: str) -> NoReturn:
        """Refuse the command line in French, naming the nearest option where one was misspelt."""
        unknown = re.match(
            r"unrecognized arguments: (--\S+)|argument .+?: invalid choice: '?(.+?)'? \(", message
        )
        choices = [option for action in self._actions for option in action.option_strings]
        choices += [str(choice) for action in self._actions for choice in action.choices or ()]
        near = difflib.get_close_matches(unknown[1] or unknown[2], choices, n=1) if unknown else []
        advice = (
            f"essayer {near[0]}" if near else f"« {self.prog} --help » rappelle comment l'écrire"
        )
        for pattern, replacement in SENTENCES:
            if re.fullmatch(pattern, message, flags=re.DOTALL):
                said = re.sub(pattern, replacement, message, flags=re.DOTALL)
                message = re.sub(
                    r"'([\w-]+)'(?=, |$)", r"\1", said
                )  # the choices, as they are typed
                break
        raise UsageError(message, where=self.prog, todo=advice)

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: None = None
    ) -> argparse.Namespace:
        """Parse everything; an unknown option is told by the command it was given to, if it passes none on."""
        options, unknown = self.parse_known_args(args, namespace)
        if "passed_on" in options:
            options.passed_on = unknown
        elif unknown:
            parser: Parser = getattr(options, "parser", self)
            parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options


Option = tuple[tuple[str, ...], dict[str, Any]]


def option(*names: str, **how: Any) -> Option:
    """Declare an option or an argument, as ``add_argument`` takes it."""
    return names, how


Command = Callable[["argparse._SubParsersAction[Parser]"], None]
"""What adds a command to those of a command line."""


def command(
    name: str, help: str, description: str, *options: Option, **defaults: object
) -> Callable[[Callable[[argparse.Namespace], int]], Command]:
    """Declare that a function runs a command, and gives its exit code; ``defaults`` are values that no option gives.

    ``notebooks=None``: the command needs the folder of chapters; ``passed_on=()``: it takes options of others, and
    finds the places of the project itself.
    """

    def declare(run: Callable[[argparse.Namespace], int]) -> Command:
        def add_to(commands: argparse._SubParsersAction[Parser]) -> None:
            parser = commands.add_parser(name, help=help, description=description)
            for names, how in options:
                parser.add_argument(*names, **how)
            parser.set_defaults(run=run, parser=parser, **defaults)

        return add_to

    return declare


def typed(
    pattern: str,
    expected: str,
    make: Callable[[str], Any],
    within: Callable[[Any], bool] = lambda value: True,
) -> Callable[[str], Any]:
    """Give what reads a value, or refuses it with a French sentence."""

    def read(text: str) -> Any:
        if not re.fullmatch(pattern, text) or not within(make(text)):
            raise argparse.ArgumentTypeError(f"{expected}, « {text} » trouvé")
        return make(text)

    return read


YEAR = typed(r"\d{4}", "année à quatre chiffres attendue", int)
POSITIVE = typed(r"[1-9]\d{0,4}", "nombre entier positif attendu", int)
DEPARTEMENT = typed(r"\d{2}|2[AB]|\d{3}", "numéro de département attendu (62, 2A, 974)", str)
PORT = typed(r"\d{4,5}", "nombre de 1024 à 65535 attendu", int, range(1024, 65536).__contains__)
BY_PROJECT = "rlpipeline.yml le dit"
SOURCE = option(
    "--source", metavar="SOURCE", help=f"dossier, classeur ou base de données ({BY_PROJECT})"
)
PARAMS = option("--params", type=Path, metavar="DOSSIER", help=f"les paramètres ({BY_PROJECT})")
OUT = option("--out", type=Path, metavar="DOSSIER", help=f"où c'est publié ({BY_PROJECT})")
JSON = option("--json", action="store_true", help="liste lisible par un programme")
LOG = option(
    "--log-json", action="store_true", help="journal pour un programme : une ligne JSON par fait"
)
LAST_YEAR = option(
    "--year", type=YEAR, default=None, metavar="ANNÉE", help="l'année (la dernière faite)"
)


def several(name: str, metavar: str, help: str, type: Callable[[str], object] = str) -> Option:
    """Declare an option that takes any number of values, however often it is given."""
    return option(
        name, type=type, nargs="+", action="extend", default=[], metavar=metavar, help=help
    )


def years(help: str) -> Option:
    """Declare ``--year``, any number of years."""
    return several("--year", "ANNÉE", help, YEAR)


def invocation() -> str:
    """How this command line was called, to name the next command as it is typed."""
    if Path(sys.argv[0]).name != "__main__.py":
        return "rlpipeline"
    by_start = (PACKAGE.parent / "start.py").is_file()
    return f"{PYTHON} start.py run" if by_start else f"{PYTHON} -m rlpipeline"


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
        setattr(options, name, getattr(project, name) if project else Path(DEFAULTS[name]))


def project_here(command: str) -> Project:
    """Read the project file that a command cannot do without. UsageError where there is none."""
    project = find_project(Path.cwd())
    if project is None:
        raise UsageError(
            f"« {command} » se lance dans le dossier d'un service.",
            where=str(Path.cwd()),
            expected=f"un fichier {FILE} dans ce dossier ou au-dessus",
            todo=f"se placer dans ce dossier ; en créer un : {invocation()} new DOSSIER",
        )
    return project


def at_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
