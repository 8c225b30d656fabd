from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import sections
from rlpipeline.publication.definitions import Cards, explain_acronyms, link_sections
from rlpipeline.publication.stitch import Fragment, stitch
from rlpipeline.publication.tree import inside, parsed, words_of

OF_PAGE = Cards(frozenset({"ages"}))

CARD = '<div class="rl-fiche" data-fiche="ages"><dt>Âges</dt><dd>Définition.</dd></div>'


def table(cell: str, name: str = "ages") -> str:
    return f'<table data-tableau="{name}"><caption>Âges</caption><tbody><tr>{cell}</tr></tbody></table>'


def links_of(html: str, cards: Cards = OF_PAGE) -> list[tuple[str, str]]:
    """Where the links of a chapter lead, and their words."""
    tree = parsed(html)
    link_sections(tree, "Publics", cards)
    return [(link.get("href"), words_of(link)) for link in tree.iter("a")]


def test_a_part_has_one_link_named_by_its_heading() -> None:
    parts = f"<h3>Âge</h3>{table('<td>1</td>')}<p>x</p>{table('<td>2</td>')}<h3>Sexe</h3>{table('<td>3</td>')}"
    assert links_of(parts) == [
        ("#fiche-ages", "Définitions : Âge"),
        ("#fiche-ages", "Définitions : Sexe"),
    ]


def test_a_chapter_without_parts_has_one_named_by_its_title() -> None:
    assert links_of(table("<td>1</td>")) == [("#fiche-ages", "Définitions : Publics")]
    chart = '<figure data-graphique="ages"><figcaption>Âges</figcaption></figure>'
    assert links_of(chart) == [("#fiche-ages", "Définitions : Publics")]


def test_what_has_no_card_has_no_link() -> None:
    assert links_of(f"<h3>Âge</h3>{table('<td>1</td>', 'autre')}<p>x</p>") == []


def fragments(*annex: str) -> list[Fragment]:
    cell = table('<td class="num">12</td>')
    return [
        Fragment("a", parsed(f"<h1>Fiche ages</h1>{cell}")),
        *(Fragment("b", parsed(f"<h1>Annexes</h1><p>[fin]</p>{html}")) for html in annex),
    ]


def test_the_chapters_lead_to_the_annex_and_no_heading_takes_its_id() -> None:
    first, annex = stitch(fragments(CARD))
    assert 'href="#fiche-ages"' in first.html
    assert 'id="fiche-ages"' in annex.html
    ids = [
        str(tag["id"])
        for chapter in (first, annex)
        for tag in BeautifulSoup(chapter.html, "html.parser").select("[id]")
    ]
    assert len(set(ids)) == len(ids)


def test_a_card_leads_to_its_table() -> None:
    _, annex = stitch(fragments(CARD + CARD.replace("ages", "durees")))
    assert '<dt><a href="#tableau-ages">Âges</a></dt>' in annex.html
    assert annex.html.count("#tableau-") == 1  # no table of durations is shown


def test_in_a_portrait_parts_lead_to_the_cards_of_the_report() -> None:
    tree = parsed(f"<h1>A</h1>{table('<td>12</td>')}")
    (chapter,) = stitch([Fragment("a", tree)], report=Cards(frozenset({"ages"}), "../rapport.html"))
    soup = BeautifulSoup(chapter.html, "html.parser")
    assert [link["href"] for link in soup.select("a")] == ["../rapport.html#fiche-ages"]
    assert soup.select_one("#tableau-ages") is not None


# Acronyms

ACRONYMS = sections.acronyms({"PRE": "programme de réussite éducative <b>", "A.B": "a et b"})


def explained(*chapters: str) -> list[BeautifulSoup]:
    trees = [parsed(chapter) for chapter in (*chapters, ACRONYMS)]
    explain_acronyms(trees)
    return [BeautifulSoup(inside(tree), "html.parser") for tree in trees]


def test_the_first_use_alone_is_explained_wherever_the_table_stands() -> None:
    first, second, table = explained(
        "<h2>ASE</h2><p>L'ASE et <em>le PRE</em>, ASE.</p>", "<p>ASE, QPV</p>"
    )
    marks = [(mark.get_text(), mark["title"]) for mark in first.select("abbr.rl-sigle")]
    assert marks == [
        ("ASE", "aide sociale à l'enfance"),
        ("PRE", "programme de réussite éducative <b>"),
    ]
    assert first.get_text() == "ASEL'ASE et le PRE, ASE."
    assert [mark.get_text() for mark in second.select("abbr")] == ["QPV"]
    assert not table.select("abbr")


@pytest.mark.parametrize(
    "html",
    [
        "<p>L'aide sociale à l'enfance (ASE) suit.</p>",
        "<table><tr><th>ASE</th></tr></table>",
        "<p><a href='#x'>ASE</a> <span class='rl-chiffre'>ASE</span> <code>ASE</code></p>",
        "<p>PHASE ASEPTIQUE sous-ASE</p>",
    ],
)
def test_what_explains_itself_or_is_no_running_text_is_left_alone(html: str) -> None:
    soup = explained(html)[0]
    assert not soup.select("abbr")
    assert soup.get_text() == BeautifulSoup(html, "html.parser").get_text()


def test_a_meaning_in_parentheses_is_in_square_brackets() -> None:
    html = "<p>Un (ETP) <b>(voir</b> <i>ASE, fin) QPV</i> (a) RSA <i>RSA</i> (ETP et TIG).</p>"
    marks = explained(html)[0].select("abbr")
    nested = {mark.get_text(): "rl-sigle-crochets" in mark["class"] for mark in marks}
    assert nested == {"ETP": True, "ASE": True, "QPV": False, "RSA": False, "TIG": True}


def test_what_is_seen_is_explained_before_what_is_folded_and_what_is_not_used_leaves_the_table() -> (
    None
):
    folded, table, annex = explained(
        "<details><p>ASE</p></details>", "<table><caption>ASE</caption></table>"
    )
    assert not folded.select("abbr") and table.select("caption > abbr.rl-sigle")
    assert [name.get_text() for name in annex.select("tbody th")] == ["ASE"]
    assert not explained("<p>Rien.</p>")[1].select("table, details")
