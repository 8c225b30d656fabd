"""Handing over: what is to be shared is read by somebody (``relire``), then leaves (``share``, ``docx``)."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from rlpipeline.cli.arguments import (
    LAST_YEAR,
    LOG,
    OUT,
    PARAMS,
    at_a_terminal,
    command,
    option,
    years,
)
from rlpipeline.errors import UsageError

UNREAD = 4
"""Exit code of ``relire`` where something is left to read."""


@command(
    "relire",
    "fait relire ce que l'édition à diffuser imprime",
    "Montre chaque texte et chaque cellule libre que l'édition à diffuser imprime et que personne n'a lu tel quel, "
    "les phrases douteuses d'abord, et note qui les a lus. « share » attend que tout soit lu.",
    OUT,
    PARAMS,
    LAST_YEAR,
    option("--par", metavar="NOM", help="qui relit"),
    option(
        "--liste",
        action="store_true",
        help="liste ce qui reste à lire ; code 0 s'il ne reste rien, 4 sinon",
    ),
    option("--tout-lu", action="store_true", help="note que NOM a tout lu, sans rien demander"),
)
def relire(options: argparse.Namespace) -> int:
    """Show what nobody has read, and note what is decided; exit code 0 once all is read."""
    from rlpipeline.cli.reading_dialogue import ReadingDialogue
    from rlpipeline.execution.output_folder import secret_path
    from rlpipeline.pipeline.proofreading import READ, note_readings, read_proofread, read_secret
    from rlpipeline.settings.models import load_settings

    _check_who_reads(options)
    year = _shared_year(options)
    settings = load_settings(options.params, year)
    passages = read_secret(secret_path(options.out, year)).passages
    dialogue = ReadingDialogue(
        options.params, year, options.par or "", settings.service.diffusion.seuil
    )
    unread = read_proofread(options.params, year).unread(passages)
    if options.tout_lu:
        note_readings(options.params, year, unread, READ, options.par)
    elif options.liste:
        dialogue.list_all(unread)
    else:
        dialogue.ask_all(unread)
    proofread = read_proofread(options.params, year)
    left = len(proofread.unread(passages))
    left_out = sum(passage.left_out for passage in passages)
    also = f" ; {left_out} non diffusé{'s' if left_out > 1 else ''}" if left_out else ""
    if left:
        sys.stdout.write(f"Relecture {year} : {left} sur {len(passages)} à lire{also}.\n")
        return UNREAD
    if proofread.still_printed(passages):
        sys.stdout.write(
            f"Relecture {year} : tout est lu ; refaire le rapport, « build », sans ce qui est retiré.\n"
        )
        return UNREAD
    sys.stdout.write(f"Relecture {year} : tout est lu ({len(passages)}){also}.\n")
    if settings.report.statut != "valide":
        sys.stdout.write(
            f"Pour valider : statut: valide et date_validation dans {settings.report_path}, puis « build ».\n"
        )
    return 0


def _check_who_reads(options: argparse.Namespace) -> None:
    """See that either a reader is named, or the list is asked for. Raises UsageError: both or neither."""
    if options.liste == (options.par is not None):
        raise UsageError(
            "Il faut dire soit qui relit, soit qu'on veut la liste.",
            where="rlpipeline relire",
            expected="--par NOM, qui relit et note, ou --liste, qui montre ce qui reste à lire",
            got="les deux" if options.liste else "ni l'un ni l'autre",
            todo="ôter l'un des deux" if options.liste else "ajouter l'un des deux",
        )
    if options.tout_lu and options.liste:
        options.parser.error("--tout-lu va avec --par NOM, sans --liste")


def _shared_year(options: argparse.Namespace) -> int:
    """Give the year asked for, else the latest. Raises UsageError: its edition to share is not made."""
    from rlpipeline.execution.output_folder import DIFFUSION, publication, shared_years

    made = shared_years(options.out)
    year: int = options.year or max(made, default=0)
    if year not in made:
        raise UsageError(
            "Aucune édition à diffuser.",
            where=str(publication(options.out, year, DIFFUSION) if year else options.out),
            todo="la faire d'abord avec « rlpipeline build »",
        )
    return year


@command(
    "share",
    "prépare ce qui peut être diffusé, ou un exemplaire scellé",
    "Prépare le dossier et le zip à diffuser, après avoir cherché à y retrouver un jeune ; avec --edition interne "
    "--pour NOM, scelle par un mot de passe un exemplaire des chiffres exacts.",
    OUT,
    PARAMS,
    years("une ou plusieurs années (toutes celles qui sont faites)"),
    option(
        "--edition",
        choices=["diffusion", "interne"],
        default="diffusion",
        help="ce qui est remis (%(default)s)",
    ),
    option("--pour", metavar="NOM", help="à qui l'exemplaire interne est remis"),
    option(
        "--retirer", metavar="ANNÉE[-NN]", help="retire ce qui a été diffusé : 2023, ou 2023-01"
    ),
    option("--oui", action="store_true", help="partage même un brouillon, sans le demander"),
    LOG,
)
def share(options: argparse.Namespace) -> int:
    """Pack what may be given to anyone once it was attacked, or seal a copy of the exact figures for one reader."""
    if (options.edition == "interne") != (options.pour is not None):
        options.parser.error(
            "--edition interne va avec --pour NOM : les chiffres exacts ne vont qu'à un lecteur nommé"
        )
    if options.retirer is not None and (options.pour is not None or options.year):
        options.parser.error("--retirer va seul : il retire une diffusion, et n'en prépare aucune")
    if options.pour is not None:
        from rlpipeline.pipeline.share import hand_over

        copy = hand_over(options.out, options.params, options.pour, _hidden, options.year)
        sys.stdout.write(f"{copy.summary()}\n")
        return 0
    from rlpipeline.pipeline.share import recall
    from rlpipeline.pipeline.share import share as pack

    if options.retirer is not None:
        sys.stdout.write(f"{recall(options.out, options.params, options.retirer).summary()}\n")
        return 0
    allow_drafts = None if options.oui else _ask_for_drafts
    shared = pack(options.out, options.params, options.year, allow_drafts)
    sys.stdout.write(f"{shared.summary()}\n")
    options.journal.words = (
        f"partage prêt, {shared.protected} chiffres protégés, aucun ne peut être retrouvé"
    )
    return 0


def _ask_for_drafts(years: Sequence[int]) -> None:
    """Ask whether reports that are not validated leave the service. Raises UsageError: nobody says that they do."""
    listed = " et ".join(map(str, years))
    draft = f"Le rapport {listed} est un brouillon, non validé"
    if len(years) > 1:
        draft = f"Les rapports {listed} sont des brouillons, non validés"
    refusal = UsageError(
        f"{draft} : rien n'est partagé.",
        todo="valider d'abord (statut: valide dans rapport.yml, puis « build ») ; pour partager quand même, "
        "ajouter --oui",
    )
    if not at_a_terminal():
        raise refusal
    try:
        answer = input(f"{draft}. Partager quand même ? [o/N] ")
    except EOFError:
        raise refusal from None
    if answer.strip().lower() not in {"o", "oui"}:
        raise refusal


def _hidden(question: str) -> str:
    """Ask for a password at the terminal; where typing would show, nobody is asked."""
    import getpass
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(question)
    except (getpass.GetPassWarning, EOFError) as error:
        raise UsageError(
            "Le mot de passe se tape dans un terminal.", todo="lancer la commande à la main"
        ) from error


@command(
    "docx",
    "met le rapport, ou un portrait, en document Word",
    "Met une page publiée en document Word (.docx), à annoter ou à reprendre. Il faut pandoc (pandoc.org). Un "
    "document qui existe n'est pas remplacé sans --force : il a pu être annoté.",
    OUT,
    PARAMS,
    LAST_YEAR,
    option(
        "--commune", default=None, metavar="COMMUNE", help="le portrait d'une commune : nom ou code"
    ),
    option(
        "--edition",
        choices=["interne", "diffusion"],
        default="interne",
        help="l'édition (%(default)s)",
    ),
    option("--to", type=Path, default=None, metavar="FICHIER.docx", help="où l'écrire (ici)"),
    option("--force", action="store_true", help="remplace le document s'il existe"),
)
def docx(options: argparse.Namespace) -> int:
    """Write a published page as a Word document."""
    from rlpipeline.checks.published import published_years
    from rlpipeline.execution.output_folder import publication
    from rlpipeline.publication.figures import SERVICE
    from rlpipeline.publication.page import page_path
    from rlpipeline.publication.printing import write_docx
    from rlpipeline.settings.models import load_settings, own_commune

    year = options.year or max(published_years(options.out))
    settings = load_settings(options.params, year)
    place = own_commune(options.commune, settings.service) if options.commune else SERVICE
    page = publication(options.out, year, options.edition) / page_path(settings, place)
    if not page.is_file():
        raise UsageError(
            "Cette page n'est pas faite.",
            where=str(page),
            todo="lancer d'abord « rlpipeline build »",
        )
    target = options.to or Path(f"{page.stem}-{year}-{options.edition}.docx")
    if target.suffix.lower() != ".docx" or not target.parent.is_dir():
        raise UsageError(
            "Ce document ne peut pas s'écrire là.",
            str(target),
            expected="un nom en .docx, dans un dossier qui existe",
        )
    if target.exists() and not options.force:
        raise UsageError(
            "Ce document existe déjà.",
            where=str(target),
            todo="choisir un autre nom (--to), ou --force",
        )
    write_docx(page, target)
    sys.stdout.write(f"Document Word : {target}\n")
    if shutil.which("rsvg-convert") is None:
        sys.stdout.write(
            "Ses images ne se voient que dans Word 2016 ou plus récent ; pour un plus ancien, installer rsvg-convert "
            "(sous Debian ou Ubuntu, apt install librsvg2-bin), puis relancer.\n"
        )
    return 0
