"""Where a sentence begins, figures in links, passages left out; the rest of what a text may hold is a golden case."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.display.prose import Prose
from rlpipeline.display.text import opens_sentence, to_html, with_silences, without_tags
from rlpipeline.observations import Observation

PATH = Path("params/2023/textes/edito.md")
NOW, MASKED = Observation(114, "jeunes", "ok"), Observation(float("nan"), "jeunes", "masque")
TOTAL, TREND = '{{ chiffre("accompagnes", "total", "total") }}', '{{ tendance("a", "b", "total") }}'


def prose(now: Observation, then: Observation) -> Prose:
    return Prose(lambda of: now if of.year == 2023 else then, 2023, "service")


def said(source: str, *, now: Observation = NOW, then: Observation = NOW) -> str:
    return without_tags(to_html(source, PATH, prose(now, then)))


def test_where_a_sentence_begins() -> None:
    assert all(map(opens_sentence, ["", "« ", "Fin. ", "Fin ? ", "« Fin. » ", "En 2023. ("]))
    assert not any(map(opens_sentence, ["Fin.", "Fin, ", "Fin : ", "Voir cf. ", "M. ", "Fin… "]))


def test_a_figure_in_a_link_is_bare() -> None:
    marked = (
        '<span class="rl-chiffre" data-ref="accompagnes/total/total" data-territoire="service" data-annee="2023" '
        'data-fonction="chiffre">114</span>'
    )
    source = f'[{TOTAL}](https://example.org/{{{{ fixe("a<b", "adresse") }}}} "les {TOTAL}")'
    link = f'<p><a href="https://example.org/a%3Cb" title="les 114">{marked}</a></p>\n'
    assert to_html(source, PATH, prose(NOW, NOW)) == link


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (NOW, "Soit 114, un nombre stable (en 2023)."),
        (MASKED, "Soit 114."),
        (Observation(114, "jeunes", "arrondi", 10), "Soit 114."),
    ],
)
def test_a_passage_is_said_where_its_figures_are_known(then: Observation, words: str) -> None:
    assert said(f"Soit {TOTAL}[[, un nombre {TREND} (en {{{{ annee() }}}})]].", then=then) == words


def test_a_passage_is_left_out_with_its_whole_sentence_or_line() -> None:
    assert said(f"Un.[[ Le nombre\nest\n{TREND}.]] Deux.", then=MASKED) == "Un. Deux."
    assert said(f"Un.\n\n[[Le nombre est {TREND}.]]\n\nDeux.", then=MASKED) == "Un.\nDeux."


def test_words_of_ones_own_do_not_save_a_passage() -> None:
    assert (
        said('Un[[ et {{ chiffre("a", "b", "total", sinon="quelques") }}]].', now=MASKED) == "Un."
    )


def test_the_passages_left_out_are_told_by_rank() -> None:
    source = f"[[note]] [[{TOTAL}]] [[{TREND}]] [[en {{{{ annee() }}}}]]"
    written, silent = with_silences(source, PATH, prose(NOW, MASKED))
    assert (without_tags(written), silent) == ("[[note]] 114  en 2023", (2,))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("Bonjour. Les filles sont ¤ des jeunes. Ils sont 3.", "Bonjour. Ils sont 3."),
        ("Les filles sont ¤ des jeunes.", ""),
        ("- Un : ¤.\n- Deux.", "Deux."),
        ("Selon l'art. 3, elles sont ¤. Fin.", "Fin."),
        ("Elles sont **¤. Et** lui.", "Elles sont un nombre masqué. Et lui."),
        ("| a | ¤ |", "| a | un nombre masqué |"),
        (
            'Il y a {{ chiffre("a", "b", "c", sinon="bien des") }} jeunes.',
            "Il y a bien des jeunes.",
        ),
    ],
)
def test_a_sentence_that_quotes_what_is_not_shared_is_left_out(source: str, words: str) -> None:
    quoted = source.replace("¤", '{{ chiffre("a", "b", "c") }}')
    assert without_tags(to_html(quoted, PATH, prose(MASKED, MASKED))) == words


ROUGHLY = Observation(25, "jeunes", "arrondi", 5)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("plus de ¤", "plus d'environ 25"),
        ("plus de\n¤", "plus d'environ 25"),
        ("plus de **¤**", "plus d'environ 25"),
        ("dit que *¤ jeunes*", "dit qu'environ 25 jeunes"),
        ("plus d'environ ¤", "plus d'environ 25"),
        ("près de ¤", "près de 25"),
        ("plus de  \n¤", "plus de\nenviron 25"),
        ("# La part de\n¤", "La part de\nEnviron 25"),
        ("`plus de` ¤", "plus de environ 25"),
        ("Un. ¤", "Un. Environ 25"),
        ("- ¤\n- **¤**", "Environ 25\nEnviron 25"),
        ("| a |\n|---|\n| ¤ |", "a\nenviron 25"),
    ],
)
def test_a_figure_takes_its_form_from_the_words_of_its_block(source: str, words: str) -> None:
    assert said(source.replace("¤", TOTAL), now=ROUGHLY) == words


@pytest.mark.parametrize(
    ("row", "is_reached"),
    [
        ("| Carvin | 3 |", False),
        (f"| Carvin | {TOTAL} |", False),
        ("| Communauté d'agglomération | 35, rue Casimir-Beugnet-Prolongée |", True),
        ('| Carvin | {{ fixe("d’un-établissement-intercommunal", "nom") }} |', True),
    ],
)
def test_a_keyboard_reaches_a_table_that_a_telephone_lets_scroll(
    row: str, is_reached: bool
) -> None:
    html = to_html(f"| Commune | Lieu |\n|---|---|\n{row}", PATH, prose(NOW, NOW))
    assert ('tabindex="0"' in html) == is_reached
