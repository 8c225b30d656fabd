"""The index of a package, in a real browser, and the package's bytes."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from rlpipeline.errors import ReconciliationError
from rlpipeline.publication.index import Link, SharedYear, headline_of, write_index
from rlpipeline.publication.share import check_sums, write_sums, write_zip
from rlpipeline.settings.models import Commune, Contact, Service

SERVICE = Service(
    nom="Service <b>d'essai</b>",
    departement="62",
    communes=(Commune(code="62215", nom="Carvin"),),
    contact=Contact(courriel="accueil@service.fr"),
)
COMMUNES = ("Carvin", "Courrières", "<script>alert(1)</script>")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("paquet")
    years = [_year(place, year) for year in (2022, 2023)]
    write_index(place, SERVICE, years)
    write_sums(place)
    return place


def _year(place: Path, year: int) -> SharedYear:
    portraits = tuple(Link(f"{year}/communes/{rank}-x.html", name) for rank, name in enumerate(COMMUNES))
    data = (Link(f"{year}/indicateurs.csv", "Chiffres (CSV)"),)
    report = Link(f"{year}/rapport.html", f"Rapport {year}")
    for link in (report, *portraits, *data):
        path = place / link.href
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<!DOCTYPE html><title>{path.stem} {year}</title>", encoding="utf-8")
    return SharedYear(year, f"Rapport {year}", year == 2023, report, portraits, data)


def opened(browser: Browser, package: Path, width: int) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.goto((package / "index.html").as_uri())
    return page, [entry for entry in asked if not entry.startswith("data:")]


@pytest.mark.parametrize("width", [320, 1280])
def test_the_index_asks_for_nothing_and_fits(browser: Browser, package: Path, width: int) -> None:
    page, asked = opened(browser, package, width)
    assert asked == [(package / "index.html").as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("h2").all_inner_texts() == ["2023", "2022"]
    assert page.locator("script").count() == 0
    assert all(words in page.inner_text("header") for words in (SERVICE.nom.replace("'", "’"), "accueil@service.fr"))
    assert "prévention spécialisée" in page.inner_text("header")
    assert page.locator(".partage-statut").count() == 1
    page.close()


def test_every_link_leads_to_its_page(browser: Browser, package: Path) -> None:
    page, _ = opened(browser, package, 1280)
    links = page.evaluate("[...document.querySelectorAll('main a')].map(a => [a.getAttribute('href'), a.textContent])")
    assert len(links) == 2 * (1 + len(COMMUNES) + 1)
    assert all((package / href).is_file() for href, _ in links)
    page.get_by_role("link", name="Courrières 2022").click()
    assert page.title() == "1-x 2022"
    page.close()


def test_the_zip_depends_on_its_files_alone(package: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(package, tmp_path / "autre", copy_function=shutil.copyfile)
    for name, source in (("a.zip", package), ("b.zip", copy)):
        write_zip(source, tmp_path / name, "partage")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "partage/index.html" in archive.namelist()


@pytest.mark.parametrize("change", ["added", "removed", "changed"])
def test_a_year_that_changed_since_is_found(package: Path, tmp_path: Path, change: str) -> None:
    copy = shutil.copytree(package, tmp_path / "copie")
    check_sums(copy, 2022)
    report = copy / "2022" / "rapport.html"
    if change == "removed":
        report.unlink()
    else:
        (report if change == "changed" else copy / "2022" / "plus.html").write_text("x", encoding="utf-8")
    check_sums(copy, 2023)
    with pytest.raises(ReconciliationError, match="2022"):
        check_sums(copy, 2022)


def test_two_hundred_portraits_are_folded_by_letter(browser: Browser, tmp_path: Path) -> None:
    names = [f"{start}{number:03d}" for start in ("Zuydcoote", "Aix", "Écoust", "Eu") for number in range(50)]
    portraits = tuple(Link(f"2023/communes/{rank}-x.html", name) for rank, name in enumerate(names))
    write_index(tmp_path, SERVICE, [SharedYear(2023, "R", True, Link("2023/rapport.html", "R"), portraits, ())])
    page, asked = opened(browser, tmp_path, 320)
    assert asked == [(tmp_path / "index.html").as_uri()]
    folds = page.locator("details")
    assert folds.locator("summary").all_inner_texts() == [
        "A Aix000 – Aix049 (50)", "E Écoust000 – Eu049 (100)", "Z Zuydcoote000 – Zuydcoote049 (50)",
    ]  # fmt: skip
    assert folds.locator("a").count() == 200
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate("document.documentElement.scrollHeight") < 2000
    folds.nth(1).locator("summary").click()
    assert page.get_by_role("link", name="Écoust000 2023").is_visible()


def test_a_page_is_said_in_the_sentence_that_it_begins_with(demonstration: Path, tmp_path: Path) -> None:
    said = headline_of((demonstration / "communes/62215-carvin.html").read_text(encoding="utf-8"))
    assert said == "17 jeunes accompagnés en 2023, comme en 2022"
    assert headline_of("<p>Sans constat</p>") == ""
    portraits = (Link("2023/communes/1-x.html", "Carvin", said=said),)
    write_index(tmp_path, SERVICE, [SharedYear(2023, "R", True, Link("2023/rapport.html", "R"), portraits, ())])
    assert said in (tmp_path / "index.html").read_text(encoding="utf-8")
