"""What is typed by hand in the Markdown of texts and chapters is found, and held against the figures."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from rlpipeline.checks.addresses import Sources
from rlpipeline.checks.model import Figure, Location
from rlpipeline.checks.published import (
    Dictionary,
    FormerFigure,
    Labelled,
    Notebook,
    Output,
    Publication,
    figures_in,
)
from rlpipeline.checks.texts import NUMBER, TREND, Text, Typed, mark_pages, note_texts, scan

SENTENCES = yaml.safe_load(Path(__file__).with_name("sentences.yml").read_text("utf-8"))

Row = dict[str, str]
Scan = tuple[Sequence[Typed], Mapping[str, int]]
NONE = Dictionary()


def row(
    place: Sequence[str], now: float, then: float | None, unit: str = "jeunes", label: str = ""
) -> Row:
    id, line, column = place
    former = {
        "valeur_precedente": "" if then is None else str(then),
        "etat_precedent": "ok" if then is not None else "nc",
    }
    own = {
        "indicateur": id,
        "annee": "2023",
        "territoire": "service",
        "ligne": line,
        "colonne": column,
    }
    named = {"libelle_ligne": label or line, "libelle_colonne": label or column, "tableau": id}
    return {
        **own,
        "valeur": str(now),
        "unite": unit,
        "etat": "ok",
        **former,
        **named,
        "comparable": "oui",
    }


def sources(rows: Sequence[Row]) -> Sources:
    columns = {name: [each[name] for each in rows] for name in row(("t", "l", "c"), 0, 0)}
    figures, words = (
        figures_in(columns, NONE),
        zip(*(columns[name] for name in Labelled._fields[4:7]), strict=True),
    )
    labelled = [Labelled(*figure[:4], *said) for figure, said in zip(figures, words, strict=True)]
    former = {}
    for figure, each in zip(figures, rows, strict=True):
        key, value = figure.key._replace(annee=2022), each["valeur_precedente"]
        then = Figure(
            key, float(value) if value else None, figure.unite, each["etat_precedent"], ""
        )
        former[key] = FormerFigure(then, "calculé", each["comparable"] == "oui")
    return Sources(Publication(Path(), 2023, NONE, figures, labelled, former, {}, (), ()))


def read(
    sentence: str, rows: Sequence[Row] = (), names: Mapping[str, frozenset[str]] | None = None
) -> Scan:
    text = Text("textes/bilan.md", "bilan", "service", sentence)
    return scan([text], sources(rows), lambda id, *of: (names or {}).get(id, frozenset()))


def outcomes(found: Scan) -> list[str]:
    trends = [typed for typed in found[0] if typed.check == TREND]
    told = ["contredit" if typed.denied else "invérifiable" for typed in trends]
    return [*told, *["confirmé"] * (found[1][TREND] - len(trends))] or ["rien"]


def test_a_trend_is_held_against_the_figure_it_stands_by() -> None:
    for sentence, moved, expected in SENTENCES["trends"]:
        bound = re.findall(r"\[\[(.*?)\]\]", sentence)
        share = ["%" in words for words in bound]
        rows = [
            row(
                ("t", f"l{rank}", "c"),
                50 + by if of else 1000 + 10 * by,
                50 if of else 1000,
                "%" if of else "jeunes",
            )
            for rank, (by, of) in enumerate(zip(moved, share, strict=False))
            if by is not None
        ]
        ranks = iter(range(9))
        written = re.sub(
            r"\[\[.*?\]\]",
            lambda _: f'{{{{ chiffre("t", "l{next(ranks)}", "c") }}}}',  # noqa: B023
            sentence,
        )
        assert outcomes(read(written, rows)) == expected, sentence


@pytest.mark.parametrize(
    ("now", "then", "unit", "expected"),
    [
        (104.9, 100, "jeunes", "stable"), (105, 100, "jeunes", "hausse"), (95, 100, "jeunes", "baisse"),
        (40.9, 40, "%", "stable"), (41, 40, "%", "hausse"), (39, 40, "%", "baisse"), (100, 100, "jeunes", "stable"),
    ],
)  # fmt: skip
def test_steady_means_less_than_five_percent_or_one_point(
    now: float, then: float, unit: str, expected: str
) -> None:
    said = {"hausse": "en hausse", "baisse": "en baisse", "stable": "stable"}
    rows = [row(("t", "l", "c"), now, then, unit)]
    for direction, words in said.items():
        sentence = f'Le nombre de jeunes est {words} ({{{{ chiffre("t", "l", "c") }}}}).'
        assert outcomes(read(sentence, rows)) == [
            "confirmé" if direction == expected else "contredit"
        ]


def test_a_share_moved_as_its_two_figures_did() -> None:
    rows = [row(("t", "F", "n"), 30, 20), row(("t", "total", "n"), 100, 40)]
    for words, expected in (("en hausse", "contredit"), ("en baisse", "confirmé")):
        assert outcomes(read(f'La part est {words} : {{{{ part("t", "F", "n") }}}}.', rows)) == [
            expected
        ]


@pytest.mark.parametrize("since", ["depuis 2021", "par rapport à 2021", "depuis deux ans"])
def test_the_year_that_a_sentence_compares_with_is_asked_for(since: str) -> None:
    rows = [
        row(("t", "l", "c"), 100, 50),
        {**row(("t", "l", "c"), 150, None), "annee": "2021", "origine": ""},
    ]
    rows[1] |= {"annee_precedente": "2020"}
    typed = read(f'Le nombre est en hausse {since} : {{{{ chiffre("t", "l", "c") }}}}.', rows)[0]
    (found,) = (each for each in typed if each.check == TREND)
    assert (found.words, found.denied) == ("en hausse", "en baisse (100, contre 150 en 2021)")


TABLES = [
    *(
        row(("problematiques", name, "total"), now, then)
        for name, (then, now) in SENTENCES["noted"].items()
    ),
    *(
        row(("reseaux", name, "jeunes"), now, then or None)
        for name, (then, now) in SENTENCES["networks"].items()
    ),
    *(
        row(("actions", "total", f"A{rank}"), 7, None, label=name)
        for rank, name in enumerate(SENTENCES["actions"])
    ),
]
BEFORE = {
    "actions": frozenset({*SENTENCES["already"], "Total"}),
    "reseaux": frozenset(n for n, (then, _) in SENTENCES["networks"].items() if then),
}


def denied(sentence: str) -> list[Typed]:
    return [typed for typed in read(sentence, TABLES, BEFORE)[0] if typed.denied]


def test_false_sentences_are_contradicted_and_true_ones_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    false, true = SENTENCES["are_false"], SENTENCES["are_true"]
    missed = [sentence for sentence in false if not denied(sentence)]
    alarms = [sentence for sentence in true if denied(sentence)]
    with capsys.disabled():
        sys.stdout.write(
            f"\nPhrases sans lien : {len(missed)} manquée(s) sur {len(false)}, {len(alarms)} "
        )
        sys.stdout.write(f"fausse(s) alerte(s) sur {len(true)}\n")
    assert sorted(missed) == sorted(SENTENCES["named_missed"])
    assert alarms == []


def test_without_the_year_before_nothing_is_said_of_age() -> None:
    assert (
        read("L'action Boxe éducative, proposée depuis trois ans, s'arrête.", TABLES)[0][0].check
        == NUMBER
    )
    assert not [
        typed
        for typed in read("La boxe éducative est proposée depuis 2021.", TABLES)[0]
        if typed.denied
    ]


def test_a_figure_linked_to_a_thing_says_that_it_is_not_new() -> None:
    (found,) = denied(
        'Ces accueils sont effectifs depuis juin 2023 : {{ chiffre("reseaux", "MDS", "jeunes") }}.'
    )
    assert found.denied == "là l'année précédente déjà (MDS)"


@pytest.mark.parametrize(
    "markdown", ["- Nous avons vu **12** jeunes.", "| Jeunes | 12 |", "## Les 12 jeunes", "[12](u)"]
)
def test_every_kind_of_block_is_read(markdown: str) -> None:
    assert [typed.words for typed in read(f"Un jeune.\n\n{markdown}\n")[0]] == ["12"]


def test_comments_addresses_and_what_has_a_reason_are_not_numbers() -> None:
    source = '<!-- 12 jeunes --> [ici](https://x.fr/12) ![](12.png) {{ fixe("12", "une raison") }} jeunes en 2023.'
    assert read(source)[0] == ()


def printed(chapter: str, territory: str, name: str, markdown: str = "") -> Notebook:
    file = f"notebooks/{territory}/{chapter}"
    shown = Output(Location(file, ""), "", True, (("text", {"name": name, "etat": "ok"}),))
    return Notebook(file, (shown,), (markdown,))


def test_a_text_printed_twice_is_told_once_and_blocks_a_validated_report() -> None:
    texts: dict[tuple[str, str], Text] = {}
    for territory in ("service", "01004"):
        notebook = printed("01_edito.ipynb", territory, "cadre", "# Bilan des 5 quartiers")
        note_texts(notebook, {"cadre": "Nous sommes quatre éducateurs."}.get, texts)
    found = {
        typed.key: typed for typed in scan(texts.values(), sources([]), lambda *of: frozenset())[0]
    }.values()
    assert {(typed.text.file, typed.words) for typed in found} == {
        ("textes/cadre.md", "quatre"),
        ("notebooks/01_edito.ipynb", "5"),
    }
    assert [typed.finding(validated=True).blocking for typed in found] == [True, True]
    assert not any(typed.finding(validated=False).blocking for typed in found)


def test_a_trend_that_nothing_confirms_never_blocks() -> None:
    (found,) = read("Le public est en forte hausse.")[0]
    assert not found.finding(validated=True).blocking


PAGE = (
    '<p>Nous sommes quatre.</p><div class="rl-text" data-texte="bilan"><div><p>Nous sommes <em>quatre</em>\u00a0: 25, '
    'et <span class="rl-chiffre" data-ref="t/l/c">25</span>, en\nhausse.</p></div></div><h2>Les 5 quartiers</h2>'
)


def test_a_draft_shows_what_was_typed_and_nothing_else_of_its_page_changes(tmp_path: Path) -> None:
    page = tmp_path / "rapport.html"
    page.write_text(PAGE, encoding="utf-8")
    text, chapter = (
        Text("textes/bilan.md", "bilan", "service", ""),
        Text("notebooks/a.ipynb", "", "service", ""),
    )
    typed = [
        Typed(text, NUMBER, "quatre", "…"),
        Typed(text, NUMBER, "25", "…"),
        Typed(text, TREND, "en hausse", "…", denied="en baisse (t/l/c)"),
        Typed(chapter, NUMBER, "5", "Les 5 quartiers"),
    ]
    mark_pages(tmp_path, ["rapport.html"], typed)
    marked = page.read_text(encoding="utf-8")
    marks = re.findall(
        r'<mark class="rl-non-lie" title="([^"]*)">(.*?)<span class="rl-sr"> \(\1\)</span></mark>',
        marked,
        re.S,
    )
    assert [words for _, words in marks] == ["quatre", "25", "en\nhausse", "5"]
    assert marks[2][0] == "contredit par les chiffres : en baisse (t/l/c)"
    assert (
        re.sub(
            r'<mark [^>]*>(.*?)<span class="rl-sr">[^<]*</span></mark>', r"\1", marked, flags=re.S
        )
        == PAGE
    )
    mark_pages(tmp_path, ["rapport.html"], typed)
    assert page.read_text(encoding="utf-8") == marked


@pytest.mark.parametrize(
    "changed",
    [
        {"etat": "partiel"},
        {"etat_precedent": "nc", "valeur_precedente": ""},
        {"valeur_precedente": "0"},
        {"comparable": "non"},
        {"indicateur": "u"},
    ],
)
def test_what_cannot_be_compared_denies_nothing(changed: Row) -> None:
    (found,) = read(
        'Le nombre est en hausse ({{ chiffre("t", "l", "c") }}).',
        [row(("t", "l", "c"), 1, 9) | changed],
    )[0]
    assert found.reason == "évolution inconnue du chiffre lié"
