"""The page in a real browser: what it asks for, how wide it is, what each printed page says.

Slow: every page of the demonstration, which alone shows a table that is cut.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from rlpipeline.publication.exporter import Executed, document_of
from rlpipeline.publication.page import Cover
from tests.publication.factory import figure, html, markdown, write

WIDE = (
    '<div class="rl-table-wrap" tabindex="0" role="region" aria-label="Large"><table class="rl-table"><caption>Large'
    "</caption><thead><tr><td></td>"
    + "".join(f'<th scope="col" class="num">Colonne numéro {n}</th>' for n in range(20))
    + '</tr></thead><tbody><tr><th scope="row">Ligne</th>'
    + '<td class="num">1 055,5<span class="rl-sr"> (total partiel)</span></td>' * 20
    + "</tr></tbody></table></div>"
)
COUNTED = (
    '<table class="rl-table" data-tableau="ages"><caption>Âges</caption><tbody><tr><th scope="row">Total</th>'
    + '<td class="num">12</td>' * 20
    + "</tr></tbody></table>"
)
CARD = '<div class="rl-fiche" data-fiche="ages"><dl><dt>Âges</dt><dd>Jeunes comptés.</dd></dl></div>' + "<p>.</p>" * 60


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("page")
    hostile = "<img src='https://exemple.org/a.png'><script>document.title = 'pris'</script><p>fin</p>"
    chapters = [
        write(place / "01_a.ipynb", markdown("# Activité"), markdown("## Large\n\nMot."), html(WIDE), figure()),
        write(place / "02_b.ipynb", markdown("# Suite"), markdown("## Une\n\nMot."), html(hostile)),
        write(place / "03_c.ipynb", markdown("# Fin"), html(COUNTED), html(CARD)),
    ]
    cover = Cover("Service", None, 2023, statut="brouillon")
    (place / "rapport.html").write_text(document_of(map(Executed, chapters), cover), encoding="utf-8")
    return (place / "rapport.html").as_uri()


def opened(browser: Browser, address: str, width: int) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.goto(address)
    return page, [entry for entry in asked if not entry.startswith("data:")]


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_asked_for_and_the_page_does_not_scroll_sideways(browser: Browser, address: str, width: int) -> None:
    page, asked = opened(browser, address, width)
    assert asked == [address]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.title() == "Rapport d’activité 2023 – Service"
    scrolls = page.evaluate("(w => w.scrollWidth > w.clientWidth)(document.querySelector('.rl-table-wrap'))")
    assert scrolls
    page.close()


def test_no_table_of_the_demonstration_is_cut_on_a_screen(browser: Browser, demonstration: Path) -> None:
    cut = (
        "[...document.querySelectorAll('.rl-table-wrap')].filter(wrap => wrap.scrollWidth > wrap.clientWidth)"
        ".map(wrap => wrap.getAttribute('aria-label'))"
    )
    for path in demonstration.rglob("*.html"):
        page, _ = opened(browser, path.as_uri(), 1280)
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
        assert page.evaluate(cut) == [], path.name
        page.close()


@pytest.mark.parametrize(("width", "seen", "hidden"), [(1280, "large", "etroit"), (400, "etroit", "large")])
def test_one_contents_list_is_seen(browser: Browser, address: str, width: int, seen: str, hidden: str) -> None:
    page, _ = opened(browser, address, width)
    assert page.locator(f".sommaire-{seen}").is_visible()
    assert not page.locator(f".sommaire-{hidden}").is_visible()
    page.close()


def test_the_contents_of_a_phone_unfold_and_lead_to_the_heading(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 400)
    page.locator(".sommaire-etroit summary").click()
    page.locator(".sommaire-etroit a", has_text="Suite").click()
    mark = page.evaluate("document.querySelector('.mention').getBoundingClientRect().bottom")
    assert mark <= page.evaluate("document.querySelector('#suite').getBoundingClientRect().top") < 800
    assert page.evaluate("window.scrollY") > 0
    page.close()


def test_a_table_is_one_stop_for_the_keyboard_and_shows_no_link_in_print(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 1280)
    links = "[...document.querySelectorAll('[data-tableau=ages] a')]"
    assert page.evaluate(f"{links}.map(a => a.textContent)") == ["Âges"]
    page.emulate_media(media="print")
    assert page.evaluate(f"{links}.every(a => getComputedStyle(a).textDecorationLine === 'none')")
    page.close()
