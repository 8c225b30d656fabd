from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlpipeline.checks.diff import compare, render_json, render_text, resolve
from rlpipeline.errors import UsageError

HEADER = "indicateur,annee,territoire,ligne,colonne,valeur,unite,etat"
FIGURES = (
    "accompagnes,2022,service,total,total,98,jeunes,ok",
    "accompagnes,2022,service,age_inconnu,total,1,jeunes,ok",
    "accompagnes,2022,62637,total,total,,jeunes,nc",
    "diagnostics,2022,service,Centre,vie,3,note,ok",
    "diagnostics,2021,service,Centre,vie,4,note,ok",
)
NEXT = (
    "accompagnes,2023,service,total,total,1114.5,jeunes,ok",
    "accompagnes,2023,62637,total,total,12,jeunes,ok",
    "accompagnes,2023,service,total,NR,0,jeunes,ok",
    "diagnostics,2023,service,Centre,vie,3,note,ok",
    "diagnostics,2022,service,Centre,vie,3,note,ok",
)


def spans(*words: str, function: str = "tendance", ref: str = "accompagnes/total/total") -> str:
    said = [
        f'<span class="rl-chiffre" data-ref="{ref}" data-territoire="service" data-annee="2023" '
        f'data-fonction="{function}" data-depuis="2022">{word}</span>'
        for word in words
    ]
    return (
        f'<div class="rl-text" data-texte="accompagnes"><p>Il est {" puis ".join(said)}.</p></div>'
    )


def publication(folder: Path, figures: tuple[str, ...], html: str = "<p>Rien.</p>") -> Path:
    folder.mkdir(parents=True)
    (folder / "indicateurs.csv").write_text("\n".join((HEADER, *figures)) + "\n", encoding="utf-8")
    (folder / "rapport.html").write_text(
        f"<!DOCTYPE html><html><body>{html}</body></html>", encoding="utf-8"
    )
    return folder


def test_two_years_are_matched_without_their_year(tmp_path: Path) -> None:
    a = publication(tmp_path / "2022", FIGURES, spans("en hausse"))
    b = publication(tmp_path / "2023", NEXT, spans("en baisse"))
    found = compare(a, b)
    assert (found.before.year, found.after.year) == (2022, 2023)
    told = json.loads(render_json(found))
    assert (told["de"]["annee"], told["a"]["annee"], told["identiques"]) == (2022, 2023, 1)
    assert [len(told[name]) for name in ("changes", "nouveaux", "disparus", "phrases")] == [
        3,
        1,
        1,
        1,
    ]
    changed = told["changes"]
    sides = [
        [change[side] and tuple(change[side].values()) for side in ("avant", "apres")]
        for change in changed
    ]
    assert sides == [
        [(98, "jeunes", "ok"), (1114.5, "jeunes", "ok")],
        [(None, "jeunes", "nc"), (12, "jeunes", "ok")],
        [(4, "note", "ok"), (3, "note", "ok")],
    ]
    assert [change["recul"] for change in changed] == [0, 0, 1]
    assert [change["ecart"] for change in changed] == [1016.5, None, -1]
    assert [change.address.colonne for change in found.of("nouveaux")] == ["NR"]
    assert [change.address.ligne for change in found.of("disparus")] == ["age_inconnu"]
    assert len(found.of("identiques")) == 1
    assert not found.same


def test_a_publication_is_the_same_as_itself(tmp_path: Path) -> None:
    a = publication(tmp_path / "a", NEXT, spans("en hausse"))
    found = compare(a, a)
    assert found.same
    assert len(found.of("identiques")) == found.before.count == len(NEXT)
    assert render_text(found).splitlines() == [
        f"De 2023 ({a}) à 2023 ({a})",
        "Aucune différence : 5 chiffres de part et d'autre.",
    ]


@pytest.mark.parametrize(
    ("before", "after", "function", "turned"),
    [
        ("en hausse", "en baisse", "tendance", True),
        ("stable", "stable", "tendance", False),
        ("en hausse", "non comparable à 2022", "tendance", True),
        ("+12\u00a0%", "+3\u00a0%", "evolution", False),
        ("+12\u00a0%", "−3\u00a0%", "evolution", True),
        ("+12\u00a0%", "0\u00a0%", "evolution", True),
        ("114", "98", "chiffre", False),
    ],
)
def test_sentences_whose_direction_turned(
    tmp_path: Path, before: str, after: str, function: str, turned: bool
) -> None:
    a = publication(tmp_path / "a", NEXT, spans("en hausse", before, function=function))
    b = publication(tmp_path / "b", NEXT, spans("en hausse", after, function=function))
    found = [(turn.texte, turn.ref, turn.avant, turn.apres) for turn in compare(a, b).sentences]
    assert found == ([("accompagnes", "accompagnes/total/total", before, after)] if turned else [])


def test_a_sentence_is_not_compared_with_one_of_another_figure(tmp_path: Path) -> None:
    a = publication(tmp_path / "a", NEXT, spans("en hausse"))
    b = publication(tmp_path / "b", NEXT, spans("en baisse", ref="durees/total/total"))
    assert not compare(a, b).sentences


def test_a_long_list_is_cut_and_counted(tmp_path: Path) -> None:
    a, b = publication(tmp_path / "2022", FIGURES), publication(tmp_path / "2023", NEXT)
    lines = render_text(compare(a, b), listed=1).splitlines()
    assert "    … et 1 de plus (--json les donne tous)" in lines
    assert not any("62637" in line for line in lines)


def test_a_year_or_a_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    built = publication(tmp_path / "outputs" / "2022", FIGURES)
    other = publication(tmp_path / "ailleurs", NEXT)
    assert resolve("2022", tmp_path / "outputs") == built
    assert resolve(str(other), tmp_path / "outputs") == other


@pytest.mark.parametrize(
    "broken", ["indicateur,annee\nx,2022\n", f"{HEADER}\nx,deux mille,s,l,c,1,u,ok\n"]
)
def test_figures_that_cannot_be_read_are_told(tmp_path: Path, broken: str) -> None:
    a = publication(tmp_path / "a", FIGURES)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "indicateurs.csv").write_text(broken, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        compare(a, tmp_path / "b")
    assert raised.value.where == str(tmp_path / "b" / "indicateurs.csv")


def test_a_rounded_figure_has_no_difference(tmp_path: Path) -> None:
    key, total = "accompagnes,2023,service,15_18,total", "accompagnes,2023,service,total,total"
    a = publication(tmp_path / "a", (f"{key},20,jeunes,arrondi", f"{total},98,jeunes,ok"))
    b = publication(tmp_path / "b", (f"{key},35,jeunes,arrondi", f"{total},114,jeunes,ok"))
    changed = json.loads(render_json(compare(a, b)))["changes"]
    assert [change["ecart"] for change in changed] == [None, 16]
    assert "(+15)" not in render_text(compare(a, b)) and "(+16)" in render_text(compare(a, b))


def test_a_total_that_is_no_longer_whole_has_changed(tmp_path: Path) -> None:
    key = "accompagnes,2023,service,total,total"
    a = publication(tmp_path / "a", (f"{key},98,jeunes,ok",))
    b = publication(tmp_path / "b", (f"{key},98,jeunes,partiel",))
    assert [change.kind for change in compare(a, b).figures] == ["changes"]
