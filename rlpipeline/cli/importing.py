"""Records from elsewhere (``import``), in another form (``export-source``), described, and without one young person."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rlpipeline.cli.arguments import PARAMS, SOURCE, at_a_terminal, command, invocation, option, project_here
from rlpipeline.errors import ToolError, UsageError


@command(
    "import",
    "reprend un export : logiciel de suivi, tableur du service",
    "Lit un export de toute forme (CSV, .xlsx, .ods, SQLite, ou leur dossier) par correspondance.xlsx, un classeur "
    "où le service dit une fois ce que sont ses tableaux, ses colonnes et ses mots. La première fois, l'écrit ; "
    "puis écrit un brouillon et son compte ; avec --valider, remplace les données que l'export apporte.",
    option(
        "files",
        nargs="*",
        type=Path,
        metavar="FICHIER",
        help="fichiers ou dossiers de l'export ; sinon ceux du classeur",
    ),
    option("--valider", action="store_true", help="met le brouillon à la place des données"),
)
def import_exports(options: argparse.Namespace) -> int:
    """Bring exports in; exit code 2 where questions are left."""
    from rlpipeline.execution.progress import now
    from rlpipeline.importing import FILE
    from rlpipeline.importing.bringing import bring_in, said_of, validate
    from rlpipeline.settings.models import load_service

    project = project_here("import")
    first = not (project.root / FILE).is_file()
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


@command(
    "forget",
    "efface un jeune des données et de ce qui en a été gardé",
    "Dit tout ce qui parle d'un jeune dans le dossier du service, le demande, puis l'efface : données (après une "
    "copie), copies, mémoires, notebooks gardés. L'empêche de revenir par un import, et dit ce qui reste ailleurs.",
    option("id", metavar="ID", help="le pseudonyme du jeune, ou son identifiant dans le logiciel de suivi"),
    option("--oui", action="store_true", help="efface sans demander"),
)
def forget(options: argparse.Namespace) -> int:
    """Take one young person out, once what goes is known and agreed to."""
    from rlpipeline.execution.progress import now
    from rlpipeline.pipeline.forgetting import find

    found = find(project_here("forget"), options.id)
    sys.stdout.write(f"{found.plan()}\n")
    if not options.oui:
        refusal = "Rien n'est effacé : personne n'a répondu « oui »."
        if not at_a_terminal():
            raise UsageError(refusal, todo="relancer dans un terminal, ou ajouter --oui")
        try:
            answer = input("Effacer tout cela ? (oui/non) ")
        except EOFError as error:
            raise UsageError(refusal, todo="relancer la commande") from error
        if answer.strip().lower() != "oui":
            sys.stdout.write(f"{refusal}\n")
            return 0
    sys.stdout.write(f"\n{found.forget(now(), invocation())}\n")
    return 0


@command(
    "export-source",
    "change une source en une autre : classeur, dossier, base",
    "Écrit les données d'une source dans une autre, de toute sorte : classeur de saisie .xlsx, "
    "dossier de CSV, fichier .sqlite, base PostgreSQL. Ce qui est écrit est relu et comparé.",
    SOURCE,
    PARAMS,
    option("--to", required=True, metavar="DESTINATION", help="ce qu'il faut écrire"),
    option("--force", action="store_true", help="remplace la destination si elle existe"),
)
def export_source(options: argparse.Namespace) -> int:
    """Turn a source into another kind, read back before it takes its place."""
    from rlpipeline.settings.models import load_service
    from rlpipeline.spreadsheets.conversion import export_source as export

    exported = export(options.source, options.to, load_service(options.params), options.force)
    sys.stdout.write(f"{exported.summary(options.to)}\n")
    return 0


@command(
    "schema",
    "écrit ce que réglages et données peuvent contenir, pour un programme",
    "Écrit les schémas JSON des réglages (rlpipeline.yml, service.yml, rapport.yml), avec lesquels un éditeur "
    "complète et vérifie pendant la frappe, celui des données (Frictionless Table Schema), pour l'éditeur d'un "
    "logiciel de suivi, et la liste des tableaux du rapport (tableaux.json).",
    option("--out", dest="place", type=Path, default=Path("schemas"), metavar="DOSSIER", help="où (%(default)s)"),
)
def schema(options: argparse.Namespace) -> int:
    """Write the schemas of the settings and of the records, and list the tables of the report."""
    import json

    from rlpipeline.figures.cells import listed_tables
    from rlpipeline.spreadsheets.schemas import write_schemas

    try:
        paths = (*write_schemas(options.place), options.place / "tableaux.json")
        content = json.dumps({"tableaux": listed_tables()}, ensure_ascii=False, indent=1)
        paths[-1].write_text(f"{content}\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise ToolError("Les schémas ne peuvent pas être écrits.", str(options.place), got=error.strerror) from error
    sys.stdout.write("".join(f"{path}\n" for path in paths))
    return 0
