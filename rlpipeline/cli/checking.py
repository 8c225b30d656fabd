"""Checking: the records (``check``), what is published or printed (``audit``), two publications (``diff``)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.cli.arguments import JSON, LOG, OUT, PARAMS, SOURCE, command, option, years
from rlpipeline.errors import UsageError

WRONG = 3
"""Exit code of ``audit`` where something is certainly wrong."""


@command(
    "check",
    "vérifie les données et liste tous les constats",
    "Vérifie les données, et les notebooks du service sans les lancer ; liste tous les constats d'un coup, sans rien "
    "modifier.",
    SOURCE,
    PARAMS,
    JSON,
    option(
        "--excel",
        type=Path,
        metavar="CLASSEUR",
        help="écrit aussi les constats dans un classeur, liés aux cellules de la source",
    ),
    notebooks=None,
)
def check(options: argparse.Namespace) -> int:
    """List every finding at once; exit code 3 when the records have an error, else 1 when a notebook has."""
    from rlpipeline.records.findings import render_json, render_text
    from rlpipeline.records.store import load, read_expected
    from rlpipeline.settings.models import load_service

    expected = read_expected(options.params).or_today()
    read, findings = load(options.source, load_service(options.params), expected)
    empty = all(frame.empty for frame in read.frames.values())
    notebooks = _seen_of_notebooks(options.params, options.notebooks)
    beside = list[str]()
    if options.excel is not None:
        from rlpipeline.spreadsheets.findings_workbook import write_findings

        beside.append(write_findings(options.source, findings, options.excel))
    beside += notebooks.notes
    if options.json:
        text = render_json(findings, notebooks.findings)
    else:
        text = render_text(findings, empty, notebooks.block, len(notebooks.findings))
    sys.stdout.write(f"{text.rstrip()}\n")
    (sys.stderr if options.json else sys.stdout).writelines(f"{line}\n" for line in beside)
    if any(finding.is_error for finding in findings):
        return 3
    return 1 if notebooks.findings else 0


@dataclass(frozen=True)
class _SeenOfNotebooks:
    """What is wrong with the service's notebooks, as JSON and as text, and what is only noted of them."""

    findings: Sequence[Mapping[str, object]] = ()
    block: str = ""
    notes: Sequence[str] = ()


def _seen_of_notebooks(params: Path, notebooks: Path) -> _SeenOfNotebooks:
    """Look at the notebooks of a service; nothing, and nothing loaded, where it has none."""
    if not any(notebooks.glob("*.ipynb")):
        return _SeenOfNotebooks()
    from rlpipeline.pipeline.notebooks_ahead import as_findings, in_words, look_at_notebooks

    seen = look_at_notebooks(params, notebooks)
    return _SeenOfNotebooks(as_findings(seen.faults), in_words(seen.faults), seen.notes)


@command(
    "audit",
    "cherche les chiffres faux d'une publication ou d'un rapport imprimé",
    "Revérifie ce qui est publié ; avec --printed, cherche ce qui ne va pas dans un rapport imprimé ailleurs, "
    "transcrit en tableaux CSV et en textes Markdown.",
    option("--printed", type=Path, metavar="DOSSIER", help="un rapport imprimé, transcrit"),
    OUT,
    PARAMS,
    years("une ou plusieurs années (toutes celles qui sont publiées)"),
    JSON,
    LOG,
)
def audit(options: argparse.Namespace) -> int:
    """Check what is published, or a report printed by others; exit code 3 when something is certainly wrong."""
    if options.printed is not None:
        return _audit_printed(options.printed, as_json=options.json)
    from rlpipeline.checks.audit import render_json, render_text
    from rlpipeline.checks.published import published_years
    from rlpipeline.pipeline.reconciliation import audit_year

    audits = [
        audit_year(options.out, year, options.params)
        for year in options.year or published_years(options.out)
    ]
    render = render_json if options.json else render_text
    sys.stdout.write(render(audits).rstrip("\n") + "\n")
    for of_year in audits:
        for finding in of_year.findings:
            options.journal.finding(finding)
    return WRONG if any(of_year.blocking for of_year in audits) else 0


def _audit_printed(report: Path, *, as_json: bool) -> int:
    """Check a report printed by others; exit code as :func:`audit`."""
    from rlpipeline.checks import printed

    findings = printed.audit_printed(report)
    text = printed.render_json(findings) if as_json else printed.render_text(findings)
    sys.stdout.write(text.rstrip("\n") + "\n")
    return WRONG if any(finding.certitude == "certain" for finding in findings) else 0


@command(
    "classes",
    "propose les classes plus larges de l'édition à diffuser",
    "Propose, d'après les données, les classes à réunir dans l'édition à diffuser pour y lire le plus de chiffres "
    "exacts. Rien n'est écrit : le service choisit, et recopie.",
    SOURCE,
    PARAMS,
    years("une ou plusieurs années (toutes celles des données)"),
)
def classes(options: argparse.Namespace) -> int:
    """Propose wider classes of the edition to share."""
    from rlpipeline.figures import SERVICE, Scope
    from rlpipeline.figures.notebook import counts_of
    from rlpipeline.our_notebooks import OURS
    from rlpipeline.protection import class_proposal
    from rlpipeline.records import frames
    from rlpipeline.records.store import open_records
    from rlpipeline.settings.models import load_service

    service = load_service(options.params)
    records = open_records(options.source, service)
    dated = frames.years(records)
    asked = sorted(set(options.year) or dated)
    if absent := [str(year) for year in asked if year not in dated]:
        raise UsageError(
            f"Aucune donnée pour {', '.join(absent)}.", where=options.source, todo="corriger --year"
        )
    # What is shared is what the package counts.
    source = counts_of(records, service, tuple(asked), OURS)
    persons = [id for id, table in source.declared.tables.items() if table.persons]
    counted = []
    for scope in (Scope(year, SERVICE, service) for year in asked):
        opened = (id for id in persons if source.opened(id, scope))
        counted.append({(id, SERVICE): source.figures(id, scope) for id in opened})
    proposals = class_proposal.propose(counted, service.diffusion, service, source.declared)
    sys.stdout.write(f"{class_proposal.in_words(proposals, asked, service)}\n")
    return 0


@command(
    "diff",
    "compare deux publications, chiffre par chiffre",
    "Compare deux années, ou deux calculs d'une même année : chiffres changés, nouveaux, disparus.",
    option("a", metavar="A", help="la première publication : une année publiée ou un dossier"),
    option("b", metavar="B", help="la seconde : une année publiée ou un dossier"),
    OUT,
    JSON,
)
def diff(options: argparse.Namespace) -> int:
    """Compare two publications figure by figure."""
    from rlpipeline.checks.diff import compare, render_json, render_text, resolve

    comparison = compare(*(resolve(word, options.out) for word in (options.a, options.b)))
    render = render_json if options.json else render_text
    sys.stdout.write(render(comparison).rstrip("\n") + "\n")
    return 0
