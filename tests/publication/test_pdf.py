"""The pages on paper: what a small document becomes, and what is done where it cannot be printed."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from rlpipeline.execution.memory import Memory
from rlpipeline.processes import Server, Workers
from rlpipeline.publication import printing
from rlpipeline.publication.exporter import ExecutedChapter, document_of
from rlpipeline.publication.page import Cover
from rlpipeline.publication.pdf import pdf_of
from rlpipeline.publication.printing import (
    PAGE,
    POSTER,
    PrintedPage,
    Printing,
    PrintingError,
    asked_of,
    pdf_in,
    printed,
    sheets_of,
)
from tests.conftest import FORKED
from tests.publication.factory import figure, html, markdown, write
from tests.publication.paper import contents, faults, headings, sheets, tags
from tests.publications import contents_of, traces, words_of
from tests.test_build import build, request_in
from tests.waiting import eventually

TITLE = "Rapport d’activité 2023"
LINES = 70
LONG = (
    '<table class="rl-table" data-tableau="ages"><caption>Longue liste</caption><thead><tr><td></td>'
    '<th scope="col">En-tête répétée</th></tr></thead><tbody>'
    + "".join(
        f'<tr><th scope="row">Ligne {n} début</th><td>{n}<span class="rl-detail">Ligne {n} fin</span></td></tr>'
        for n in range(LINES)
    )
    + "</tbody></table>"
)
TIGHT = "Accompagnements commencés et terminés dans l’année, par sexe et âge – Courrières"
CARD = '<div class="rl-fiche" data-fiche="ages"><dl><dt>Longue liste</dt><dd>Jeunes comptés.</dd></dl></div>'
FILLING = "\n\n".join(
    f"Paragraphe {n}. " + "Des mots qui remplissent une page. " * 12 for n in range(6)
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("papier")
    chapters = [
        write(
            place / "01_a.ipynb",
            markdown("# Édito"),
            markdown(FILLING),
            markdown("## Chiffres\n\nMot."),
            figure(),
        ),
        write(
            place / "02_b.ipynb",
            markdown("# Activité"),
            markdown(f"{FILLING}\n\n## Liste"),
            html(LONG),
            html(CARD),
        ),
        write(
            place / "03_c.ipynb",
            markdown(f"# Suite\n\n{FILLING}\n\n## Fin et œuvres\n\nVoir [la liste](#fiche-ages)."),
        ),
    ]
    return document_of(
        [*map(ExecutedChapter, chapters)], Cover("Service d'essai", None, 2023, statut="brouillon")
    )


@pytest.fixture(scope="module")
def presses() -> Iterator[Workers]:
    with printing.presses(1) as presses:
        yield presses


@pytest.fixture(scope="module")
def pdf(page: str, presses: Workers, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The page, printed twice at once, the second time by somebody else elsewhere."""
    elsewhere = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "4242",
        "USER": "claudine-ourson",
    }
    made = asked_of(presses, PrintedPage(page))
    with pytest.MonkeyPatch.context() as patch, printing.presses(1) as others:
        patch.setattr(Server, "_running", {})
        for name, value in (
            elsewhere | {"HOME": str(tmp_path_factory.mktemp("claudine-ourson"))}
        ).items():
            patch.setenv(name, value)
        again = pdf_in(asked_of(others, PrintedPage(page)))
    assert pdf_in(made) == again
    return again


def test_it_says_what_it_is_and_not_who_made_it(pdf: bytes) -> None:
    with pikepdf.open(BytesIO(pdf)) as document:
        assert dict(document.docinfo) == {"/Title": f"{TITLE} – Service d’essai"}
        assert document.Root.Lang == "fr"
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        assert document.open_metadata()["pdfuaid:part"] == "1"
        assert document.open_metadata()["dc:title"] == f"{TITLE} – Service d’essai"
    assert not traces(
        contents_of({"rapport.pdf": pdf}),
        ["claudine-ourson", "WeasyPrint", "pydyf", str(Path.cwd()), sys.prefix],
    )
    assert not re.search(rb"D:20\d\d", pdf)


def test_the_contents_give_the_true_pages(pdf: bytes) -> None:
    entries = contents(pdf)
    assert [title for title, _ in entries] == [
        "Édito",
        "Chiffres",
        "Activité",
        "Liste",
        "Suite",
        "Fin et œuvres",
    ]
    places = headings(pdf)
    pages = sheets(pdf)
    for title, number in entries:
        assert number == places[title]
        assert re.search(
            rf"(?:^|\s{{2,}})\s*(?:[IVX]+|\d\.)\s+{title}\s*$", pages[number - 1], re.MULTILINE
        )
    assert len({number for _, number in entries}) > 2


def test_a_long_table_repeats_its_head_and_cuts_no_line(pdf: bytes) -> None:
    pages = [sheet for sheet in sheets(pdf) if re.search(r"Ligne \d+ début", sheet)]
    assert len(pages) > 1
    assert all("En-tête répétée" in sheet for sheet in pages)
    for n in range(LINES):
        (sheet,) = (sheet for sheet in pages if f"Ligne {n} début" in sheet)
        assert f"Ligne {n} fin" in sheet


def test_definitions_are_printed(pdf: bytes) -> None:
    assert "Jeunes comptés" in words_of(pdf)


def test_no_heading_ends_a_page(pdf: bytes) -> None:
    for sheet in (one for one in sheets(pdf) if "Sommaire" not in one):
        lines = [line.strip() for line in sheet.splitlines() if line.strip()]
        assert not re.match(r"(?:[IVX]+|\d+\.)\s+\S", lines[-2]), lines[-3:]


def test_tables_figures_and_links_are_tagged(pdf: bytes) -> None:
    with pikepdf.open(BytesIO(pdf)) as document:
        assert {str(header.A.Scope) for header in tags(document, "/TH")} == {"/Column", "/Row"}
        assert [str(one.Alt) for one in tags(document, "/Figure")] == [
            "Les 15 à 18 ans sont les plus nombreux."
        ]
        inside = [
            kid
            for link in tags(document, "/Link")
            for kid in link.K
            if isinstance(kid, pikepdf.Dictionary)
        ]
        said = [str(kid.Obj.Contents) for kid in inside if "/Obj" in kid]
    assert "Aller à : Longue liste" in said
    # a link of the text; those to definitions are the screen's
    assert len(said) == len(contents(pdf)) + 1


@pytest.fixture(scope="module")
def tight(presses: Workers, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A page of narrow tables and of names that fall at the end of lines."""
    names = " ".join("y" * (n % 7 + 1) + " Courrières et Montigny" for n in range(80))
    table = (
        f'<table class="rl-table"><caption>{TIGHT}</caption><thead><tr><td></td><th scope="col" class="num">Heures</th>'
        '<th scope="col" class="num rl-avant">2022</th></tr></thead><tbody><tr><th scope="row">Rue</th><td class="num">'
        '1\u202f586,5</td><td class="num rl-avant">1\u202f610,5</td></tr></tbody></table>'
    )
    screen = (
        '<p class="rl-ecran">Toucher le chiffre.</p><details class="rl-plie"><summary>Lire le texte</summary>'
        '<div class="rl-text" data-texte="missions"><div class="rl-table-wrap">'
        '<table class="rl-table"><thead><tr><th scope="col">Poste</th><th scope="col">Missions</th></tr></thead><tbody>'
        f"<tr><td>Directeur</td><td>{'direction générale ' * 12}</td></tr></tbody></table></div></div></details>"
    )
    chapter = write(
        tmp_path_factory.mktemp("serre") / "01_a.ipynb",
        markdown(f"# Édito\n\n{names}"),
        html(table),
        html(screen),
    )
    page = document_of([ExecutedChapter(chapter)], Cover("Service d'essai", None, 2023))
    return pdf_in(asked_of(presses, PrintedPage(page)))


def test_no_word_is_cut(tight: bytes) -> None:
    words = "\n".join(sheets(tight))
    assert words.count("Courrières") == 81
    assert words.count("Montigny") == 80
    assert " ".join(words.split()).count(TIGHT) == 1


def test_paper_does_not_say_how_to_use_a_screen(tight: bytes) -> None:
    assert not {"Toucher", "Lire"} & {*words_of(tight).split()}


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "memoire", {})


class FakePresses(Workers):
    """Print in no time, and note what they printed."""

    def __init__(self) -> None:
        self.pages: list[Any] = []

    def submit(self, function: Any, thing: Any) -> Future[Any]:
        self.pages.append(thing.html)
        asked: Future[bytes] = Future()
        asked.set_result(f"%PDF {thing.html}".encode())
        return asked


def test_a_page_that_did_not_change_is_not_printed_again(
    tmp_path: Path, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    presses = FakePresses()

    def printed_page(text: str) -> bytes:
        (tmp_path / "rapport.html").write_text(text, encoding="utf-8")
        with Printing(tmp_path, memory, presses) as prints:
            prints.add(Path("rapport.html"))
            assert prints.wait() == (Path("rapport.pdf"),)
        return (tmp_path / "rapport.pdf").read_bytes()

    assert printed_page("Mot.") == printed_page("Mot.") == b"%PDF Mot."
    assert presses.pages == ["Mot."]
    assert printed_page("Mots.") == b"%PDF Mots."
    monkeypatch.setattr(
        printing, "identity", lambda sheet: f"autre {sheet.html}"
    )  # printed with something else
    printed_page("Mots.")
    assert presses.pages == ["Mot.", "Mots.", "Mots."]


def without_pango(place: Path, patch: pytest.MonkeyPatch) -> None:
    """Make WeasyPrint find no library, as it says it on a bare machine."""
    (place / "weasyprint").mkdir()
    told = (
        "print('WeasyPrint could not import some external libraries.')\n"
        "raise OSError('cannot load libpango-1.0-0')\n"
    )
    (place / "weasyprint" / "__init__.py").write_text(told, encoding="utf-8")
    patch.setenv("PYTHONPATH", str(place))
    patch.setattr(Server, "_running", {})


def test_without_the_libraries_the_pages_are_made_and_one_line_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nue").mkdir()
    without_pango(tmp_path / "nue", monkeypatch)
    stream = StringIO()
    result = build(replace(request_in(tmp_path), pdf=True, stream=stream))
    assert Path("rapport.html") in result.files
    assert not list(result.directory.rglob("*.pdf"))
    stage, line = (line for line in stream.getvalue().splitlines() if "PDF" in line)
    assert stage.endswith(" : impression en PDF") and "Pango" in line and "apt install" in line
    assert not [
        name
        for name in json.loads((result.directory / "manifest.json").read_text())["fichiers"]
        if "pdf" in name
    ]


def test_a_page_that_cannot_be_laid_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = "def fail(*_, **__):\n    raise RuntimeError('une donnée')\n\n"
    fake += "import lxml.html\nlxml.html.document_fromstring = fail\n"
    (tmp_path / "sitecustomize.py").write_text(fake, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(Server, "_running", {})
    with pytest.raises(PrintingError, match="RuntimeError") as told:
        printed({"a": PrintedPage("<p>a</p>")})
    assert "une donnée" not in str(told.value)


def test_a_printer_that_is_ended_from_outside_twice_begins_anew_for_the_next() -> None:
    with printing.presses(1) as presses:
        asked, ended = asked_of(presses, PrintedPage("<p>mots</p>" * 100_000)), set[int]()
        for _ in range(2):
            (pid,) = eventually(lambda: printers(presses) - ended)
            ended.add(pid)
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(PrintingError):
            pdf_in(asked)
        assert pdf_in(asked_of(presses, PrintedPage("<p>mots</p>"))).startswith(b"%PDF")


@FORKED
def test_the_server_that_forks_printers_has_one_thread(presses: Workers) -> None:
    assert pdf_in(asked_of(presses, PrintedPage("<p>mots</p>"))).startswith(b"%PDF")
    server = presses.submit(eval, "__import__('os').getppid()").result()
    assert [path.name for path in Path(f"/proc/{server}/task").iterdir()] == [str(server)]


def printers(presses: Workers) -> set[int]:
    """The processes that print."""
    return {process.pid for process in presses._begun if process.pid}


# The poster of a portrait, alone on a sheet and before its pages

PORTRAIT = """<!DOCTYPE html>
<html lang="fr"><head><title>Portrait : L&#39;Œuf</title></head>
<body><aside class="mention" aria-label="Édition">À diffuser</aside><main><h1>Portrait : L'Œuf</h1>
<details class="rl-affiche"><summary>L’affiche</summary><section class="rl-affiche-feuille">
<p class="rl-affiche-titre">L'Œuf</p><ul class="rl-affiche-nombres"><li><p class="rl-affiche-nombre">17</p></li></ul>
<p class="rl-affiche-mention rl-papier">Brouillon</p></section></details><p>La suite du portrait.</p></main></body>
</html>
"""


def texts(pdf: bytes) -> list[str]:
    return [
        " ".join(sorted(sheet.extract_text().split())) for sheet in PdfReader(BytesIO(pdf)).pages
    ]


def test_the_poster_alone_is_one_sheet_with_its_name_and_its_mark() -> None:
    pdf = pdf_of(PORTRAIT, "x", alone=True)
    assert texts(pdf) == ["17 Brouillon L'Œuf"]
    assert faults(pdf) == []
    assert list(headings(pdf)) == ["L'Œuf"]
    assert PdfReader(BytesIO(pdf)).metadata.title == "Affiche\u00a0: L'Œuf"  # type: ignore[union-attr]


def test_a_portrait_begins_with_its_poster_which_comes_once() -> None:
    first, second = texts(pdf_of(PORTRAIT, "x"))
    assert "17" in first and "Brouillon" in first
    assert "portrait." in second and "17" not in second


def test_a_poster_is_printed_where_a_page_holds_one() -> None:
    portrait, poster = Path("communes/62215-a.pdf"), Path("communes/62215-affiche.pdf")
    page = portrait.with_suffix(".html")
    kinds = {name: sheet.what for name, sheet in sheets_of(page, PORTRAIT).items()}
    assert kinds == {str(portrait): PAGE, str(poster): POSTER}
    assert [*sheets_of(page, PORTRAIT.replace("rl-affiche", "rl-autre"))] == [str(portrait)]


# What paper leaves to the workbook, and in a portrait to the report

FOLDED = '<details class="rl-tableau"><summary>Tableau</summary><table><tr><td>1</td></tr></table></details>'


@pytest.mark.parametrize(
    ("section", "report", "portrait"),
    [
        ("Mot.", True, True),
        (FOLDED, False, False),
        (f"Mot.\n\n{FOLDED}", True, True),
        ('<p class="rl-vide">Rien en 2023.</p>', True, False),
        ('<div class="rl-text" data-texte="methode"><p>x</p></div>', True, False),
    ],
)
def test_paper_leaves_out_a_heading_that_would_have_nothing_below(
    tmp_path: Path, section: str, report: bool, portrait: bool
) -> None:
    first = write(tmp_path / "01_a.ipynb", markdown("# Avant\n\nx"))
    second = write(tmp_path / "05_a.ipynb", markdown("# Un\n\nx\n\n## Deux"), html(section))
    chapters = [ExecutedChapter(first), ExecutedChapter(second)]
    cover = Cover("Service d'essai", None, 2023)
    of_commune = replace(cover, territoire="Lens")  # whose print has no contents
    for of, is_printed, times in ((cover, report, 2), (of_commune, portrait, 1)):
        pdf = pdf_of(document_of(chapters, of), "x")
        assert words_of(pdf).split().count("Deux") == times * is_printed
