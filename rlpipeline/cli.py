"""The command line: one function a command, each a call or two."""

from __future__ import annotations

import argparse
import io
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rlpipeline import __version__, french_argparse
from rlpipeline import arguments as words
from rlpipeline.errors import RlpipelineError
from rlpipeline.execution.unchanged import Asked, standing
from rlpipeline.journal import EventJournal, Journal

if TYPE_CHECKING:
    from rlpipeline.build import BuildResult
    from rlpipeline.execution.plan import Edition
    from rlpipeline.execution.runner import Running
    from rlpipeline.execution.unchanged import State
    from rlpipeline.making import BuildRequest

EDITIONS: tuple[Edition, ...] = ("interne", "diffusion")
DEFAULT_SOURCE = "data/exemple"
DEFAULT_PARAMS = Path("params")
DEFAULT_OUT = Path("outputs")
DEFAULT_NOTEBOOKS = Path("notebooks")
BOTH = "chiffres exacts, ou protégés (les deux)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see the README's table)."""
    signal.signal(signal.SIGTERM, _end_in_order)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without accents is no reason to fail once all is done
    journal, code = Journal(command=_invocation()), 1
    try:
        options = _parser().parse_args(arguments)
        if getattr(options, "log_json", False):
            journal = EventJournal(options.parser.prog.split()[-1], __version__)
        options.journal = journal
        command: Callable[[argparse.Namespace], int] = options.run
        code = command(options)
    except RlpipelineError as error:
        journal.error(error)
        code = error.exit_code
    except KeyboardInterrupt:
        journal.interrupted()
        code = 130
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else 1
        raise
    finally:
        journal.end(code)
    return code


def _end_in_order(signum: int, _frame: object) -> NoReturn:
    """Leave through every ``finally`` when asked to end, so that no record is left behind in a working folder."""
    raise SystemExit(128 + signum)


def check(options: argparse.Namespace) -> int:
    """List every finding of the records at once; exit code 3 when one is an error."""
    from rlpipeline import records
    from rlpipeline.params import load_service

    findings = records.check(options.source, load_service(options.params))
    render = records.render_json if options.json else records.render_text
    sys.stdout.write(render(findings).rstrip("\n") + "\n")
    if options.excel is not None:
        from rlpipeline.marked.copy import write_marked_copy

        copy = write_marked_copy(options.source, findings, options.excel)
        (sys.stderr if options.json else sys.stdout).write(f"{copy.told}\n")
    return 3 if any(finding.gravite == "erreur" for finding in findings) else 0


def build(options: argparse.Namespace) -> int:
    """Make the annual report, the portraits and their data, one year after the other."""
    journal: Journal = options.journal
    states = None if options.force else standing(_asked(options))
    if states is not None:
        return _nothing_to_do(options, states)
    _warm_up(options)
    from rlpipeline.build import build_years
    from rlpipeline.journal import told_in_one_line

    journal.words = "rien n'est publié"
    done: list[BuildResult] = []
    for result in build_years(_request(options), tuple(options.year)):
        sys.stdout.write(f"{result.summary()}\n")
        done.append(result)
        journal.words = told_in_one_line(done)
        for finding in result.findings:
            journal.finding(finding)
    return 0


def _warm_up(options: argparse.Namespace) -> None:
    """Have the libraries of the kernels loaded while ours are, where chapters will certainly run."""
    from rlpipeline.execution.kernels.parent import warm_up

    if options.cluster is None and "://" not in options.source:
        warm_up()


def _nothing_to_do(options: argparse.Namespace, states: Sequence[State]) -> int:
    """Say again what was said when it was made."""
    journal: Journal = options.journal
    journal.stream.write(states[0].warnings)
    for state in states:
        sys.stdout.write(f"{state.summary(options.out)}\n")
        for finding in state.findings:
            journal.finding(finding)
    journal.words = "rien n'a changé depuis la dernière construction"
    return 0


def why(options: argparse.Namespace) -> int:
    """Say of every chapter whether it stands, and what changed where it does not."""
    options.jobs, options.force, options.cluster, options.sans_pdf = None, False, None, False
    states = standing(_asked(options))
    from rlpipeline import why as explaining

    verdicts = (
        explaining.of_states(states)
        if states is not None
        else tuple(explaining.why_years(_request(options), tuple(options.year)))
    )
    render = explaining.render_json if options.json else explaining.render_text
    sys.stdout.write(render(verdicts) + "\n")
    return 0


def _asked(options: argparse.Namespace) -> Asked:
    editions = (options.edition,) if options.edition else EDITIONS
    years, communes = tuple(options.year), tuple(options.commune)
    places = (options.source, options.params, options.out, options.notebooks)
    return Asked(*places, years, communes, editions, not options.sans_pdf)


def _request(options: argparse.Namespace) -> BuildRequest:
    from rlpipeline.making import BuildRequest

    return BuildRequest(
        source=options.source,
        params=options.params,
        out=options.out,
        notebooks=options.notebooks,
        communes=tuple(options.commune),
        editions=(options.edition,) if options.edition else EDITIONS,
        jobs=options.jobs,
        force=options.force,
        running=_running(options.cluster),
        stream=options.journal.stream,
        pdf=not options.sans_pdf,
    )


def watch(options: argparse.Namespace) -> int:
    """Make the report again at each save and show it in a browser; Ctrl-C is how it is meant to end, hence 0."""
    from rlpipeline.watching.rebuilding import watch_report

    try:
        watch_report(_request(options), tuple(options.year), options.port)
    except KeyboardInterrupt:
        sys.stderr.write("Aperçu arrêté.\n")
    return 0


def _running(cluster: str | None) -> Running:
    from rlpipeline.execution.runner import Running

    if cluster is None:
        return Running()
    from rlpipeline.execution.cluster import executor_on

    return Running(executor=executor_on(cluster))


def audit(options: argparse.Namespace) -> int:
    """Check what is published, or a report printed by others; exit code 3 when something is certainly wrong."""
    if options.printed is not None:
        return _audit_printed(options)
    from rlpipeline.audit import telling
    from rlpipeline.audit.folders import published_years
    from rlpipeline.reconciliation import audit_year

    audits = [audit_year(options.out, year, options.params) for year in options.year or published_years(options.out)]
    render = telling.render_json if options.json else telling.render_text
    sys.stdout.write(render(audits).rstrip("\n") + "\n")
    for finding in (finding for one in audits for finding in one.findings):
        options.journal.finding(finding)
    return 3 if any(one.blocking for one in audits) else 0


def _audit_printed(options: argparse.Namespace) -> int:
    from rlpipeline.audit import printed

    findings = printed.audit_printed(options.printed)
    render = printed.render_json if options.json else printed.render_text
    sys.stdout.write(render(findings).rstrip("\n") + "\n")
    return 3 if any(finding.certitude == "certain" for finding in findings) else 0


def diff(options: argparse.Namespace) -> int:
    """Compare two publications figure by figure."""
    from rlpipeline.audit.diff import compare, render_json, render_text, resolve

    comparison = compare(*(resolve(word, options.out) for word in (options.a, options.b)))
    render = render_json if options.json else render_text
    sys.stdout.write(render(comparison).rstrip("\n") + "\n")
    return 0


def share(options: argparse.Namespace) -> int:
    """Pack what may be given to anyone once it was attacked, or seal a copy of the exact figures for one reader."""
    if (options.edition == "interne") != (options.pour is not None):
        options.parser.error("--edition interne va avec --pour NOM : les chiffres exacts ne vont qu'à un lecteur nommé")
    if options.pour is not None:
        from rlpipeline.sealed_copy import hand_over

        copy = hand_over(options.out, options.params, options.pour, _hidden, options.year)
        sys.stdout.write(f"{copy.summary()}\n")
        return 0
    from rlpipeline.sharing import share as pack

    shared = pack(options.out, options.params, options.year)
    sys.stdout.write(f"{shared.summary()}\n")
    options.journal.words = f"partage prêt, {shared.protected} chiffres protégés, aucun retrouvé"
    return 0


def _hidden(question: str) -> str:
    """Ask for a password at the terminal; where typing would show, nobody is asked."""
    import getpass
    import warnings

    from rlpipeline.errors import UsageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(question)
    except (getpass.GetPassWarning, EOFError) as error:
        raise UsageError("Le mot de passe se tape dans un terminal.", todo="lancer la commande à la main") from error


def demo(options: argparse.Namespace) -> int:
    """Write fictitious records and their settings."""
    from rlpipeline.demo import write_demo

    write_demo(options.out, options.communes, tuple(options.years), options.seed)
    sys.stdout.write(f"Données fictives : {options.out / 'source'} ; paramètres : {options.out / 'params'}\n")
    return 0


def new(options: argparse.Namespace) -> int:
    """Write a new service's folder; its name and communes are asked for in a terminal where they are not given."""
    from rlpipeline.entry import telling
    from rlpipeline.entry.folder import service_of, write_new_service
    from rlpipeline.execution.clock import now

    at_a_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    name, communes = telling.asked(options.nom, options.commune, _answer if at_a_terminal else None)
    year = options.year or telling.year_of(now().date())
    made = write_new_service(options.dir, service_of(name, options.departement, communes), year)
    sys.stdout.write(f"{telling.told(made, _invocation())}\n")
    return 0


def export_source(options: argparse.Namespace) -> int:
    """Turn a source into another kind, read back before it takes its place."""
    from rlpipeline.conversion.export import export_source as export
    from rlpipeline.params import load_service

    exported = export(options.source, options.to, load_service(options.params), options.force)
    sys.stdout.write(f"{exported.told(options.to)}\n")
    return 0


def _answer(question: str) -> str:
    try:
        return input(question)
    except EOFError:
        return ""


def _invocation() -> str:
    """How this command line was called, to name the next command as it is typed."""
    by_start = Path(sys.argv[0]).name == "cli.py"
    return f"{'py' if sys.platform == 'win32' else 'python3'} start.py run" if by_start else "rlpipeline"


def _parser() -> argparse.ArgumentParser:
    parser = french_argparse.Parser(
        prog=_invocation(),
        description="Le rapport d'activité annuel d'un service de prévention spécialisée, calculé depuis ses données.",
    )
    parser.add_argument("--version", action="version", version=__version__, help="affiche la version")
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")
    _add_check(commands)
    _add_build(commands)
    _add_watch(commands)
    _add_why(commands)
    _add_audit(commands)
    _add_diff(commands)
    _add_share(commands)
    _add_new(commands)
    _add_export_source(commands)
    _add_demo(commands)
    return parser


def _add_check(commands: french_argparse.Commands) -> None:
    parser = commands.add_parser("check", help="vérifie les données et liste tous les constats")
    parser.description = "Vérifie les données et liste tous les constats d'un coup, sans rien modifier."
    _add_inputs(parser)
    _add_json(parser)
    parser.add_argument(
        "--excel", type=Path, metavar="COPIE", help="écrit une copie .xlsx où les cellules fautives sont coloriées"
    )
    parser.set_defaults(run=check, parser=parser)


def _add_build(commands: french_argparse.Commands) -> None:
    parser = commands.add_parser("build", help="calcule et publie le rapport et les portraits")
    parser.description = "Calcule le rapport annuel, un portrait par commune, et leurs données, depuis la source."
    _add_making(parser)
    parser.add_argument("--sans-pdf", action="store_true", help="ne met pas les pages en PDF (plus rapide)")
    _add_log(parser)
    parser.set_defaults(run=build, parser=parser)


def _add_why(commands: french_argparse.Commands) -> None:
    parser = commands.add_parser("why", help="dit ce qu'une construction referait, et pourquoi")
    parser.description = (
        "Dit, chapitre par chapitre, s'il tient ou s'il serait refait, et alors ce qui a changé : une table, un texte, "
        "un paramètre, un notebook, un module, une version. Rien n'est construit."
    )
    _add_scope(parser)
    _add_json(parser)
    parser.set_defaults(run=why, parser=parser)


def _add_watch(commands: french_argparse.Commands) -> None:
    parser = commands.add_parser("watch", help="refait le rapport à chaque enregistrement et le montre")
    parser.description = (
        "Refait ce qui a changé à chaque enregistrement d'une donnée, d'un texte, d'un réglage ou d'un chapitre, "
        "et montre le rapport dans un navigateur de cet ordinateur. Ctrl-C l'arrête."
    )
    _add_making(parser, "l'édition montrée : chiffres exacts, ou protégés (interne)")
    parser.add_argument("--port", type=words.port, default=None, metavar="N", help="port de l'aperçu (un port libre)")
    # Both editions, or the PDF, at each save would make her wait.
    parser.set_defaults(run=watch, parser=parser, edition="interne", sans_pdf=True)


def _add_making(parser: argparse.ArgumentParser, edition: str = BOTH) -> None:
    _add_scope(parser, edition)
    parser.add_argument(
        "--jobs", type=words.positive, default=None, metavar="N", help="chapitres menés de front (deux par processeur)"
    )
    parser.add_argument(
        "--cluster", metavar="ADRESSE", help="calcule sur une grappe dask : tls://machine:8786 (cette machine)"
    )
    parser.add_argument("--force", action="store_true", help="refait tout, même ce qui n'a pas changé")


def _add_scope(parser: argparse.ArgumentParser, edition: str = BOTH) -> None:
    """What is built: inputs, where it goes, which years, communes and editions."""
    _add_inputs(parser)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, metavar="DOSSIER", help="où publier (%(default)s)")
    parser.add_argument(
        "--notebooks", type=Path, default=DEFAULT_NOTEBOOKS, metavar="DOSSIER", help="les chapitres (%(default)s)"
    )
    _add_years(parser, "une ou plusieurs années (la dernière)")
    parser.add_argument(
        "--commune",
        type=words.insee_code,
        nargs="+",
        action="extend",
        default=[],
        metavar="CODE",
        help="limite les portraits à ces communes",
    )
    parser.add_argument(
        "--edition",
        choices=["interne", "diffusion"],
        help=edition,
    )


def _add_audit(commands: french_argparse.Commands) -> None:
    parser = commands.add_parser("audit", help="cherche les chiffres faux d'une publication ou d'un rapport imprimé")
    parser.description = (
        "Revérifie ce qui est publié ; avec --printed, cherche ce qui ne va pas dans un rapport imprimé ailleurs, "
        "transcrit en tableaux CSV et en textes Markdown."
    )
    parser.add_argument("--printed", type=Path, metavar="DOSSIER", help="un rapport imprimé, transcrit")
    _add_published(parser)
    _add_params(parser)
    _add_years(parser, "une ou plusieurs années (toutes celles qui sont publiées)")
    _add_json(parser)
    _add_log(parser)
    parser.set_defaults(run=audit, parser=parser)


def _add_diff(commands: french_argparse.Commands) -> None:
    parser = commands.add_parser("diff", help="compare deux publications, chiffre par chiffre")
    parser.description = "Compare deux années, ou deux calculs d'une même année : chiffres changés, nouveaux, disparus."
    for name, help in (("a", "la première publication"), ("b", "la seconde")):
        parser.add_argument(name, metavar=name.upper(), help=f"{help} : une année publiée ou un dossier")
    _add_published(parser)
    _add_json(parser)
    parser.set_defaults(run=diff, parser=parser)


def _add_share(commands: french_argparse.Commands) -> None:
    parser = commands.add_parser("share", help="prépare ce qui peut être diffusé, ou un exemplaire scellé")
    parser.description = (
        "Prépare le dossier et le zip à diffuser, après avoir cherché à y retrouver un jeune ; avec --edition interne "
        "--pour NOM, scelle par un mot de passe un exemplaire des chiffres exacts."
    )
    _add_published(parser)
    _add_params(parser)
    _add_years(parser, "une ou plusieurs années (toutes celles qui sont faites)")
    parser.add_argument(
        "--edition", choices=["diffusion", "interne"], default="diffusion", help="ce qui est remis (%(default)s)"
    )
    parser.add_argument("--pour", metavar="NOM", help="à qui l'exemplaire interne est remis")
    _add_log(parser)
    parser.set_defaults(run=share, parser=parser)


def _add_new(commands: french_argparse.Commands) -> None:
    parser = commands.add_parser("new", help="crée le dossier d'un service, prêt à remplir")
    parser.description = (
        "Crée le dossier d'un nouveau service : ses paramètres expliqués, les textes à rédiger avec leurs consignes, "
        "et saisie.xlsx, le classeur où ses données se saisissent. Un dossier qui n'est pas vide est laissé tel quel."
    )
    parser.add_argument("dir", type=Path, metavar="DOSSIER", help="le dossier à créer")
    parser.add_argument("--nom", default=None, help="nom du service, tel qu'il s'imprime")
    parser.add_argument("--departement", type=words.departement, default=None, metavar="NUMÉRO", help="par exemple 62")
    parser.add_argument(
        "--commune",
        nargs="+",
        action="extend",
        default=[],
        metavar="COMMUNE",
        help="ses communes : codes INSEE ou noms",
    )
    parser.add_argument("--year", type=words.year, default=None, metavar="ANNÉE", help="année du premier rapport")
    parser.set_defaults(run=new, parser=parser)


def _add_export_source(commands: french_argparse.Commands) -> None:
    parser = commands.add_parser("export-source", help="change une source en une autre : classeur, dossier, base")
    parser.description = (
        "Écrit les données d'une source dans une autre, de toute sorte : classeur de saisie .xlsx, classeur .ods, "
        "dossier de CSV, fichier .sqlite, base PostgreSQL. Ce qui est écrit est relu et comparé."
    )
    _add_inputs(parser)
    parser.add_argument("--to", required=True, metavar="DESTINATION", help="ce qu'il faut écrire")
    parser.add_argument("--force", action="store_true", help="remplace la destination si elle existe")
    parser.set_defaults(run=export_source, parser=parser)


def _add_demo(commands: french_argparse.Commands) -> None:
    parser = commands.add_parser("demo", help="écrit des données fictives et leurs paramètres")
    parser.description = (
        "Écrit des données fictives et leurs paramètres ; sans --communes, celles qui reconstituent le rapport de 2023."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DOSSIER", help="où écrire source/ et params/")
    parser.add_argument(
        "--communes", type=words.positive, default=None, metavar="N", help="nombre de communes inventées"
    )
    parser.add_argument(
        "--years",
        type=words.year,
        nargs="+",
        default=[2021, 2022, 2023],
        metavar="ANNÉE",
        help="années (2021 2022 2023)",
    )
    parser.add_argument("--seed", type=int, default=2023, metavar="S", help="graine du tirage (%(default)s)")
    parser.set_defaults(run=demo, parser=parser)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source", default=DEFAULT_SOURCE, metavar="SOURCE", help="dossier, classeur ou base de données (%(default)s)"
    )
    _add_params(parser)


def _add_params(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--params", type=Path, default=DEFAULT_PARAMS, metavar="DOSSIER", help="les paramètres (%(default)s)"
    )


def _add_published(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_OUT, metavar="DOSSIER", help="où c'est publié (%(default)s)"
    )


def _add_years(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument("--year", type=words.year, nargs="+", action="extend", default=[], metavar="ANNÉE", help=help)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="liste lisible par un programme")


def _add_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log-json", action="store_true", help="journal pour un programme : une ligne JSON par fait")


if __name__ == "__main__":
    sys.exit(main())
