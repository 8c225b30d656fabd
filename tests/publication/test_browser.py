"""The page in a real browser: what it asks for, how wide it is, what each printed page says.

Slow: every page of the demonstration, which alone shows a table that is cut.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from rlpipeline.publication.document import render_document
from rlpipeline.publication.page import MARKS, TEMPLATES, Cover
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
NARROW = (
    '<div class="rl-table-wrap" tabindex="0" role="region" aria-label="Étroit"><table class="rl-table"><caption>Étroit'
    '</caption><tbody><tr><th scope="row">Ligne</th><td class="num">7</td></tr></tbody></table></div>'
)
CARD = '<div class="rl-fiche" data-fiche="ages"><dl><dt>Âges</dt><dd>Jeunes comptés.</dd></dl></div>' + "<p>.</p>" * 60
PAIRS = [
    ("encre", "papier"), ("encre", "fond"), ("encre-douce", "papier"), ("encre-douce", "fond"),
    ("encre-douce", "accent-pale"), ("encre-douce", "ligne"), ("accent", "papier"), ("accent", "fond"),
    ("encre", "accent-pale"), ("alerte", "alerte-fond"),
]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("page")
    hostile = "<img src='https://exemple.org/a.png'><script>document.title = 'pris'</script><p>fin</p>"
    chapters = [
        write(place / "01_a.ipynb", markdown("# Activité"), markdown("## Large\n\nMot."), html(WIDE), figure()),
        write(place / "02_b.ipynb", markdown("# Suite"), markdown("## Une\n\nMot."), html(hostile)),
        write(place / "03_c.ipynb", markdown("# Fin"), html(COUNTED), html(CARD), html(NARROW)),
    ]
    cover = Cover("Service", None, 2023, statut="brouillon")
    (place / "rapport.html").write_text(render_document(chapters, cover), encoding="utf-8")
    return (place / "rapport.html").as_uri()


def opened(browser: Browser, address: str, width: int) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.goto(address)
    return page, [entry for entry in asked if not entry.startswith("data:")]


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_nothing_is_asked_for_and_the_page_does_not_scroll_sideways(browser: Browser, address: str, width: int) -> None:
    page, asked = opened(browser, address, width)
    assert asked == [address]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.title() == "Rapport d’activité 2023 – Service"
    scrolls = page.evaluate("(w => w.scrollWidth > w.clientWidth)(document.querySelector('.rl-table-wrap'))")
    assert scrolls
    page.close()


def colours_at_the_right(page: Page, label: str, scrolled: int) -> int:
    """How many colours the right edge of a table shows."""
    wrap = page.get_by_role("region", name=label)
    wrap.evaluate("(wrap, left) => { wrap.scrollLeft = left }", scrolled)
    shot = Image.open(BytesIO(wrap.screenshot())).convert("RGB")
    return len(shot.crop((shot.width - 8, 0, shot.width, shot.height)).getcolors(maxcolors=10_000) or ())


@pytest.mark.parametrize("width", [400, 1280])
def test_arrows_are_at_the_right_of_a_table_while_it_goes_on(browser: Browser, address: str, width: int) -> None:
    page, _ = opened(browser, address, width)
    assert colours_at_the_right(page, "Large", 0) > 2
    assert colours_at_the_right(page, "Large", 10_000) == 1
    assert colours_at_the_right(page, "Étroit", 0) == 1
    page.close()


@pytest.mark.slow
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


def test_a_figure_leads_to_the_card_of_its_table_and_looks_like_text(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 1280)
    figure = page.locator("[data-tableau=ages] td a").first
    line = "a => getComputedStyle(a.parentElement).textDecorationLine"
    assert figure.evaluate(line) == "none"
    figure.hover()
    assert figure.evaluate(line) == "underline"
    figure.click()
    top = page.locator("#fiche-ages:target").evaluate("card => card.getBoundingClientRect().top")
    assert page.locator(".mention").evaluate("mark => mark.getBoundingClientRect().bottom") <= top < 800
    page.close()


def test_a_table_is_one_stop_for_the_keyboard_and_shows_no_link_in_print(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 1280)
    links = "[...document.querySelectorAll('[data-tableau=ages] a')]"
    assert page.evaluate(f"{links}.length") == 21
    assert page.evaluate(f"{links}.filter(a => a.tabIndex >= 0).map(a => a.textContent)") == ["Âges"]
    page.emulate_media(media="print")
    assert page.evaluate(f"{links}.every(a => getComputedStyle(a).textDecorationLine === 'none')")
    page.close()


def test_every_printed_page_says_who_may_read_it(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 1280)
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert len(printed) >= 2
    for number, sheet in enumerate(printed, start=1):
        words = " ".join(normalize("NFKC", sheet.extract_text()).split())  # no ligature
        assert normalize("NFKC", MARKS["interne"]) in words
        assert f"{number} / {len(printed)}" in words
    width, height = (float(side) * 25.4 / 72 for side in (printed[0].mediabox.width, printed[0].mediabox.height))
    assert (round(width), round(height)) == (210, 297)
    page.close()


def luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["clair", "sombre"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_contrasts(scheme: int, ink: str, ground: str) -> None:
    styles = Path(TEMPLATES, "rapport.css").read_text(encoding="utf-8")
    palette = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", styles.split(":root {")[scheme + 1].split("}")[0]))
    dark, light = sorted((luminance(palette[ink]), luminance(palette[ground])))
    assert (light + 0.05) / (dark + 0.05) >= 4.5
