"""The page as a reader, a browser and a screen reader get it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from rlpipeline.page_templates import typographic
from rlpipeline.publication.document import render_document
from rlpipeline.publication.page import MARKS, Cover, Onward, csp_hash, css_string, render_page
from rlpipeline.published import Publication
from tests.audit.words.frame import check_frames
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


@pytest.fixture(scope="module")
def page_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("chapitres")
    edito = write(place / "01_edito.ipynb", markdown("# Édito"), html("<div class='rl-text'><p>Bonjour</p></div>"))
    activity = write(
        place / "02_activite.ipynb",
        markdown("# Activité"),
        markdown("## Profil\n\nVoir [la suite](#activite-suite), [ailleurs](#perdu), [le site](https://exemple.org)."),
        table(bundle("accompagnes", {("moins_11", "total"): 1, ("total", "total"): 1})),
        figure(),
        markdown("## Sans contenu"),
        markdown("## Suite\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
    )
    annex = write(place / "08_annexes.ipynb", markdown("# Annexes", "sans-numero"), markdown("## Méthode\n\nMot."))
    empty = write(place / "09_vide.ipynb", markdown("# Vide"), markdown("## Rien"))
    return render_document([edito, activity, annex, empty], COVER)


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
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert f"'sha256-{csp_hash(style)}'" in policy
    assert one(page, "link[rel=icon]")["href"] == "data:,"
    assert one(page, "html")["lang"] == "fr"
    assert one(page, "title").get_text() == "Rapport d’activité 2023 – Service <A> & Cie"


def test_no_script_no_code_no_external_reference(page: BeautifulSoup, page_text: str) -> None:
    assert not page.select("script, iframe, object, embed, form, base, [onclick], link:not([rel=icon])")
    assert "CODE" not in page_text
    assert all(str(image["src"]).startswith("data:image/") for image in page.select("img"))
    styles = "".join(str(style.string) for style in page.select("style"))
    assert "@page" in styles
    assert not re.search(r"url\(|@import|https?:", styles)
    outside = [link["href"] for link in page.select("[href]") if not str(link["href"]).startswith(("#", "data:,"))]
    assert outside == ["https://exemple.org"]


def test_the_style_is_in_the_page_and_cannot_be_left(page: BeautifulSoup) -> None:
    (style,) = page.select("style")
    assert '@top-left { content: "Édition interne\\a0 \\3a  chiffres exacts\\2c  ne pas diffuser"; }' in str(
        style.string
    )
    assert css_string('</style>"') == '"\\3c \\2f style\\3e \\22 "'


def test_one_h1_and_no_level_is_skipped(page: BeautifulSoup) -> None:
    levels = [int(heading.name[1]) for heading in page.select("h1, h2, h3, h4, h5, h6")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


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
def test_contents_are_numbered_as_printed_and_lead_to_their_headings(page: BeautifulSoup, nav: str) -> None:
    links = page.select(f"{nav} a")
    shown = []
    for link in links:
        number, title = link.select_one(".sommaire-numero"), link.select("span")[-1]
        shown.append((number.get_text() if number else "", title.get_text()))
        heading = one(page, f"[id='{str(link['href'])[1:]}']")
        assert heading.get_text(" ", strip=True).endswith(title.get_text())
    assert shown == CONTENTS


def test_headings_carry_the_same_numbers(page: BeautifulSoup) -> None:
    headings = [heading.get_text(" ", strip=True) for heading in page.select(".chapitre h2, .chapitre h3")]
    assert headings == ["I Édito", "II Activité", "1. Profil", "2. Suite", "Annexes", "Méthode"]


def test_tables_have_captions_or_names_and_scoped_headers(page: BeautifulSoup) -> None:
    for content in page.select("table"):
        region = content.find_parent(class_="rl-table-wrap")
        assert isinstance(region, Tag)
        assert region["tabindex"] == "0"
        assert region["role"] == "region"
        assert region["aria-label"]
    assert all(header.get("scope") in {"col", "row", "rowgroup"} for header in page.select("th"))
    assert one(page, "main caption").get_text() == "Table accompagnes"


def test_figures_have_alternative_text_and_their_data(page: BeautifulSoup) -> None:
    assert one(page, "main img")["alt"] == "Les 15 à 18 ans sont les plus nombreux."
    data = one(page, "figure details")
    assert one(page, "figure summary").get_text() == "Données du graphique"
    assert [cell.get_text() for cell in data.select("td:not(:empty)")] == ["39"]


def test_landmarks_and_skip_link(page: BeautifulSoup) -> None:
    assert [tag.name for tag in page.body.find_all(["header", "main", "footer"])] == ["header", "main", "footer"]  # type: ignore[union-attr]
    skip = page.body.find(True) if page.body else None
    assert isinstance(skip, Tag)
    assert (skip.name, skip["href"]) == ("a", "#contenu")
    assert page.select("main > :first-child") == [one(page, "#contenu")]


def test_the_cover(page: BeautifulSoup) -> None:
    cover = one(page, "header")
    facts = {str(fact.dt.get_text()): fact.dd.get_text() for fact in page.select(".couverture-faits > div")}  # type: ignore[union-attr]
    assert facts == {
        "Données arrêtées au": "1er janvier 2024",
        "Statut": "Validé le 18 avril 2024",
        "Édition": "Interne\u00a0: chiffres exacts",
    }
    assert one(page, "h1").get_text() == "Rapport d’activité 2023"
    assert one(page, ".mention").get_text() == MARKS["interne"]
    assert "Service <A> & Cie" in cover.get_text()


def test_a_portrait_names_its_commune(tmp_path: Path) -> None:
    chapter = write(tmp_path / "03_cadre.ipynb", markdown("# Cadre\n\nMot."))
    cover = Cover("Service", "Bilan", 2023, territoire="L'Île-d'Yeu", statut="brouillon")
    page = BeautifulSoup(render_document([chapter], cover), "html5lib")
    assert one(page, "title").get_text() == "Portrait\u00a0: L’Île-d’Yeu – Bilan – Service"
    assert one(page, "h1").get_text() == "Portrait\u00a0: L’Île-d’Yeu"
    assert one(page, ".couverture-rapport").get_text() == "Bilan"
    facts = [fact.get_text() for fact in page.select(".couverture-faits dd")]
    assert facts == ["2023", "Interne\u00a0: chiffres exacts", "Brouillon, non validé"]
    assert not page.select("nav")  # a single chapter without section needs no contents


def test_a_portrait_to_share_does_not_say_that_all_its_totals_are_exact() -> None:
    report, portrait = (Cover("S", None, 2023, territoire=place, edition="diffusion") for place in (None, "A"))
    assert report.mark == MARKS["diffusion"]
    assert portrait.mark.endswith("principaux totaux exacts, détail arrondi")
    assert dict(portrait.facts)["Édition"].endswith("principaux totaux exacts, détail arrondi")


def test_the_same_notebooks_give_the_same_page(tmp_path: Path) -> None:
    chapter = write(tmp_path / "03_cadre.ipynb", markdown("# Cadre\n\nMot."), figure())
    assert render_document([chapter], COVER) == render_document([chapter], COVER)


def test_a_chapter_of_the_first_page_stands_by_the_cover_and_first_in_the_contents(tmp_path: Path) -> None:
    first = write(tmp_path / "00_essentiel.ipynb", markdown("# L'essentiel\n\nMot.", "sans-numero", "premiere-page"))
    second = write(tmp_path / "01_edito.ipynb", markdown("# Édito\n\nMot."))
    page = BeautifulSoup(render_document([first, second], COVER), "html5lib")
    assert [heading.get_text() for heading in page.select(".premiere-page > .chapitre h2")] == ["L’essentiel"]
    assert one(page, "#contenu").find("h2").get_text() == "L’essentiel"  # type: ignore[union-attr]
    assert [heading.get_text() for heading in page.select("main h2")] == ["L’essentiel", "Sommaire", "I Édito"]
    assert [link.get_text() for link in page.select(".sommaire-large a")] == ["L’essentiel", "IÉdito"]


def test_the_height_of_each_bar_is_a_rule_of_the_style(page: BeautifulSoup) -> None:
    style = str(one(page, "style").string)
    assert [f".rl-h{height}{{height:{height / 100:.2f}em}}" in style for height in range(1, 101)] == [True] * 100


def test_the_window_names_the_service_once() -> None:
    cover = Cover("SPS du Bocage", "Bilan 2023 du sps du Bocage", 2023, territoire="Ys")
    page = BeautifulSoup(render_document([], cover), "html5lib")
    assert one(page, "title").get_text() == "Portrait\u00a0: Ys – Bilan 2023 – SPS du Bocage"


def test_the_foot_leads_on_and_the_audit_reads_its_numbers(tmp_path: Path) -> None:
    def findings(words: str) -> list[str]:
        group = Onward("Autres pages", (("../communes/75112-paris-12e.html", words),))
        pages = {"rapport.html": render_page([], replace(COVER, onward=(group,)))}
        publication = Publication(tmp_path, 2023, (), (), (), (), (), (), {}, pages, {}, {})
        return [finding.first_value for finding in check_frames(publication)]

    assert findings("Paris 12e") == []
    assert findings("Paris 13e") == ["13"]


def test_many_links_of_the_foot_are_folded() -> None:
    group = Onward("Portraits", tuple((f"communes/{rank}.html", f"Commune {rank}") for rank in range(200)))
    page = BeautifulSoup(render_page([], replace(COVER, onward=(group,))), "html5lib")
    assert len(page.select("footer details > ul a")) == 200
    assert one(page, "footer summary").get_text() == "Portraits"


def test_apostrophes_and_spaces_are_those_of_a_printer_and_code_stays() -> None:
    typed = (
        "<p title=\"l'an\">L'accueil d'<abbr>ASE</abbr> : « qu'est-ce ? »</p><code>d'un : x</code>"
        '<a data-ref="l\'an">5 %</a>'
    )
    assert typographic(typed) == (
        '<p title="l’an">L’accueil d’<abbr>ASE</abbr>\u00a0: «\u00a0qu’est-ce\u00a0?\u00a0»</p><code>d\'un : x</code>'
        '<a data-ref="l\'an">5\u00a0%</a>'
    )
