from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import annexes
from rlpipeline.publication.links import explain_acronyms

TABLE = annexes.acronyms({"PRE": "programme de réussite éducative <b>", "A.B": "a et b"})


def explained(*chapters: str) -> list[BeautifulSoup]:
    soups = [BeautifulSoup(one, "html.parser") for one in (*chapters, TABLE)]
    explain_acronyms(soups)
    return soups


def test_the_first_use_alone_is_explained_wherever_the_table_stands() -> None:
    first, second, table = explained("<h2>ASE</h2><p>L'ASE et <em>le PRE</em>, ASE.</p>", "<p>ASE, QPV</p>")
    marks = [(mark.get_text(), mark["title"]) for mark in first.select("abbr.rl-sigle")]
    assert marks == [("ASE", "aide sociale à l'enfance"), ("PRE", "programme de réussite éducative <b>")]
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


def test_what_is_seen_is_explained_before_what_is_folded_and_what_is_not_used_leaves_the_table() -> None:
    folded, table, annex = explained("<details><p>ASE</p></details>", "<table><caption>ASE</caption></table>")
    assert not folded.select("abbr") and table.select("caption > abbr.rl-sigle")
    assert [name.get_text() for name in annex.select("tbody th")] == ["ASE"]
    assert not explained("<p>Rien.</p>")[1].select("table, details")
