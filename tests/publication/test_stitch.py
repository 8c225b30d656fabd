from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from rlpipeline.publication.stitch import Chapter, Fragment, drop_empty_headings, stitch


def headings(chapters: tuple[Chapter, ...]) -> list[str]:
    soup = BeautifulSoup("".join(chapter.html for chapter in chapters), "html.parser")
    return [
        f"{tag.name} {tag['id']} {tag.get_text()}"
        for tag in soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6"])
    ]


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("<h1>a</h1><h2>b</h2>", []),
        ("<h1>a</h1><h2>b</h2><p>x</p>", ["a", "b"]),
        ("<h2>a</h2><h3>b</h3><h2>c</h2><p>x</p>", ["c"]),
        ("<h2>a</h2><p> </p><div><h3>b</h3></div><div></div>", []),
        ("<h2>a</h2><h3>b</h3><img src='data:,'><h3>c</h3>", ["a", "b"]),
        ("<h3>a</h3><h2>b</h2><p>x</p>", ["b"]),
    ],
)
def test_headings_without_content_go(source: str, kept: list[str]) -> None:
    soup = BeautifulSoup(source, "html.parser")
    drop_empty_headings(soup)
    assert [tag.get_text() for tag in soup.find_all(["h1", "h2", "h3"])] == kept


def test_a_chapter_without_content_takes_no_number() -> None:
    chapters = stitch(
        [
            Fragment("a", "<h1>A</h1><p>x</p>"),
            Fragment("b", "<h1>B</h1>"),
            Fragment("c", "<h1>C</h1><p>x</p>"),
        ]
    )
    assert [(chapter.number, chapter.title) for chapter in chapters] == [("I", "A"), ("II", "C")]


def test_levels_are_shifted_without_a_gap() -> None:
    chapters = stitch([Fragment("a", "<h1>A</h1><h2>B</h2><h5>C</h5><p>x</p><h1>D</h1><p>x</p>")])
    assert [line.split()[0] for line in headings(chapters)] == ["h3", "h4", "h3"]


def test_headings_of_the_prose_are_not_sections() -> None:
    (chapter,) = stitch(
        [
            Fragment(
                "a",
                "<h1>A</h1><h2>B</h2><div class='rl-text'><h2>C</h2><p>x</p></div><h2>D</h2><p>x</p>",
            )
        ]
    )
    assert [(section.number, section.title) for section in chapter.sections] == [
        ("1.", "B"),
        ("2.", "D"),
    ]
    assert headings((chapter,)) == ["h3 a-b 1. B", "h4 a-c C", "h3 a-d 2. D"]


def test_equal_titles_get_ids_of_their_own_that_do_not_depend_on_numbers() -> None:
    same = "<h1>Œuvre d'été</h1><h2>Contenu</h2><p>x</p><h2>Contenu</h2><p>y</p>"
    chapters = stitch(
        [Fragment("a", same), Fragment("b", same), Fragment("c", "<h1>Contenu</h1><p>x</p>")]
    )
    assert [chapter.id for chapter in chapters] == ["oeuvre-d-ete", "oeuvre-d-ete-2", "contenu-2"]
    assert [section.id for section in chapters[0].sections] == [
        "oeuvre-d-ete-contenu",
        "oeuvre-d-ete-contenu-2",
    ]


def test_a_plain_table_becomes_one_of_ours() -> None:
    source = (
        "<h1>A</h1><h2>Recettes</h2><table border='1' class='dataframe'><thead><tr><th></th><th>x</th></tr></thead>"
        "<tbody><tr><th>0</th><td>1</td></tr></tbody></table>"
    )
    (chapter,) = stitch([Fragment("a", source)])
    soup = BeautifulSoup(chapter.html, "html.parser")
    assert soup.table is not None
    assert soup.table["class"] == ["rl-table"]
    assert [header["scope"] for header in soup.find_all("th")] == ["col", "col", "row"]
    assert len(soup.select("div.rl-table-wrap > table")) == 1


TABLE = "<details class='rl-tableau'><summary>Tableau</summary><table><tr><td>1</td></tr></table></details>"


@pytest.mark.parametrize(
    ("section", "report", "portrait"),
    [
        ("<p>x</p>", True, True),
        (TABLE, False, False),
        (f"<figure><img src='data:,'></figure>{TABLE}", True, True),
        ("<p class='rl-vide'>Rien en 2023.</p>", True, False),
        ("<div class='rl-text' data-texte='methode'><p>x</p></div>", True, False),
    ],
)
def test_paper_leaves_out_a_heading_that_would_have_nothing_below(
    section: str, report: bool, portrait: bool
) -> None:
    for of_commune, printed in ((False, report), (True, portrait)):
        (chapter,) = stitch([Fragment("a", f"<h1>A</h1><h2>B</h2>{section}")], portrait=of_commune)
        assert chapter.on_paper == printed
        assert ("rl-ecran" in chapter.html) != printed
        assert [one.on_paper for one in chapter.sections] == [printed]


def test_a_section_of_a_portrait_keeps_its_heading_on_paper_while_anything_of_it_is_printed() -> (
    None
):
    html = f"<h1>A</h1><h2>B</h2><h3>G</h3><h4>C</h4>{TABLE}<h3>D</h3><p>x</p><h2>E</h2><h3>F</h3>{TABLE}"
    (chapter,) = stitch([Fragment("a", html)], portrait=True)
    soup = BeautifulSoup(chapter.html, "html.parser")
    left = {
        heading["id"]
        for heading in soup.select(".rl-ecran :is(h3, h4, h5), .rl-ecran:is(h3, h4, h5)")
    }
    assert left == {"a-g", "a-c", "a-e", "a-f"}
    assert [(one.title, one.on_paper) for one in chapter.sections] == [("B", True), ("E", False)]


def test_a_numbered_section_begins_a_row_of_its_own() -> None:
    """Its first block never stands in a column beside those of the section before."""
    html = f"<h1>A</h1><p>x</p><h2>B</h2><h3>C</h3>{TABLE}<h3>D</h3>{TABLE}<h2>E</h2><h3>F</h3>{TABLE}<h3>G</h3>{TABLE}"
    for portrait in (False, True):
        (chapter,) = stitch([Fragment("a", html)], portrait=portrait)
        soup = BeautifulSoup(chapter.html, "html.parser")
        assert [heading["id"] for heading in soup.find_all("h3", recursive=False)] == ["a-b", "a-e"]
        assert [
            [one["id"] for one in row.select("h4")] for row in soup.select(".rl-blocs:has(h4)")
        ] == [
            ["a-c", "a-d"],
            ["a-f", "a-g"],
        ]
