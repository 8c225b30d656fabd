"""A service's folder, its records, where to try (``lab``) and to read (``docs``)."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rlpipeline.cli.arguments import (
    DEPARTEMENT,
    OUT,
    PARAMS,
    POSITIVE,
    SOURCE,
    YEAR,
    at_a_terminal,
    command,
    invocation,
    option,
    project_here,
    several,
    take_from_project,
)
from rlpipeline.errors import ToolError, UsageError, with_extra
from rlpipeline.execution.output_folder import now
from rlpipeline.settings.project import FILE, find_project, project_file


@command(
    "new",
    "crée le dossier d'un service, prêt à remplir",
    "Crée le dossier d'un nouveau service : ses paramètres expliqués, les textes à rédiger avec leurs consignes, "
    "et saisie.xlsx, le classeur où ses données se saisissent. Un dossier qui n'est pas vide est laissé tel quel.",
    option("dir", type=Path, metavar="DOSSIER", help="le dossier à créer"),
    option("--nom", default=None, help="nom du service, tel qu'il s'imprime"),
    option(
        "--departement", type=DEPARTEMENT, default=None, metavar="NUMÉRO", help="par exemple 62"
    ),
    several("--commune", "COMMUNE", "ses communes : codes INSEE ou noms"),
    option("--year", type=YEAR, default=None, metavar="ANNÉE", help="année du premier rapport"),
)
def new(options: argparse.Namespace) -> int:
    """Write a new service's folder; its name and communes are asked for in a terminal where they are not given."""
    from rlpipeline.spreadsheets import new_service

    def answer(question: str) -> str:
        try:
            return input(question)
        except EOFError:
            return ""

    name, communes = new_service.ask_missing(
        options.nom, options.commune, answer if at_a_terminal() else None
    )
    service = new_service.service_of(name, options.departement, communes)
    written = new_service.write_new_service(
        options.dir, service, options.year or new_service.year_of(now().date())
    )
    sys.stdout.write(f"{new_service.next_steps(written, invocation())}\n")
    return 0


@command(
    "new-year",
    "prépare l'année suivante, d'après la dernière",
    "Copie les réglages et les textes de la dernière année sous la nouvelle, en mettant les années à jour. Chaque "
    "texte repris est à relire, et le dit dans le brouillon ; les écarts acceptés et les autorisations des images "
    "sont à redonner. Rien n'est remplacé.",
    option("year", type=YEAR, metavar="ANNÉE", help="la nouvelle année"),
    PARAMS,
)
def new_year(options: argparse.Namespace) -> int:
    """Write the settings and the texts of the next year."""
    from rlpipeline.spreadsheets.new_service import begin_year

    sys.stdout.write(f"{begin_year(options.params, options.year).message(invocation())}\n")
    return 0


@command(
    "demo",
    "écrit des données fictives et leurs paramètres",
    "Écrit les données fictives d'un service inventé, et ses paramètres.",
    option(
        "--out",
        dest="place",
        type=Path,
        default=Path(),
        metavar="DOSSIER",
        help="où écrire source/ et params/ (ici)",
    ),
    option(
        "--communes", type=POSITIVE, default=3, metavar="N", help="nombre de communes inventées (3)"
    ),
    option(
        "--years",
        type=YEAR,
        nargs="+",
        default=[2021, 2022, 2023],
        metavar="ANNÉE",
        help="années (2021 2022 2023)",
    ),
    option("--seed", type=int, default=2023, metavar="S", help="graine du tirage (%(default)s)"),
)
def demo(options: argparse.Namespace) -> int:
    """Write fictitious records and their settings."""
    from rlpipeline.demo import write_demo

    place: Path = options.place
    for name in ("source", "params", FILE):
        if (place / name).exists():
            raise UsageError(
                "Ce dossier contient déjà un service : rien n'y est écrit.",
                where=str(place / name),
                todo="choisir un autre dossier avec --out, ou effacer d'abord celui-ci",
            )
    write_demo(place, options.communes, tuple(options.years), options.seed)
    (place / FILE).write_text(project_file("source"), encoding="utf-8")
    then = "" if place == Path() else f"cd {place}, puis "
    sys.stdout.write(
        f"Données fictives : {place / 'source'} ; paramètres : {place / 'params'}\n"
        f"Ensuite : {then}{invocation()} build\n"
    )
    return 0


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
    from rlpipeline import importing
    from rlpipeline.importing.bringing import bring_in, summary, validate
    from rlpipeline.settings.models import load_service

    project = project_here("import")
    first = not (project.root / importing.FILE).is_file()
    service = load_service(project.params)
    under_way = bring_in(project, service, options.files)
    if options.valider:
        done = validate(under_way, project, service, now())
        sys.stdout.write("\n".join([*done, f"Vérifier : {invocation()} check", ""]))
        return 0
    sys.stdout.write(f"{summary(under_way, invocation())}\n")
    if under_way.waits:
        options.journal.words = "rien n'est importé : le classeur attend des réponses"
    return 2 if under_way.waits and not first else 0


@command(
    "forget",
    "efface un jeune des données et de ce qui en a été gardé",
    "Dit tout ce qui parle d'un jeune dans le dossier du service, le demande, puis l'efface : données (après une "
    "copie), copies, mémoires, notebooks gardés. L'empêche de revenir par un import, et dit ce qui reste ailleurs.",
    option(
        "id",
        metavar="ID",
        help="le pseudonyme du jeune, ou son identifiant dans le logiciel de suivi",
    ),
    option("--oui", action="store_true", help="efface sans demander"),
)
def forget(options: argparse.Namespace) -> int:
    """Take one young person out, once what goes is known and agreed to."""
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
    option(
        "--out",
        dest="place",
        type=Path,
        default=Path("schemas"),
        metavar="DOSSIER",
        help="où (%(default)s)",
    ),
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
        raise ToolError(
            "Les schémas ne peuvent pas être écrits.", str(options.place), got=error.strerror
        ) from error
    sys.stdout.write("".join(f"{path}\n" for path in paths))
    return 0


@command(
    "lab",
    "ouvre JupyterLab sur une page d'accueil, pour explorer et essayer",
    "Ouvre JupyterLab sur la page d'accueil ; les autres options sont celles de JupyterLab.",
    SOURCE,
    PARAMS,
    OUT,
    notebooks=None,
    passed_on=(),
)
def lab(options: argparse.Namespace) -> int:
    """Make the copies ready at the root of the service's folder, and run JupyterLab there until it is stopped."""
    if options.params is not None and options.out is None:
        options.out = options.params.parent / "outputs"  # where « new » says to publish it
    project = find_project(Path.cwd())
    if project is not None and (options.source, options.params, options.out) == (None, None, None):
        os.chdir(project.root)
    take_from_project(options)
    from rlpipeline.lab.laboratory import open_lab

    return open_lab(
        options.source, options.params, options.out, options.notebooks, options.passed_on
    )


@command(
    "docs",
    "met la documentation en site",
    "Met la documentation en un site de pages HTML, qui s'ouvre sans réseau.",
    option(
        "--out",
        dest="site",
        type=Path,
        default=Path("documentation"),
        metavar="DOSSIER",
        help="où (%(default)s)",
    ),
)
def docs(options: argparse.Namespace) -> int:
    """Make the documentation a site."""
    site: Path = options.site
    if site.is_dir() and any(site.iterdir()) and not (site / ".buildinfo").is_file():
        raise UsageError(
            "Ce dossier n'est pas vide.", str(site), todo="choisir un autre dossier avec --out"
        )
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
