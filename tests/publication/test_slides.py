"""Slides: what is on them, and how somebody goes through them."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser

from rlpipeline.publication.exporter import Executed, render_slides
from rlpipeline.publication.page import Cover, Onward
from tests.waiting import eventually

COVER = Cover("Service <b>", "Bilan", 2023, demonstration=True, onward=(Onward("Fichiers", (("a.pdf", "PDF"),)),))
MESSAGE = '<figure class="rl-figure"><figcaption><strong class="rl-message">{}</strong></figcaption></figure>'


def cell(html: str, kind: str = "") -> object:
    told = {"slideshow": {"slide_type": kind}} if kind else {}
    return new_code_cell("report.x()", outputs=[new_output("display_data", {"text/html": html})], metadata=told)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    first = [new_markdown_cell("# L'essentiel", metadata={"tags": ["premiere-page"]}), cell("<p>Le constat</p>")]
    other = [
        new_markdown_cell("# Activité\n## Sorties"),
        cell(MESSAGE.format("Plus de sorties") + "<details>tout le tableau</details>"),
        cell("<p>ordinaire</p>"),
        cell(MESSAGE.format("Laissé"), "skip"),
        new_markdown_cell("### Choisi"),
        cell("<p>choisi</p><script>alert(1)</script>", "slide"),
    ]
    for name, cells in (("00.ipynb", first), ("05.ipynb", other)):
        write(new_notebook(cells=cells), tmp_path / name)
    html = render_slides([Executed(tmp_path / name) for name in ("00.ipynb", "05.ipynb")], COVER)
    (tmp_path / "diapos.html").write_text(html, encoding="utf-8")
    return tmp_path / "diapos.html"


def test_a_slide_a_finding_and_those_that_the_service_chose(page: Path) -> None:
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html5lib")
    slides = [" ".join(one.get_text(" ").split()) for one in soup.select("section.diapo")]
    told = ["L’essentiel Le constat", "Sorties Plus de sorties", "Choisi choisi"]
    following = ["Sorties", "Choisi", "Pour en savoir plus"]
    assert slides[0].startswith("Service <b> Bilan 2023")
    assert slides[1:4] == [
        f"{words} ← Précédente Suivante : {name} →" for words, name in zip(told, following, strict=True)
    ]
    assert slides[4].startswith("Pour en savoir plus le rapport complet Fichiers PDF")
    assert len(slides) == 5
    assert not soup.select("script, details")
    assert "démonstration" in soup.select_one("aside").get_text()  # type: ignore[union-attr]


def test_the_keyboard_goes_from_slide_to_slide_without_a_script(browser: Browser, page: Path) -> None:
    opened = browser.new_page(viewport={"width": 1280, "height": 720})
    opened.goto(page.as_uri())
    tops = opened.evaluate("[...document.querySelectorAll('section')].map(one => Math.round(one.offsetTop))")
    for key, top in (("PageDown", tops[1]), ("ArrowDown", tops[2]), ("ArrowUp", tops[1])):
        opened.wait_for_timeout(300)  # a key pressed while the page still moves is lost
        opened.keyboard.press(key)
        assert eventually(lambda wanted=top: abs(opened.evaluate("scrollY") - wanted) < 2, 20)  # type: ignore[misc]
    opened.close()


def test_slides_fit_a_telephone(browser: Browser, page: Path) -> None:
    opened = browser.new_page(viewport={"width": 400, "height": 800})
    opened.goto(page.as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth") == 400
    opened.close()
