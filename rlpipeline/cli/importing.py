"""Records from elsewhere (``import``), and one young person taken out of them (``forget``)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rlpipeline.cli import french_argparse
from rlpipeline.cli.options import invocation
from rlpipeline.errors import UsageError
from rlpipeline.settings.project import FILE, Project, find_project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlpipeline.importing.questions import Question


def add_import(commands: french_argparse.Commands) -> None:
    """Declare ``import``."""
    parser = commands.add_parser("import", help="reprend un export : logiciel de suivi, tableur du service")
    parser.description = (
        "Lit des exports de toute forme (CSV, .xlsx, .ods, ou leur dossier), reconnaît leurs colonnes, demande ce qui "
        "n'est pas sûr, remplace noms et identifiants par des pseudonymes, et écrit les tables du service. Ce qui est "
        "décidé est gardé dans import.yml et rejoué à l'export suivant."
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FICHIER", help="fichiers ou dossiers de l'export")
    parser.add_argument(
        "--reponses", type=Path, metavar="FICHIER", help="les réponses aux questions, tel que la commande les affiche"
    )
    parser.set_defaults(run=import_exports, parser=parser)


def add_forget(commands: french_argparse.Commands) -> None:
    """Declare ``forget``."""
    parser = commands.add_parser("forget", help="efface un jeune des données et de ce qui en a été gardé")
    parser.description = (
        "Efface un jeune des fichiers de données (après une copie), des mémoires et des notebooks gardés, l'empêche de "
        "revenir par un import, et dit quelles diffusions contiennent des nombres où il est compté."
    )
    parser.add_argument("id", metavar="ID", help="le pseudonyme du jeune, ou son identifiant dans le logiciel de suivi")
    parser.set_defaults(run=forget, parser=parser)


def import_exports(options: argparse.Namespace) -> int:
    """Bring exports in; exit code 2 where questions are left that nobody is there to answer."""
    from rlpipeline.execution.clock import now
    from rlpipeline.importing import asking, telling
    from rlpipeline.importing.writing import refuse_database
    from rlpipeline.settings.models import load_service

    project = _project("import")
    refuse_database(project)
    answers = asking.read_answers(options.reponses) if options.reponses else {}
    service, source = load_service(project.params), Path(project.source)
    under_way = asking.open_import(options.files, service, project.root, answers, source)
    sys.stdout.write(f"{telling.plan_words(under_way.plan(), under_way.aside)}\n")
    at_a_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    plan = asking.answered(under_way, _ask if at_a_terminal else None)
    while at_a_terminal and (change := asking.reread_in_terminal(plan, _typed, sys.stdout.write)):
        under_way.answers.update(change)
        plan = asking.answered(under_way, _ask)
        sys.stdout.write(f"\n{telling.plan_words(plan, under_way.aside)}\n\n")
    if plan.questions:
        sys.stdout.write(f"\n{telling.questions_words(plan.questions, bool(answers))}\n")
        options.journal.words = "rien n'est écrit : des questions attendent leur réponse"
        return 2
    filled, written = asking.finish(under_way, plan, project, now())
    said = f"{telling.filled_words(filled)}\n{telling.educators_words(filled)}"
    sys.stdout.write(f"\n{said}\n{telling.written_words(written, invocation())}\n")
    return 0


def forget(options: argparse.Namespace) -> int:
    """Take one young person out."""
    from rlpipeline.execution.clock import now
    from rlpipeline.pipeline.forgetting import forget as take_out

    sys.stdout.write(f"{take_out(_project('forget'), options.id, now()).words(invocation())}\n")
    return 0


def _project(command: str) -> Project:
    project = find_project(Path.cwd())
    if project is None:
        raise UsageError(
            f"« {command} » se lance dans le dossier d'un service.",
            where=str(Path.cwd()),
            expected=f"un fichier {FILE} dans ce dossier ou au-dessus",
            todo=f"se placer dans ce dossier ; en créer un : {invocation()} new DOSSIER",
        )
    return project


def _ask(questions: Sequence[Question]) -> Mapping[str, str]:
    from rlpipeline.importing.asking import ask_in_terminal

    return ask_in_terminal(questions, _typed, sys.stdout.write)


def _typed(prompt: str) -> str:
    try:
        return input(prompt)
    except EOFError as error:
        raise UsageError(
            "L'import attend encore des réponses : rien n'est écrit.", todo="relancer la commande"
        ) from error
