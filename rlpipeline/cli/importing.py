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
        "Dit tout ce qui parle d'un jeune dans le dossier du service, le demande, puis l'efface : données (après une "
        "copie), copies, mémoires, notebooks gardés. L'empêche de revenir par un import, et dit ce qui reste ailleurs."
    )
    parser.add_argument("id", metavar="ID", help="le pseudonyme du jeune, ou son identifiant dans le logiciel de suivi")
    parser.add_argument("--oui", action="store_true", help="efface sans demander")
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
    at_a_terminal = _at_a_terminal()
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
    """Take one young person out, once what goes is known and agreed to."""
    from rlpipeline.execution.clock import now
    from rlpipeline.pipeline.forgetting import find

    found = find(_project("forget"), options.id)
    sys.stdout.write(f"{found.plan()}\n")
    if not options.oui:
        refusal = "Rien n'est effacé : personne n'a répondu « oui »."
        if not _at_a_terminal():
            raise UsageError(refusal, todo="relancer dans un terminal, ou ajouter --oui")
        if _typed("Effacer tout cela ? (oui/non) ", refusal).strip().lower() != "oui":
            sys.stdout.write(f"{refusal}\n")
            return 0
    sys.stdout.write(f"\n{found.forget(now(), invocation())}\n")
    return 0


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


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


def _typed(prompt: str, refusal: str = "L'import attend encore des réponses : rien n'est écrit.") -> str:
    try:
        return input(prompt)
    except EOFError as error:
        raise UsageError(refusal, todo="relancer la commande") from error
