"""Both editions of a small service on paper: what every PDF says, and where it goes.

Slow: every PDF of two editions, which alone shows what the small document of ``test_pdf.py`` does not hold.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import zipfile
from pathlib import Path
from unicodedata import normalize

import pytest
import pyzipper
from bs4 import BeautifulSoup

from rlpipeline.pipeline import share
from rlpipeline.publication.page import IN_PUBLIC, MARKS, css_string
from rlpipeline.publication.printing import PrintedPage
from rlpipeline.publication.printing import printed as print_pages
from rlpipeline.publication.release import mark_of
from tests.made_once import YEAR, Editions
from tests.publication.paper import contents, faults, headings, sheets
from tests.publications import words_of

pytestmark = pytest.mark.slow

NUMBER = re.compile(r"\d+(?:[ .,]\d+)*")
MOST_SHEETS = 5
LEAST_WORDS = 25
POSTER = "-affiche"
OF_POSTERS = IN_PUBLIC
PASSWORD = "un mot de passe long"


def printed(folder: Path) -> dict[str, bytes]:
    found = [
        folder / "rapport.pdf",
        *sorted(path for path in (folder / "communes").glob("*.pdf") if POSTER not in path.name),
    ]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def posters(folder: Path) -> dict[str, bytes]:
    found = sorted((folder / "communes").glob(f"*{POSTER}.pdf"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module", params=["interne", "diffusion"])
def edition(request: pytest.FixtureRequest, editions: Editions) -> tuple[str, Path]:
    return request.param, editions.internal if request.param == "interne" else editions.shared


def test_every_page_of_the_edition_has_its_pdf_and_the_manifest_lists_it(
    edition: tuple[str, Path],
) -> None:
    _, folder = edition
    pages = [folder / "rapport.html", *(folder / "communes").glob("*.html")]
    made = printed(folder)
    assert made.keys() == {
        page.relative_to(folder).with_suffix(".pdf").as_posix() for page in pages
    }
    assert (
        made.keys()
        <= json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["fichiers"].keys()
    )


def test_every_portrait_says_that_the_service_has_hours_of_its_own(
    edition: tuple[str, Path],
) -> None:
    for page in (edition[1] / "communes").glob("*.html"):
        said = page.read_text(encoding="utf-8").count("Les heures saisies sans commune")
        assert said == 3, page.name  # by activity, by time of the day, on line


def test_a_validator_confirms_what_every_pdf_declares(edition: tuple[str, Path]) -> None:
    assert {
        name: found for name, pdf in printed(edition[1]).items() if (found := faults(pdf))
    } == {}


def test_the_contents_of_the_report_give_the_true_pages_and_portraits_have_bookmarks(
    edition: tuple[str, Path],
) -> None:
    for name, pdf in printed(edition[1]).items():
        places = headings(pdf)
        if name != "rapport.pdf":
            assert len(places) > 5, name
            assert "Sommaire" not in " ".join(sheets(pdf)), name
            continue
        entries = contents(pdf)
        page = BeautifulSoup(
            (edition[1] / "rapport.html").read_text(encoding="utf-8"), "html.parser"
        )
        listed = [link.find_all("span")[-1] for link in page.select(".sommaire-large li > a")]
        titles = [normalize("NFKC", " ".join(title.get_text().split())) for title in listed]
        assert [title for title, _ in entries] == [title for title in titles if title in places]
        assert len(entries) > 10
        assert [(title, places.get(title)) for title, _ in entries] == entries


def test_every_page_bears_its_mark_and_number_and_none_is_left_empty(
    edition: tuple[str, Path],
) -> None:
    name, folder = edition
    for file, pdf in printed(folder).items():
        mark = MARKS[name]
        pages = [" ".join(page.split()) for page in sheets(pdf)]
        for number, words in enumerate(pages, start=1):
            is_poster = file.startswith("communes/") and number == 1
            assert normalize("NFKC", OF_POSTERS[name] if is_poster else mark) in words, (
                file,
                number,
            )
            assert is_poster or re.search(rf"\b{number} ?/ ?{len(pages)}$", words), (file, number)
            assert len(words.split()) > LEAST_WORDS, (file, number, words)


def test_each_poster_is_one_sheet_that_the_portrait_begins_with(edition: tuple[str, Path]) -> None:
    name, folder = edition
    portraits = {
        file.partition("-")[0]: pdf
        for file, pdf in printed(folder).items()
        if file != "rapport.pdf"
    }
    assert len(posters(folder)) == len(portraits)
    for file, pdf in posters(folder).items():
        (sheet,) = (" ".join(page.split()) for page in sheets(pdf))
        assert normalize("NFKC", OF_POSTERS[name]) in sheet
        assert faults(pdf) == []
        first = " ".join(sheets(portraits[file.partition("-")[0]])[0].split())
        assert numbers(first) == numbers(sheet)


def test_a_portrait_is_five_sheets_at_most_with_its_poster(edition: tuple[str, Path]) -> None:
    lengths = {
        file: len(sheets(pdf)) for file, pdf in printed(edition[1]).items() if file != "rapport.pdf"
    }
    assert lengths and max(lengths.values()) <= MOST_SHEETS, lengths


def test_nothing_is_printed_beyond_the_margins(edition: tuple[str, Path]) -> None:
    box = re.compile(r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"')
    for name, pdf in printed(edition[1]).items():
        edges = [(float(left), float(right)) for left, right in box.findall(words_of(pdf, "-bbox"))]
        assert edges
        assert min(left for left, _ in edges) > 40, name  # of 595 points
        assert max(right for _, right in edges) < 556, name


def test_paper_shows_no_number_that_the_page_does_not(edition: tuple[str, Path]) -> None:
    """The attack reads pages, not paper: paper must say nothing more."""
    _, folder = edition
    for name, pdf in {**printed(folder), **posters(folder)}.items():
        of_report = name == "rapport.pdf"
        page = (
            folder / "rapport.html"
            if of_report
            else next(folder.glob(f"{name.partition('-')[0]}-*.html"))
        )
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for style in soup.select("style, script"):
            style.decompose()
        here = numbers(soup.get_text(" "))
        pages = sheets(pdf)
        counted = {str(number) for number in range(1, len(pages) + 1)}
        there = numbers(" ".join(pages)) - counted
        assert there - here == set(), name


def numbers(words: str) -> set[str]:
    """Digits of each number; those that a space parts are taken apart too, since layout may part them."""
    flat = re.sub(r"\s+", " ", normalize("NFKC", words))
    return {part for found in NUMBER.findall(flat) for part in re.split(r"[ .,]", found) if part}


def test_both_editions_differ_on_paper(editions: Editions) -> None:
    """The edition to share says of what is rounded that it is."""
    with (editions.shared / "indicateurs.csv").open(encoding="utf-8") as stream:
        assert any(row["etat"] == "arrondi" for row in csv.DictReader(stream))
    shown = words_of((editions.shared / "rapport.pdf").read_bytes())
    exact = words_of((editions.internal / "rapport.pdf").read_bytes())
    assert "≈" in shown
    assert "≈" not in exact


def test_the_package_holds_the_pdf_and_leads_to_it(editions: Editions) -> None:
    folder = editions.package / str(YEAR)
    assert printed(folder) == printed(editions.shared)
    assert posters(folder) == posters(editions.shared) != {}
    index = BeautifulSoup(
        (editions.package / "index.html").read_text(encoding="utf-8"), "html.parser"
    )
    linked = {str(link["href"]) for link in index.select("a[href$='.pdf']")}
    assert linked == {f"{YEAR}/{name}" for name in (*printed(folder), *posters(folder))}
    with zipfile.ZipFile(editions.out / "partage.zip") as archive:
        assert {f"partage/{name}" for name in linked} <= set(archive.namelist())


def test_each_sheet_of_a_sealed_copy_bears_its_reader_s_name(
    editions: Editions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one portrait and its poster, sheet by sheet; of the others, that they go to print with the same rule."""
    for name in ("outputs", "params"):
        shutil.copytree(editions.out.parent / name, tmp_path / name)
    sent: dict[str, PrintedPage] = {}

    def press(pages: dict[str, PrintedPage]) -> dict[str, bytes]:
        sent.update(pages)
        first = {
            name
            for name in pages
            if name.startswith(min(name for name in pages if POSTER in name)[:-12])
        }
        return dict.fromkeys(pages, b"") | print_pages({name: pages[name] for name in first})

    monkeypatch.setattr(share, "printed", press)
    copy = share.hand_over(
        tmp_path / "outputs", tmp_path / "params", "Préfecture", lambda _: PASSWORD
    )
    assert copy.lacking == ""
    mark = mark_of("Préfecture")
    rule = str(css_string(mark))[:-1]  # of the printed pages
    assert {name.partition("/")[2] for name in sent} == {
        *printed(editions.internal),
        *posters(editions.internal),
    }
    assert all(rule in sheet.html for sheet in sent.values())
    with pyzipper.AESZipFile(copy.archive) as archive:
        archive.setpassword(PASSWORD.encode())
        made = {name: archive.read(name) for name in archive.namelist() if name.endswith(".pdf")}
    assert made.keys() == sent.keys()
    (portrait, poster) = (pdf for pdf in made.values() if pdf)
    for page in (*sheets(portrait), *sheets(poster)):
        assert normalize("NFKC", mark) in " ".join(page.split())
