"""Records from elsewhere (``import``), and one young person taken out of them (``forget``)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rlpipeline.cli import french_argparse
from rlpipeline.cli.options import invocation
from rlpipeline.errors import UsageError
from rlpipeline.settings.project import FILE, Project, find_project


def add_import(commands: french_argparse.Commands) -> None:
    """Declare ``import``."""
    parser = commands.add_parser("import", help="reprend un export : logiciel de suivi, tableur du service")
    parser.description = (
        "Lit un export de toute forme (CSV, .xlsx, .ods, SQLite, ou leur dossier) par correspondance.xlsx, un classeur "
        "où le service dit une fois ce que sont ses tableaux, ses colonnes et ses mots. La première fois, l'écrit ; "
        "puis écrit un brouillon et son compte ; avec --valider, remplace les données que l'export apporte."
    )
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FICHIER",
        help="fichiers ou dossiers de l'export ; sinon ceux du classeur",
    )
    parser.add_argument("--valider", action="store_true", help="met le brouillon à la place des données")
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
    """Bring exports in; exit code 2 where questions are left."""
    from rlpipeline.execution.clock import now
    from rlpipeline.importing import FILE as WORKBOOK
    from rlpipeline.importing.bringing import bring_in, said_of, validate
    from rlpipeline.settings.models import load_service

    project = _project("import")
    first = not (project.root / WORKBOOK).is_file()
    service = load_service(project.params)
    under_way = bring_in(project, service, options.files)
    if options.valider:
        said = validate(under_way, project, service, now())
        sys.stdout.write("\n".join([*said, f"Vérifier : {invocation()} check", ""]))
        return 0
    sys.stdout.write(f"{said_of(under_way, invocation())}\n")
    if under_way.waits:
        options.journal.words = "rien n'est importé : le classeur attend des réponses"
    return 2 if under_way.waits and not first else 0


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


def _typed(prompt: str, refusal: str) -> str:
    try:
        return input(prompt)
    except EOFError as error:
        raise UsageError(refusal, todo="relancer la commande") from error
