"""A poster on paper: alone on a sheet, and before the pages of its portrait."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

from rlpipeline.publication.pdf import pdf_of
from rlpipeline.publication.printing import has_poster, poster_alone, poster_first
from tests.publication.paper import faults, headings

ON_IT = "17 L'Œuf diffuser À"
PAGE = """<!DOCTYPE html>
<html lang="fr"><head><title>Portrait : L&#39;Œuf</title></head>
<body><aside class="mention" aria-label="Édition">À diffuser</aside><main><h1>Portrait : L'Œuf</h1>
<div class="rl-text"><details class="rl-affiche"><summary>L’affiche</summary>
<p class="rl-affiche-titre">L'Œuf</p><ul class="rl-affiche-nombres"><li><p class="rl-affiche-nombre">17</p></li></ul>
</details></div><p>La suite du portrait.</p></main></body></html>
"""


def texts(page: str) -> list[str]:
    return [" ".join(sorted(one.extract_text().split())) for one in PdfReader(BytesIO(pdf_of(page, "x"))).pages]


def test_the_poster_alone_is_one_sheet_with_its_name_and_its_mark() -> None:
    alone = poster_alone(PAGE)
    assert texts(alone) == [ON_IT]
    pdf = pdf_of(alone, "x")
    assert faults(pdf) == []
    assert list(headings(pdf)) == ["L'Œuf"]
    assert PdfReader(BytesIO(pdf)).metadata.title == "Affiche\u00a0: L'Œuf"  # type: ignore[union-attr]


def test_a_portrait_begins_with_its_poster_which_comes_once() -> None:
    first, second = texts(poster_first(PAGE))
    assert (
        first == "17 L'Œuf diffuser diffuser À À"
    )  # the sheet's mark, and the portrait's, which only a tag reader has
    assert "portrait." in second and "17" not in second
    bare = PAGE.replace("rl-affiche", "rl-autre")
    assert not has_poster(bare) and poster_first(bare) == bare


def test_the_poster_of_a_draft_says_so() -> None:
    draft = PAGE.replace("<main>", '<main><div class="couverture-brouillon"></div>')
    (sheet,) = texts(poster_alone(draft))
    assert {"diffuser", "Brouillon,", "validé"} <= {*sheet.split()}
    assert "Brouillon" not in " ".join(texts(poster_alone(PAGE)))
