"""argparse whose usage, help and errors are French, and whose errors are ours."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from typing import NoReturn, TypeAlias

from rlpipeline.errors import UsageError

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"

# argparse has no way to choose a language but the message catalogues of the system, which are not installed
# everywhere: its English sentences are recognised and said again.
SENTENCES = (
    (r"the following arguments are required: (.+)", r"Il manque : \1"),
    (r"unrecognized arguments: (.+)", r"Argument inconnu : \1"),
    (r"argument (.+?): expected at least one argument", r"\1 : il manque une valeur"),
    (r"argument (.+?): expected one argument", r"\1 : il manque la valeur"),
    (r"argument (.+?): invalid int value: (.+)", r"\1 : nombre entier attendu, \2 trouvé"),
    (r"argument (.+?): invalid choice: '?(.+?)'? \(choose from (.+)\)", r"\1 : « \2 » inconnu ; au choix : \3"),
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
        raise UsageError(french(message), where=self.prog, todo=self._advice(message))

    def _advice(self, message: str) -> str:
        unknown = re.match(r"unrecognized arguments: (--\S+)|argument .+?: invalid choice: '?(.+?)'? \(", message)
        choices = [option for action in self._actions for option in action.option_strings]
        choices += [str(choice) for action in self._actions for choice in action.choices or ()]
        near = difflib.get_close_matches(unknown.group(1) or unknown.group(2), choices, n=1) if unknown else []
        return f"essayer {near[0]}" if near else f"« {self.prog} --help » rappelle comment l'écrire"

    def parse_args(self, args: Sequence[str] | None = None, namespace: None = None) -> argparse.Namespace:  # type: ignore[override]
        """Parse everything; an unknown option is told by the command it was given to."""
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            parser: Parser = getattr(options, "parser", self)
            parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options


def french(message: str) -> str:
    """Say one of argparse's sentences in French; a sentence it does not know stays as it is."""
    for pattern, replacement in SENTENCES:
        if re.fullmatch(pattern, message, flags=re.DOTALL):
            said = re.sub(pattern, replacement, message, flags=re.DOTALL)
            return re.sub(r"'([\w-]+)'(?=, |$)", r"\1", said)  # the choices, as they are typed
    return message
