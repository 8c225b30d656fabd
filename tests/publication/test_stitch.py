from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from rlpipeline.publication.stitch import Chapter, Fragment, drop_empty_headings, stitch
from rlpipeline.publication.tree import inside, parsed


def fragment(name: str, html: str) -> Fragment:
    return Fragment(name, parsed(html))


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
    tree = parsed(source)
    drop_empty_headings(tree)
    soup = BeautifulSoup(inside(tree), "html.parser")
    assert [tag.get_text() for tag in soup.find_all(["h1", "h2", "h3"])] == kept


def test_a_chapter_without_content_takes_no_number() -> None:
    chapters = stitch(
        [
            fragment("a", "<h1>A</h1><p>x</p>"),
            fragment("b", "<h1>B</h1>"),
            fragment("c", "<h1>C</h1><p>x</p>"),
        ]
    )
    assert [(chapter.number, chapter.title) for chapter in chapters] == [("I", "A"), ("II", "C")]


def test_levels_are_shifted_without_a_gap() -> None:
    chapters = stitch([fragment("a", "<h1>A</h1><h2>B</h2><h5>C</h5><p>x</p><h1>D</h1><p>x</p>")])
    assert [line.split()[0] for line in headings(chapters)] == ["h3", "h4", "h3"]


def test_headings_of_the_prose_are_not_sections() -> None:
    (chapter,) = stitch(
        [
            fragment(
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
        [fragment("a", same), fragment("b", same), fragment("c", "<h1>Contenu</h1><p>x</p>")]
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
    (chapter,) = stitch([fragment("a", source)])
    soup = BeautifulSoup(chapter.html, "html.parser")
    assert soup.table is not None
    assert soup.table["class"] == ["rl-table"]
    assert [header["scope"] for header in soup.find_all("th")] == ["col", "col", "row"]
    assert len(soup.select("div.rl-table-wrap > table")) == 1


TABLE = "<details class='rl-tableau'><summary>Tableau</summary><table><tr><td>1</td></tr></table></details>"


def test_a_numbered_section_begins_a_row_of_its_own() -> None:
    """Its first block never stands in a column beside those of the section before."""
    html = f"<h1>A</h1><p>x</p><h2>B</h2><h3>C</h3>{TABLE}<h3>D</h3>{TABLE}<h2>E</h2><h3>F</h3>{TABLE}<h3>G</h3>{TABLE}"
    (chapter,) = stitch([fragment("a", html)])
    soup = BeautifulSoup(chapter.html, "html.parser")
    assert [heading["id"] for heading in soup.find_all("h3", recursive=False)] == ["a-b", "a-e"]
    rows = [
        [heading["id"] for heading in row.select("h4")] for row in soup.select(".rl-blocs:has(h4)")
    ]
    assert rows == [["a-c", "a-d"], ["a-f", "a-g"]]


def test_a_chapter_is_set_as_a_french_printer_does_and_its_code_as_typed() -> None:
    (chapter,) = stitch([fragment("a", "<h1>A</h1><p>L'an : 5 %</p><pre>d'un : x</pre>")])
    assert "<p>L’an\u00a0: 5\u00a0%</p>" in chapter.html
    assert "<pre>d'un : x</pre>" in chapter.html
