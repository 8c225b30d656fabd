"""What is typed by hand on a page: found, and nothing else; how well is measured on the sentences of the tables."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from rlpipeline.audit.prose.scan import PageScan, direction, scan_page
from tests.audit.prose.pages import prose
from tests.audit.prose.sentences_table import CLEAN, FALSE_ALARMS, MISSED, UNBOUND
from tests.audit.prose.trends_table import TRENDS


def unbound(sentence: str) -> list[str]:
    return [found.words for found in scan_page(prose(sentence)).unbound]


def outcomes(scan: PageScan) -> list[str]:
    counts = {"contredit": len(scan.contradicted), "confirmé": scan.confirmed, "invérifiable": len(scan.unverifiable)}
    return [name for name, times in counts.items() for _ in range(times)] or ["rien"]


def test_recall_and_precision_on_the_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(UNBOUND) >= 60 and len(CLEAN) >= 60
    right = missed = false = 0
    for sentence, expected in [*UNBOUND, *((sentence, []) for sentence in CLEAN)]:
        found, wanted = Counter(unbound(sentence)), Counter(expected)
        right += (found & wanted).total()
        missed += (wanted - found).total()
        false += (found - wanted).total()
    recall, precision = right / (right + missed), right / (right + false)
    with capsys.disabled():
        sys.stdout.write(
            f"\nNombres non liés : rappel {recall:.1%} ({missed} manqué), précision {precision:.1%} ({false} de trop)\n"
        )
    assert missed == len(MISSED) and false == len(FALSE_ALARMS)
    assert recall > 0.98 and precision > 0.98


def test_the_numbers_nobody_bound_are_found_where_they_stand() -> None:
    for sentence, expected in UNBOUND:
        page = prose(sentence)
        found = scan_page(page).unbound
        assert [each.words for each in found] == [words for words in expected if words not in MISSED], sentence
        assert all("".join(page[start:end] for start, end in each.places) == each.words for each in found), sentence


def test_dates_laws_levels_places_hours_ages_ranks_and_names_raise_nothing() -> None:
    asked = [sentence for sentence in CLEAN if sentence not in FALSE_ALARMS]
    assert {sentence: found for sentence in asked if (found := unbound(sentence))} == {}


def test_a_trend_is_held_against_the_figure_it_stands_by() -> None:
    for sentence, moved, expected in TRENDS:

        def evolution_of(reference: Mapping[str, str], moved: Sequence[float | None] = moved) -> float | None:
            return moved[int(reference["data-ref"].split("/")[1].removeprefix("l"))]

        assert outcomes(scan_page(prose(sentence), evolution_of)) == expected, sentence


@pytest.mark.parametrize(
    ("moved", "unit", "expected"),
    [
        (4.99, "%", "stable"), (5.0, "%", "hausse"), (-5.0, "%", "baisse"), (0.0, "%", "stable"),
        (0.99, "points", "stable"), (1.0, "points", "hausse"), (-1.0, "points", "baisse"),
    ],
)  # fmt: skip
def test_steady_means_less_than_five_percent_or_one_point(moved: float, unit: str, expected: str) -> None:
    assert direction(moved, unit) == expected


def test_a_bound_trend_or_evolution_answers_for_itself() -> None:
    assert outcomes(scan_page(prose("Le nombre augmente, il est [[en baisse]]."))) == ["contredit"]
    assert outcomes(scan_page(prose("Le nombre augmente : [[+12 %]]."))) == ["confirmé"]
    assert outcomes(scan_page(prose("La part augmente : [[−1,2 points]]."))) == ["contredit"]
    assert outcomes(scan_page(prose("Le nombre augmente : [[114 jeunes]]."))) == ["invérifiable"]


@pytest.mark.parametrize(
    ("words", "since"),
    [("depuis 2021", "2021"), ("par rapport à 2020", "2020"), ("depuis trois ans", "2020"), ("cette année", None)],
)
def test_the_year_that_a_sentence_compares_with_is_asked_for(words: str, since: str | None) -> None:
    asked: list[Mapping[str, str]] = []

    def evolution_of(reference: Mapping[str, str]) -> float | None:
        asked.append(reference)
        return 9.0

    (found,) = scan_page(prose(f"Le nombre est en baisse {words} ([[114 jeunes]])."), evolution_of).contradicted
    assert asked[0].get("data-depuis") == since
    assert (found.words, found.announced, found.shown, found.evolution) == ("en baisse", "baisse", "hausse", 9.0)
    assert dict(found.reference)["data-territoire"] == "service"


def test_the_finding_says_where_it_is_and_in_which_sentence() -> None:
    page = '<h3 id="les-jeunes">Les jeunes</h3>' + prose("Une phrase. Il y a 12&nbsp;jeunes ici. Une autre.", "durees")
    (found,) = scan_page(page.replace("&amp;nbsp;", "&nbsp;")).unbound
    assert (found.texte, found.chapitre) == ("durees", "les-jeunes")
    assert found.sentence == "Il y a 12 jeunes ici."
    assert (found.value, found.kind, found.unit) == (12, "nombre", "jeunes")


@pytest.mark.parametrize(
    "generated",
    [
        '<table class="rl-table" data-tableau="t"><tr><td>12 jeunes</td></tr></table>',
        '<figure data-graphique="g"><figcaption>12 jeunes</figcaption><svg><text>12</text></svg></figure>',
        '<figure class="rl-figure"><figcaption>12 jeunes</figcaption></figure>',
        '<p class="rl-note">Au moins 12 jeunes.</p>',
        '<div class="rl-text" data-texte="methode"><p>12 jeunes</p></div>',
        '<nav><ol><li>12 jeunes</li></ol></nav><script>var a = "12 jeunes";</script><style>a{margin:12px}</style>',
        '<h3><span class="rl-numero">12</span> Les jeunes</h3>',
        '<p><img alt="" src="data:image/png;base64,12 34"></p>',
    ],
)
def test_what_the_pipeline_writes_is_not_prose(generated: str) -> None:
    assert scan_page(generated + prose("Un jeune.")).unbound == ()


@pytest.mark.parametrize("tag", ["p", "li", "h4", "figcaption", "td", "th", "dd", "blockquote"])
def test_every_kind_of_block_is_read(tag: str) -> None:
    (found,) = scan_page(f"<main><{tag}>Nous avons vu 12 jeunes.</{tag}><p>Fin.</p></main>").unbound
    assert (found.words, found.texte) == ("12", "")


def test_tags_inside_a_number_leave_it_one() -> None:
    page = "<p>En classe de 3<sup>e</sup>, <strong>70</strong>&nbsp;% des jeunes &amp; 2 adultes</p>"
    first, second = scan_page(page).unbound
    assert (first.value, first.kind) == (70, "pourcentage")
    assert [page[start:end] for start, end in first.places] == ["70", "&nbsp;%"]
    assert second.value == 2
