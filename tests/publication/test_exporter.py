from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat import v4

from rlpipeline.errors import NotebookError
from rlpipeline.execution.notebook_files import read_notebook
from rlpipeline.publication.exporter import (
    FIGURE_SHOWN,
    FILE_SHOWN,
    FINDING,
    SENTENCE,
    TABLE_SHOWN,
    TEXT_SHOWN,
    ExecutedChapter,
    RapportExporter,
    carried_by,
    render_slides,
)
from rlpipeline.publication.page import Cover, Onward
from rlpipeline.publication.tree import inside
from tests.publication.factory import PNG, html, markdown, shown, write


def fragment(*cells: nbformat.NotebookNode) -> str:
    shown = RapportExporter().cells_of(v4.new_notebook(cells=list(cells)))
    return "".join(inside(cell.body) for cell in shown)


def output(kind: str, **values: object) -> nbformat.NotebookNode:
    return v4.new_code_cell("1", outputs=[v4.new_output(kind, **values)], execution_count=1)


def test_a_notebook_alone_gives_one_complete_page(tmp_path: Path) -> None:
    parameters = v4.new_code_cell("year = 2000\ncommune = None", metadata={"tags": ["parameters"]})
    injected = v4.new_code_cell(
        "year = 2023\ncommune = '62215'", metadata={"tags": ["injected-parameters"]}
    )
    path = write(
        tmp_path / "05_activite.ipynb",
        markdown("# Activité"),
        parameters,
        injected,
        markdown("## A\n\nx"),
    )
    text, resources = RapportExporter().from_filename(str(path))
    page = BeautifulSoup(text, "html5lib")
    assert [heading.get_text() for heading in page.select("h1, h2, h3")] == [
        "Portrait\u00a0: 62215",
        "V Activité",
        "1. A",
    ]
    assert page.select(".couverture-rapport")[0].get_text() == "Rapport d’activité 2023"
    assert page.select("html[lang=fr] meta[http-equiv]")
    assert resources["output_extension"] == ".html"
    assert "year" not in text


@pytest.mark.parametrize(("named", "year"), [("../params", "2023"), ("", "2023"), ("", "0")])
def test_a_notebook_alone_is_titled_by_the_name_of_its_commune(
    tmp_path: Path, named: str, year: str
) -> None:
    (tmp_path / "params" / "2023").mkdir(parents=True)
    (tmp_path / "rlpipeline.yml").write_text("params: params\n", encoding="utf-8")
    service = 'nom: "Le service"\ndepartement: "01"\ncommunes: [{code: "01004", nom: "Ambérieu-en-Bugey"}]\n'
    (tmp_path / "params/service.yml").write_text(service, encoding="utf-8")
    (tmp_path / "essais").mkdir()
    source = f'year: int = {year}  # année\ncommune: str = ""\nparams: str = "{named}"'
    parameters = v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    injected = v4.new_code_cell("commune = 1004", metadata={"tags": ["injected-parameters"]})
    path = write(
        tmp_path / "essais/05_activite.ipynb", markdown("# Activité"), parameters, injected
    )
    page = BeautifulSoup(RapportExporter().from_filename(str(path))[0], "html5lib")
    assert (
        page.select("title")[0].get_text()
        == "Portrait\u00a0: Ambérieu-en-Bugey – Rapport d’activité 2023 – Le service"
    )


def test_no_code_prompt_warning_or_note() -> None:
    source = fragment(
        markdown("Texte : `edito.md`.", "note"),
        v4.new_code_cell("secret = 1", execution_count=7),
        output("stream", name="stderr", text="UserWarning: lent"),
        output("error", ename="E", evalue="e", traceback=["Traceback"]),
        v4.new_raw_cell("brut"),
    )
    assert source == ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (html("<p>x</p>"), "<p>x</p>"),
        (shown({"text/markdown": "*x*"}), "<p><em>x</em></p>"),
        (output("stream", name="stdout", text="a < b"), "<pre>a &lt; b</pre>"),
        (
            output("execute_result", data={"text/plain": "4 < 5"}, execution_count=1),
            "<pre>4 &lt; 5</pre>",
        ),
        (
            shown({"application/javascript": "alert(1)", "image/svg+xml": "<svg/>"}),
            "<pre>objet</pre>",
        ),
        (shown({"text/latex": "$x$"}), "<pre>objet</pre>"),
    ],
)
def test_outputs(cell: nbformat.NotebookNode, expected: str) -> None:
    assert fragment(cell) == expected


def test_a_chart_of_an_analyst_is_embedded_and_described() -> None:
    chart = shown({"image/png": PNG})
    chart.metadata["alt"] = "Une courbe"
    assert f'src="data:image/png;base64,{PNG}"' in fragment(chart)
    assert 'alt="Une courbe"' in fragment(chart)
    assert 'alt="Graphique sans description"' in fragment(shown({"image/png": PNG}))
    assert 'alt="Image sans description"' in fragment(
        html(f"<img src='data:image/png;base64,{PNG}'>")
    )


def test_hostile_outputs_are_cleaned() -> None:
    shown = fragment(
        html("<p>a</p><script>alert(1)</script>"), markdown("<img src=x onerror=alert(1)>")
    )
    assert re.sub(r"\n+", "", shown) == '<p>a</p><img alt="Image sans description">'


@pytest.mark.parametrize(
    ("mime", "content"),
    [
        (FILE_SHOWN, {"name": "../a.csv", "columns": [], "rows": []}),
        (FILE_SHOWN, {"name": "a.html", "columns": [], "rows": []}),
        (FILE_SHOWN, {"name": "a.csv", "columns": ["x"], "rows": [["1", "2"]]}),
        (FILE_SHOWN, {"name": "a.csv", "columns": ["x"]}),
        (TABLE_SHOWN, {"id": "durees"}),
    ],
)
def test_what_is_carried_malformed_is_refused(
    tmp_path: Path, mime: str, content: dict[str, Any]
) -> None:
    path = write(tmp_path / "05.ipynb", shown({mime: content}))
    with pytest.raises(NotebookError, match="mal formé") as caught:
        carried_by([(path, read_notebook(path))])
    assert str(caught.value.where).endswith("05.ipynb, cellule « c0 »")


def test_a_chapter_says_what_it_shows_without_a_page(tmp_path: Path) -> None:
    texts = {name: {"name": name, "titre": f"L'année de {name}"} for name in ("edito", "constats")}
    cells = [shown({TEXT_SHOWN: text}, name) for name, text in texts.items()]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "00.ipynb")
    chapter = ExecutedChapter(tmp_path / "00.ipynb")
    assert {name: chapter.record(name) for name in texts} == texts
    assert chapter.record("affiche") == {}


COVER = Cover(
    "Service <b>",
    "Bilan",
    2023,
    demonstration=True,
    onward=(Onward("Fichiers", (("a.pdf", "PDF"),)),),
)
MESSAGE = '<figure class="rl-figure"><figcaption><strong class="rl-message">{}</strong></figcaption></figure>'


def test_a_slide_a_finding_and_those_that_the_service_chose(tmp_path: Path) -> None:
    def cell(text: str, kind: str = "", role: str = "") -> nbformat.NotebookNode:
        made = output("display_data", data={"text/html": text, FIGURE_SHOWN: {"role": role}})
        made.metadata |= {"slideshow": {"slide_type": kind}} if kind else {}
        return made

    first = [markdown("# L'essentiel", "premiere-page"), cell("<p>Le constat</p>")]
    other = [
        markdown("# Activité\n## Sorties"),
        cell(
            MESSAGE.format("Plus de sorties") + "<details>tout le tableau</details>", role=FINDING
        ),
        cell("<p>ordinaire</p>"),
        cell("<p>Une phrase seule</p>", "slide", SENTENCE),
        cell(MESSAGE.format("Laissé"), "skip", FINDING),
        markdown("### Choisi"),
        cell("<p>choisi</p><script>alert(1)</script>", "slide"),
    ]
    chapters = [tmp_path / "00.ipynb", tmp_path / "05.ipynb"]
    for path, cells in zip(chapters, (first, other), strict=True):
        nbformat.write(v4.new_notebook(cells=cells), path)
    page = render_slides([*map(ExecutedChapter, chapters)], COVER)
    soup = BeautifulSoup(page, "html5lib")
    sections = soup.select("section.diapo")
    marks = [one.extract().get_text() for one in soup.select("section.diapo > .mention")]
    slides = [" ".join(one.get_text(" ").split()) for one in sections]
    told = ["L’essentiel Le constat", "Sorties Plus de sorties", "Choisi choisi"]
    following = ["Sorties", "Choisi", "Pour en savoir plus"]
    assert slides[0].startswith("Service <b> Bilan 2023")
    assert slides[1:4] == [
        f"{words} ← Précédente Suivante : {name} →"
        for words, name in zip(told, following, strict=True)
    ]
    assert slides[4].startswith("Pour en savoir plus le rapport complet Fichiers PDF")
    assert len(slides) == 5
    assert not soup.select("script, details")
    assert len(marks) == len(sections)  # each is shown, or photographed, alone
    assert all("ne pas diffuser" in mark and "démonstration" in mark for mark in marks)
    assert render_slides([], COVER).count("<section") == 2  # the title, and what to read next


def test_what_is_no_record_of_a_text_is_none(tmp_path: Path) -> None:
    cells = [
        shown({TEXT_SHOWN: {"name": "edito", "etat": "ok"}}),
        shown({TEXT_SHOWN: "edito"}, "autre"),
    ]
    chapter = ExecutedChapter(write(tmp_path / "01_edito.ipynb", *cells))
    assert chapter.record("edito") == {"name": "edito", "etat": "ok"}
    assert [cell.name for cell in chapter.cells] == ["edito", ""]
