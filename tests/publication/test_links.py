from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from rlpipeline.publication.links import Cards, cards_of, link_figures, take_cards
from rlpipeline.publication.sanitize import clean
from rlpipeline.publication.stitch import Fragment, stitch

CARD = '<div class="rl-fiche" data-fiche="ages"><dt>Âges</dt><dd>Définition.</dd></div>'
OUT_OF_ORDER = '<a href="#fiche-ages" tabindex="-1">'
IN_ORDER = '<a href="#fiche-ages">'


def linked(html: str, *cards: str) -> str:
    soup = BeautifulSoup(html, "html.parser")
    link_figures(soup, Cards(cards or ("ages",)))
    return str(soup)


def table(cell: str, name: str = "ages") -> str:
    return f'<table data-tableau="{name}"><caption>Âges</caption><tbody><tr>{cell}</tr></tbody></table>'


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<td class="num">12</td>', f'<td class="num">{OUT_OF_ORDER}12</a></td>'),
        (
            '<td class="num partiel">3<span aria-hidden="true">*</span><span class="rl-detail">2020</span></td>',
            f'<td class="num partiel">{OUT_OF_ORDER}3<span aria-hidden="true">*</span></a>'
            '<span class="rl-detail">2020</span></td>',
        ),
        (
            '<td class="num nc"><abbr title="non communiqué">nc</abbr></td>',
            f'<td class="num nc">{OUT_OF_ORDER}<abbr title="non communiqué">nc</abbr></a></td>',
        ),
        ('<td class="rl-ecart">+2</td>', f'<td class="rl-ecart">{OUT_OF_ORDER}+2</a></td>'),
        ('<td class="num vide">–</td>', '<td class="num vide">–</td>'),
        ('<td class="num texte">mots</td>', '<td class="num texte">mots</td>'),
        ("<td>mots</td>", "<td>mots</td>"),
        ('<td class="num"></td>', '<td class="num"></td>'),
    ],
)
def test_cells_are_links_out_of_the_tab_order_and_the_caption_one_within(cell: str, expected: str) -> None:
    assert linked(table(cell)) == table(expected).replace("Âges", f"{IN_ORDER}Âges</a>")


def test_what_has_no_card_stays_as_it_is() -> None:
    html = table('<td class="num">12</td>', "autre") + '<span data-ref="autre/total/total">3</span><span>4</span>'
    assert linked(html) == html


def test_figures_of_sentences_are_links() -> None:
    assert linked('<p><span data-ref="ages/total/total">12 jeunes</span></p>') == (
        f'<p><span data-ref="ages/total/total">{IN_ORDER}12 jeunes</a></span></p>'
    )


def test_figures_of_notes_are_out_of_the_tab_order() -> None:
    html = '<p class="rl-note"><span data-fonction="somme" data-ref="ages/total/personnes">345</span></p>'
    assert f"{OUT_OF_ORDER}345</a>" in linked(html)


def test_no_link_stands_in_a_link() -> None:
    html = '<a href="https://exemple.org">les <em><span data-ref="ages/total/total">12</span></em></a>'
    cell = '<td class="num"><a href="https://exemple.org">12</a></td>'
    assert linked(html) == html
    assert cell in linked(table(cell))


@pytest.mark.parametrize(
    ("legend", "expected"),
    [
        ("Âges, 2023. Source : x.", f"{IN_ORDER}Âges, 2023.</a> Source : x."),
        ("Âges, 2023.", f"{IN_ORDER}Âges, 2023.</a>"),
        ("Âges, 2023", f"{IN_ORDER}Âges, 2023</a>"),
        ("<b>Âges.</b>", "<b>Âges.</b>"),
        ("", ""),
    ],
)
def test_a_chart_is_linked_by_its_legend(legend: str, expected: str) -> None:
    html = f'<figure data-graphique="ages"><figcaption>{legend}</figcaption></figure>'
    assert linked(html) == html.replace(f"<figcaption>{legend}", f"<figcaption>{expected}")


def test_the_first_card_of_a_name_is_the_place() -> None:
    soup = BeautifulSoup(CARD + CARD + CARD.replace("ages", "durees"), "html.parser")
    assert take_cards(soup, ["durees"]) == ("ages",)
    assert [card.get("id") for card in soup.find_all("div")] == ["fiche-ages", None, None]
    assert "data-fiche" not in str(soup)


def fragments(*annex: str) -> list[Fragment]:
    return [
        Fragment("a", clean(f"<h1>Fiche ages</h1>{table(chr(60) + 'td class=num>12</td>')}")),
        *(Fragment("b", clean(f"<h1>Annexes</h1><p>[fin]</p>{html}")) for html in annex),
    ]


def test_the_chapters_lead_to_the_annex_and_no_heading_takes_its_id() -> None:
    first, annex = stitch(fragments(CARD))
    assert OUT_OF_ORDER in first.html
    assert 'id="fiche-ages"' in annex.html
    ids = [
        str(tag["id"])
        for chapter in (first, annex)
        for tag in BeautifulSoup(chapter.html, "html.parser").select("[id]")
    ]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("annex", [(), ("<p>sans fiche</p>",), (CARD.replace("ages", "../x y"),)])
def test_without_a_card_there_is_no_link(annex: tuple[str, ...]) -> None:
    assert all("<a" not in chapter.html and "fiche-" not in chapter.html for chapter in stitch(fragments(*annex)))


def test_a_card_leads_to_its_table() -> None:
    _, annex = stitch(fragments(CARD + CARD.replace("ages", "durees")))
    assert '<dt><a href="#tableau-ages">Âges</a></dt>' in annex.html
    assert annex.html.count("#tableau-") == 1  # no table of durations is shown


def test_in_a_portrait_tables_lead_to_the_cards_of_the_report_and_sentences_to_the_table() -> None:
    quoted = '<p><span data-ref="ages/total/total">12</span>, <span data-ref="durees/total/total">3</span></p>'
    html = clean(f"<h1>A</h1>{quoted}{table('<td class=num>12</td>')}")
    cards = cards_of([b'"<div data-fiche=\\"durees\\"></div><div data-fiche=\\"ages\\"></div>"'])
    (chapter,) = stitch([Fragment("a", html)], portrait=True, report=Cards(cards, "../rapport.html"))
    soup = BeautifulSoup(chapter.html, "html.parser")
    assert [link["href"] for link in soup.select("p a")] == ["#tableau-ages", "../rapport.html#fiche-durees"]
    assert {link["href"] for link in soup.select("table a")} == {"../rapport.html#fiche-ages"}
    assert soup.select_one("#tableau-ages") is not None
