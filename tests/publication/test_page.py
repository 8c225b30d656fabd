"""The page as a reader, a browser and a screen reader get it."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date
from html import unescape
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

from rlpipeline.page_templates import typographic
from rlpipeline.publication.exporter import ExecutedChapter, document_of
from rlpipeline.publication.figures import COLUMNS, write_csv
from rlpipeline.publication.index import write_index, write_internal_index
from rlpipeline.publication.page import (
    DEMONSTRATION,
    MARKS,
    Cover,
    Onward,
    csp_hash,
    css_string,
    render_page,
)
from rlpipeline.publication.release import mark_of, marked_page
from rlpipeline.publication.tree import inside, parsed, typeset
from tests.figures.factory import SERVICE
from tests.publication.factory import bundle, figure, html, markdown, table, write

COVER = Cover(
    service="Service <A> & Cie",
    titre=None,
    annee=2023,
    edition="interne",
    statut="valide",
    date_validation=date(2024, 4, 18),
    donnees_arretees_au=date(2024, 1, 1),
)
CONTENTS = [
    ("I", "Édito"),
    ("II", "Activité"),
    ("1.", "Profil"),
    ("2.", "Suite"),
    ("", "Annexes"),
    ("", "Méthode"),
]


ROWS = [
    ("accompagnes", 2023, "service", "total", "total", 114, "jeunes", "ok"),
    *(("x", 2023, "service", "a", "b", None, "", "nc"),),
]


@pytest.fixture(scope="module")
def page_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("chapitres")
    edito = write(
        place / "01_edito.ipynb",
        markdown("# Édito"),
        html("<div class='rl-text'><p>Bonjour</p></div>"),
    )
    activity = write(
        place / "02_activite.ipynb",
        markdown("# Activité"),
        markdown(
            "## Profil\n\nVoir [la suite](#activite-suite), [ailleurs](#perdu), [le site](https://exemple.org)."
        ),
        table(bundle("accompagnes", {("moins_11", "total"): 1, ("total", "total"): 1})),
        figure(),
        markdown("## Sans contenu"),
        markdown("## Suite\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
    )
    annex = write(
        place / "08_annexes.ipynb",
        markdown("# Annexes", "sans-numero"),
        markdown("## Méthode\n\nMot."),
    )
    empty = write(place / "09_vide.ipynb", markdown("# Vide"), markdown("## Rien"))
    return document_of([*map(ExecutedChapter, [edito, activity, annex, empty])], COVER)


@pytest.fixture(scope="module")
def page(page_text: str) -> BeautifulSoup:
    return BeautifulSoup(page_text, "html5lib")


def one(page: BeautifulSoup, selector: str) -> Tag:
    (found,) = page.select(selector)
    return found


def test_the_head_asks_nothing_of_the_network(page: BeautifulSoup) -> None:
    first = page.head.find(True) if page.head else None
    assert isinstance(first, Tag)
    assert first["http-equiv"] == "Content-Security-Policy"
    policy, style = str(first["content"]), str(one(page, "style").string)
    assert policy.startswith(
        "default-src 'none'; img-src data:; font-src data:; style-src 'sha256-"
    )
    assert f"'sha256-{csp_hash(style)}'" in policy
    assert one(page, "link[rel=icon]")["href"] == "data:,"
    assert one(page, "html")["lang"] == "fr"
    assert one(page, "title").get_text() == "Rapport d’activité 2023 – Service <A> & Cie"


def test_no_script_no_code_no_external_reference(page: BeautifulSoup, page_text: str) -> None:
    assert not page.select(
        "script, iframe, object, embed, form, base, [onclick], link:not([rel=icon])"
    )
    assert "CODE" not in page_text
    assert all(str(image["src"]).startswith("data:image/") for image in page.select("img"))
    styles = "".join(str(style.string) for style in page.select("style"))
    assert "@page" in styles
    rules = re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL)
    assert not re.search(r"url\((?!data:font/)|@import|https?:", rules)
    outside = [
        link["href"]
        for link in page.select("[href]")
        if not str(link["href"]).startswith(("#", "data:,"))
    ]
    assert outside == ["https://exemple.org"]


def test_the_style_is_in_the_page_and_cannot_be_left(page: BeautifulSoup) -> None:
    (style,) = page.select("style")
    assert (
        '@top-left { content: "Édition interne\\a0 \\3a  chiffres exacts\\2c  ne pas diffuser"; }'
        in str(style.string)
    )
    assert css_string('</style>"') == '"\\3c \\2f style\\3e \\22 "'


def test_ids_are_unique_and_every_internal_link_arrives(page: BeautifulSoup) -> None:
    ids = [str(tag["id"]) for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    targets = {str(link["href"])[1:] for link in page.select("a[href^='#']")}
    assert targets <= set(ids)
    labels = {str(tag["aria-labelledby"]) for tag in page.select("[aria-labelledby]")}
    assert labels <= set(ids)


def test_a_link_to_nowhere_is_plain_text(page: BeautifulSoup) -> None:
    (paragraph,) = [p for p in page.select("main p") if "Voir" in p.get_text()]
    assert [link.get_text() for link in paragraph.select("a")] == ["la suite", "le site"]
    assert "ailleurs" in paragraph.get_text()
    assert paragraph.select("a")[1]["rel"] == ["noopener", "noreferrer"]


@pytest.mark.parametrize("nav", [".sommaire-large", ".sommaire-etroit"])
def test_contents_are_numbered_as_printed_and_lead_to_their_headings(
    page: BeautifulSoup, nav: str
) -> None:
    links = page.select(f"{nav} a")
    shown = []
    for link in links:
        number, title = link.select_one(".sommaire-numero"), link.select("span")[-1]
        shown.append((number.get_text() if number else "", title.get_text()))
        heading = one(page, f"[id='{str(link['href'])[1:]}']")
        assert heading.get_text(" ", strip=True).endswith(title.get_text())
    assert shown == CONTENTS


def test_a_portrait_to_share_does_not_say_that_all_its_totals_are_exact() -> None:
    report, portrait = (
        Cover("S", None, 2023, territoire=place, edition="diffusion") for place in (None, "A")
    )
    assert report.mark == MARKS["diffusion"]
    assert portrait.mark.endswith("principaux totaux exacts, détail arrondi")
    assert dict(portrait.facts)["Édition"].endswith("principaux totaux exacts, détail arrondi")


def test_the_window_names_the_service_once() -> None:
    cover = Cover("SPS du Bocage", "Bilan 2023 du sps du Bocage", 2023, territoire="Ys")
    page = BeautifulSoup(document_of([], cover), "html5lib")
    assert one(page, "title").get_text() == "Portrait\u00a0: Ys – Bilan 2023 – SPS du Bocage"


def test_many_links_of_the_foot_are_folded() -> None:
    group = Onward(
        "Portraits", tuple((f"communes/{rank}.html", f"Commune {rank}") for rank in range(200))
    )
    page = BeautifulSoup(render_page([], replace(COVER, onward=(group,))), "html5lib")
    assert len(page.select("footer details > ul a")) == 200
    assert one(page, "footer summary").get_text() == "Portraits"


def test_apostrophes_and_spaces_are_those_of_a_printer_and_code_stays() -> None:
    typed = (
        "<p title=\"l'an\">L'accueil d'<abbr>ASE</abbr> : « qu'est-ce ? »</p><code>d'un : x</code>"
        '<a data-ref="l\'an">5 %</a>'
    )
    tree = parsed(typed)
    typeset(tree)
    assert inside(tree) == (
        '<p title="l’an">L’accueil d’<abbr>ASE</abbr>\u00a0: «\u00a0qu’est-ce\u00a0?\u00a0»</p><code>d\'un : x</code>'
        '<a data-ref="l\'an">5\u00a0%</a>'
    )


def test_the_mark_of_a_copy_replaces_the_former_one_on_screen_and_in_print() -> None:
    mark = mark_of("L'« Union » <b> \\ & Cie")
    marked = marked_page(render_page([], Cover("Service", None, 2023)), mark)
    assert MARKS["interne"] not in marked and "<b>" not in marked
    assert f"content: {css_string(mark)}" in marked
    style = re.search(r"<style>(.*?)</style>", marked, re.DOTALL)
    assert style is not None
    assert f"sha256-{csp_hash(style[1])}" in marked


def test_records_that_are_invented_are_said_to_be_on_every_page_and_index(tmp_path: Path) -> None:
    said, invented = typographic(DEMONSTRATION), SERVICE.model_copy(update={"demonstration": True})
    for place, edition in product((None, "A"), MARKS):
        page = render_page([], Cover("S", None, 2023, place, edition, demonstration=True))
        assert unescape(page).partition("<body>")[2].count(said) == 2  # above and below
        assert str(css_string(DEMONSTRATION))[1:-1] in page  # at the head of each printed page
        if edition == "interne":
            copy = unescape(marked_page(page, mark_of("Une lectrice")))
            assert f"{mark_of('Une lectrice')} · {said}" in copy
            assert "chiffres exacts, ne pas diffuser" not in copy
    index = tmp_path / "index.html"
    for service in (invented, SERVICE):
        write_internal_index(tmp_path, service, tmp_path)
        assert (said in unescape(index.read_text("utf-8"))) == service.demonstration
        write_index(tmp_path, service, [])
        assert (said in unescape(index.read_text("utf-8"))) == service.demonstration


def test_a_csv_file_says_so_and_is_read_as_before(tmp_path: Path) -> None:
    for name, said in (("marked.csv", DEMONSTRATION), ("bare.csv", "")):
        write_csv(tmp_path / name, COLUMNS, ROWS, said)
    both = [pd.read_csv(tmp_path / name) for name in ("marked.csv", "bare.csv")]
    assert both[0].columns[-1] == DEMONSTRATION
    pd.testing.assert_frame_equal(both[0][list(COLUMNS)], both[1])
    with (tmp_path / "marked.csv").open(encoding="utf-8", newline="") as stream:
        assert {len(row) for row in csv.reader(stream)} == {len(COLUMNS) + 1}


@pytest.mark.parametrize(
    ("edition", "title", "mark"),
    [
        ("interne", "à relire : celle à afficher est dans", "ne pas afficher en public"),
        ("diffusion", "à imprimer", "Source : rapport d’activité du service"),
    ],
)
def test_a_poster_says_what_it_is_for_and_who_may_see_it(
    edition: str, title: str, mark: str
) -> None:
    cover = Cover("Service", "Bilan", 2023, territoire="Arcy", edition=edition, demonstration=True)
    said = BeautifulSoup(render_page((), cover, "<p>12 jeunes</p>"), "html5lib")
    assert title in one(said, ".rl-affiche > summary").get_text().replace("\u00a0", " ")
    sheet = one(said, ".rl-affiche-feuille").get_text().replace("\u00a0", " ")
    assert "12 jeunes" in sheet and mark in sheet and "démonstration" in sheet
    assert not BeautifulSoup(render_page((), cover), "html5lib").select(".rl-affiche")
