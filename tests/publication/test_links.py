from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import sections
from rlpipeline.publication.links import Cards, cards_of, explain_acronyms, link_figures
from rlpipeline.publication.sanitize import clean
from rlpipeline.publication.stitch import Fragment, stitch

CARD = '<div class="rl-fiche" data-fiche="ages"><dt>Âges</dt><dd>Définition.</dd></div>'
NAMED = ' <a class="rl-sr rl-definition" href="#fiche-ages">Définition\u00a0: Âges</a>'

OF_LEGEND = '<a aria-label="Définition\u00a0: Âges, 2023" href="#fiche-ages">'


def linked(html: str, *cards: str) -> str:
    soup = BeautifulSoup(html, "html.parser")
    link_figures(soup, Cards(dict.fromkeys(cards or ("ages",), "Âges")))
    return str(soup)


def table(cell: str, name: str = "ages") -> str:
    return f'<table data-tableau="{name}"><caption>Âges</caption><tbody><tr>{cell}</tr></tbody></table>'


def test_the_caption_of_a_table_leads_to_its_card() -> None:
    caption = '<a aria-label="Définition\u00a0: Âges" href="#fiche-ages">Âges</a>'
    html, named = table('<td class="num">12</td>'), '<table aria-label="Âges" data'
    assert linked(html) == html.replace("Âges", caption).replace("<table data", named)


def test_what_has_no_card_stays_as_it_is() -> None:
    html = (
        table('<td class="num">12</td>', "autre")
        + '<span data-ref="autre/total/total">3</span><span>4</span>'
    )
    assert linked(html) == html


def test_a_sentence_has_one_named_link_and_its_figures_are_text() -> None:
    figures = [
        f'<span data-ref="ages/{line}/total">{words}</span>'
        for line, words in (("a", "12 jeunes"), ("b", "3"))
    ]
    sentence = f"<ul><li><p>{' contre '.join(figures)}.</p>"
    assert linked(f"{sentence}</li></ul>") == f"{sentence}{NAMED}</li></ul>"


def test_no_link_stands_in_a_link() -> None:
    html = (
        '<a href="https://exemple.org">les <em><span data-ref="ages/total/total">12</span></em></a>'
    )
    assert linked(html) == html


@pytest.mark.parametrize(
    ("legend", "expected"),
    [
        ("Âges, 2023. Source : x.", f"{OF_LEGEND}Âges, 2023.</a> Source : x."),
        ("Âges, 2023", f"{OF_LEGEND}Âges, 2023</a>"),
        ("", ""),
    ],
)
def test_a_chart_is_linked_by_its_legend(legend: str, expected: str) -> None:
    html = f'<figure data-graphique="ages"><figcaption>{legend}</figcaption></figure>'
    named = '<figure aria-label="Âges, 2023" ' if OF_LEGEND in expected else "<figure "
    assert linked(html) == html.replace("<figure ", named).replace(
        f"<figcaption>{legend}", f"<figcaption>{expected}"
    )


def fragments(*annex: str) -> list[Fragment]:
    return [
        Fragment("a", clean(f"<h1>Fiche ages</h1>{table(chr(60) + 'td class=num>12</td>')}")),
        *(Fragment("b", clean(f"<h1>Annexes</h1><p>[fin]</p>{html}")) for html in annex),
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


def test_in_a_portrait_figures_lead_to_the_cards_of_the_report() -> None:
    quoted = '<p><span data-ref="ages/total/total">12</span>, <span data-ref="durees/total/total">3</span></p>'
    html = clean(f"<h1>A</h1>{quoted}{table('<td class=num>12</td>')}")
    cards = cards_of(
        [
            '"<div data-fiche=\\"durees\\"></div><div data-fiche=\\"ages\\"><dt>L&amp;\\"Âge</dt></div>"'.encode()
        ]
    )
    assert cards == {"ages": 'L&"Âge', "durees": ""}
    (chapter,) = stitch(
        [Fragment("a", html)], portrait=True, report=Cards(cards, "../rapport.html")
    )
    soup = BeautifulSoup(chapter.html, "html.parser")
    assert [link["href"] for link in soup.select("p a")] == ["../rapport.html#fiche-ages"]
    assert [link["href"] for link in soup.select("table a")] == ["../rapport.html#fiche-ages"]
    assert soup.select_one("#tableau-ages") is not None


# Acronyms

ACRONYMS = sections.acronyms({"PRE": "programme de réussite éducative <b>", "A.B": "a et b"})


def explained(*chapters: str) -> list[BeautifulSoup]:
    soups = [BeautifulSoup(one, "html.parser") for one in (*chapters, ACRONYMS)]
    explain_acronyms(soups)
    return soups


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
