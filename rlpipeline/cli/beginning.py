"""Beginning: a service's folder (``new``), its records in another form (``export-source``), made-up ones (``demo``)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rlpipeline.cli import french_argparse, values
from rlpipeline.cli.options import add_inputs, add_params, invocation
from rlpipeline.errors import UsageError
from rlpipeline.settings.project import FILE, project_file


def add_new(commands: french_argparse.Commands) -> None:
    """Declare ``new``."""
    parser = commands.add_parser("new", help="crée le dossier d'un service, prêt à remplir")
    parser.description = (
        "Crée le dossier d'un nouveau service : ses paramètres expliqués, les textes à rédiger avec leurs consignes, "
        "et saisie.xlsx, le classeur où ses données se saisissent. Un dossier qui n'est pas vide est laissé tel quel."
    )
    parser.add_argument("dir", type=Path, metavar="DOSSIER", help="le dossier à créer")
    parser.add_argument("--nom", default=None, help="nom du service, tel qu'il s'imprime")
    parser.add_argument("--departement", type=values.departement, default=None, metavar="NUMÉRO", help="par exemple 62")
    parser.add_argument(
        "--commune",
        nargs="+",
        action="extend",
        default=[],
        metavar="COMMUNE",
        help="ses communes : codes INSEE ou noms",
    )
    parser.add_argument("--year", type=values.year, default=None, metavar="ANNÉE", help="année du premier rapport")
    parser.set_defaults(run=new, parser=parser)


def add_new_year(commands: french_argparse.Commands) -> None:
    """Declare ``new-year``."""
    parser = commands.add_parser("new-year", help="prépare l'année suivante, d'après la dernière")
    parser.description = (
        "Copie les réglages et les textes de la dernière année sous la nouvelle, en mettant les années à jour. Chaque "
        "texte repris est à relire, et le dit dans le brouillon ; les écarts acceptés et les autorisations des images "
        "sont à redonner. Rien n'est remplacé."
    )
    parser.add_argument("year", type=values.year, metavar="ANNÉE", help="la nouvelle année")
    add_params(parser)
    parser.set_defaults(run=new_year, parser=parser)


def add_export_source(commands: french_argparse.Commands) -> None:
    """Declare ``export-source``."""
    parser = commands.add_parser("export-source", help="change une source en une autre : classeur, dossier, base")
    parser.description = (
        "Écrit les données d'une source dans une autre, de toute sorte : classeur de saisie .xlsx, "
        "dossier de CSV, fichier .sqlite, base PostgreSQL. Ce qui est écrit est relu et comparé."
    )
    add_inputs(parser)
    parser.add_argument("--to", required=True, metavar="DESTINATION", help="ce qu'il faut écrire")
    parser.add_argument("--force", action="store_true", help="remplace la destination si elle existe")
    parser.set_defaults(run=export_source, parser=parser)


def add_schema(commands: french_argparse.Commands) -> None:
    """Declare ``schema``."""
    parser = commands.add_parser("schema", help="écrit ce que réglages et données peuvent contenir, pour un programme")
    parser.description = (
        "Écrit les schémas JSON des réglages (rlpipeline.yml, service.yml, rapport.yml), avec lesquels un éditeur "
        "complète et vérifie pendant la frappe, celui des données (Frictionless Table Schema), pour l'éditeur d'un "
        "logiciel de suivi, et la liste des tableaux du rapport (tableaux.json)."
    )
    parser.add_argument(
        "--out", dest="place", type=Path, default=Path("schemas"), metavar="DOSSIER", help="où (%(default)s)"
    )
    parser.set_defaults(run=schema, parser=parser)


def add_demo(commands: french_argparse.Commands) -> None:
    """Declare ``demo``."""
    parser = commands.add_parser("demo", help="écrit des données fictives et leurs paramètres")
    parser.description = "Écrit les données fictives d'un service inventé, et ses paramètres."
    parser.add_argument(
        "--out", dest="place", type=Path, default=Path(), metavar="DOSSIER", help="où écrire source/ et params/ (ici)"
    )
    parser.add_argument(
        "--communes", type=values.positive, default=3, metavar="N", help="nombre de communes inventées (3)"
    )
    parser.add_argument(
        "--years",
        type=values.year,
        nargs="+",
        default=[2021, 2022, 2023],
        metavar="ANNÉE",
        help="années (2021 2022 2023)",
    )
    parser.add_argument("--seed", type=int, default=2023, metavar="S", help="graine du tirage (%(default)s)")
    parser.set_defaults(run=demo, parser=parser)


def new(options: argparse.Namespace) -> int:
    """Write a new service's folder; its name and communes are asked for in a terminal where they are not given."""
    from rlpipeline.execution.clock import now
    from rlpipeline.spreadsheets import new_service

    at_a_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    name, communes = new_service.ask_missing(options.nom, options.commune, _answer if at_a_terminal else None)
    year = options.year or new_service.year_of(now().date())
    service = new_service.service_of(name, options.departement, communes)
    written = new_service.write_new_service(options.dir, service, year)
    sys.stdout.write(f"{new_service.next_steps(written, invocation())}\n")
    return 0


def new_year(options: argparse.Namespace) -> int:
    """Write the settings and the texts of the next year."""
    from rlpipeline.spreadsheets.next_year import begin_year

    sys.stdout.write(f"{begin_year(options.params, options.year).message(invocation())}\n")
    return 0


def export_source(options: argparse.Namespace) -> int:
    """Turn a source into another kind, read back before it takes its place."""
    from rlpipeline.settings.models import load_service
    from rlpipeline.spreadsheets.conversion import export_source as export

    exported = export(options.source, options.to, load_service(options.params), options.force)
    sys.stdout.write(f"{exported.summary(options.to)}\n")
    return 0


def schema(options: argparse.Namespace) -> int:
    """Write the schemas of the settings and of the records, and list the tables of the report."""
    import json

    from rlpipeline.errors import ToolError
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


def _answer(question: str) -> str:
    try:
        return input(question)
    except EOFError:
        return ""
