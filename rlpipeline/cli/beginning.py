"""Beginning: a service's folder (``new``, ``new-year``), made-up ones (``demo``), where to try and to read."""

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
    several,
    take_from_project,
)
from rlpipeline.errors import ToolError, UsageError, with_extra
from rlpipeline.settings.project import FILE, find_project, project_file


@command(
    "new",
    "crée le dossier d'un service, prêt à remplir",
    "Crée le dossier d'un nouveau service : ses paramètres expliqués, les textes à rédiger avec leurs consignes, "
    "et saisie.xlsx, le classeur où ses données se saisissent. Un dossier qui n'est pas vide est laissé tel quel.",
    option("dir", type=Path, metavar="DOSSIER", help="le dossier à créer"),
    option("--nom", default=None, help="nom du service, tel qu'il s'imprime"),
    option("--departement", type=DEPARTEMENT, default=None, metavar="NUMÉRO", help="par exemple 62"),
    several("--commune", "COMMUNE", "ses communes : codes INSEE ou noms"),
    option("--year", type=YEAR, default=None, metavar="ANNÉE", help="année du premier rapport"),
)
def new(options: argparse.Namespace) -> int:
    """Write a new service's folder; its name and communes are asked for in a terminal where they are not given."""
    from rlpipeline.execution.progress import now
    from rlpipeline.spreadsheets import new_service

    def answer(question: str) -> str:
        try:
            return input(question)
        except EOFError:
            return ""

    name, communes = new_service.ask_missing(options.nom, options.commune, answer if at_a_terminal() else None)
    service = new_service.service_of(name, options.departement, communes)
    written = new_service.write_new_service(options.dir, service, options.year or new_service.year_of(now().date()))
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
    from rlpipeline.spreadsheets.next_year import begin_year

    sys.stdout.write(f"{begin_year(options.params, options.year).message(invocation())}\n")
    return 0


@command(
    "demo",
    "écrit des données fictives et leurs paramètres",
    "Écrit les données fictives d'un service inventé, et ses paramètres.",
    option(
        "--out", dest="place", type=Path, default=Path(), metavar="DOSSIER", help="où écrire source/ et params/ (ici)"
    ),
    option("--communes", type=POSITIVE, default=3, metavar="N", help="nombre de communes inventées (3)"),
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

    return open_lab(options.source, options.params, options.out, options.notebooks, options.passed_on)


@command(
    "docs",
    "met la documentation en site",
    "Met la documentation en un site de pages HTML, qui s'ouvre sans réseau.",
    option("--out", dest="site", type=Path, default=Path("documentation"), metavar="DOSSIER", help="où (%(default)s)"),
)
def docs(options: argparse.Namespace) -> int:
    """Make the documentation a site."""
    site: Path = options.site
    if site.is_dir() and any(site.iterdir()) and not (site / ".buildinfo").is_file():
        raise UsageError("Ce dossier n'est pas vide.", str(site), todo="choisir un autre dossier avec --out")
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
