from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.display.cells import Figure, Reference
from rlpipeline.display.prose import Prose
from rlpipeline.display.text import opens_sentence, to_html, with_silences, without_tags
from rlpipeline.errors import SettingsError

PATH = Path("params/2023/textes/edito.md")


def lookup(reference: Reference) -> Figure:
    if reference.colonne != "total":
        raise SettingsError("Colonne inconnue.", expected="le plus proche est « total »")
    return Figure(114 if reference.year == 2023 else 97, "jeunes", "ok")


PROSE = Prose(lookup, 2023, "service")
TOTAL = '{{ chiffre("accompagnes", "total", "total") }}'
MARKED = (
    '<span class="rl-chiffre" data-ref="accompagnes/total/total" data-territoire="service" data-annee="2023" '
    'data-fonction="chiffre">114</span>'
)


def html(source: str) -> str:
    return to_html(source, PATH, PROSE)


def test_a_figure_is_marked_with_what_it_is_bound_to() -> None:
    assert html(f"Le service a accompagné **{TOTAL}** jeunes.") == (
        f"<p>Le service a accompagné <strong>{MARKED}</strong> jeunes.</p>\n"
    )


@pytest.mark.parametrize(
    ("before", "opens"),
    [
        ("", True),
        ("« ", True),
        ("Fin. ", True),
        ("Fin ? ", True),
        ("« Fin. » ", True),
        ("En 2023. (", True),
        ("Fin.", False),
        ("Fin, ", False),
        ("Fin : ", False),
        ("Voir cf. ", False),
        ("M. ", False),
        ("Fin… ", False),
    ],
)
def test_where_a_sentence_begins(before: str, opens: bool) -> None:
    assert opens_sentence(before) is opens


def test_raw_html_is_text() -> None:
    assert html("<b>gras</b> <script>x</script>") == ("<p>&lt;b&gt;gras&lt;/b&gt; &lt;script&gt;x&lt;/script&gt;</p>\n")


def test_pictures_and_dangerous_links_are_text() -> None:
    written = html("![photo](https://example.org/a.png) [clic](javascript:alert(1))")
    assert "<img" not in written
    assert "javascript" not in "".join(piece for piece in written.split("<") if piece.startswith("a "))


def test_a_figure_in_a_link_is_bare() -> None:
    written = html(f'[{TOTAL}](https://example.org/{{{{ fixe("a<b", "adresse") }}}} "les {TOTAL}")')
    assert written == f'<p><a href="https://example.org/a%3Cb" title="les 114">{MARKED}</a></p>\n'


def test_slots_typed_by_hand_are_taken_away() -> None:
    assert html(f"\ue0000\ue001 {TOTAL}") == f"<p>0 {MARKED}</p>\n"


def test_a_wrong_expression_is_told_with_file_and_line() -> None:
    with pytest.raises(SettingsError) as raised:
        html('Un.\n\nDeux.\n{{ chiffre("a", "b", "c") }}')
    assert (raised.value.where, raised.value.exit_code) == (f"{PATH}, ligne 4", 2)


NOW = Figure(114, "jeunes", "ok")


def said(source: str, *, now: Figure = NOW, then: Figure = NOW) -> str:
    prose = Prose(lambda of: now if of.year == 2023 else then, 2023, "service")
    return without_tags(to_html(source, PATH, prose))


TREND = '{{ tendance("a", "b", "total") }}'
MASKED = Figure(float("nan"), "jeunes", "masque")


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (NOW, "Soit 114, un nombre stable (en 2023)."),
        (MASKED, "Soit 114."),
        (Figure(114, "jeunes", "ok", 9.0), "Soit 114."),
    ],
)
def test_a_passage_is_said_where_its_figures_are_known(then: Figure, words: str) -> None:
    assert said(f"Soit {TOTAL}[[, un nombre {TREND} (en {{{{ annee() }}}})]].", then=then) == words


def test_a_passage_is_left_out_with_its_whole_sentence_or_line() -> None:
    assert said(f"Un.[[ Le nombre\nest\n{TREND}.]] Deux.", then=MASKED) == "Un. Deux."
    assert said(f"Un.\n\n[[Le nombre est {TREND}.]]\n\nDeux.", then=MASKED) == "Un.\nDeux."


def test_words_of_ones_own_do_not_save_a_passage() -> None:
    assert said('Un[[ et {{ chiffre("a", "b", "total", sinon="quelques") }}]].', now=MASKED) == "Un."


def test_the_passages_left_out_are_told_by_rank() -> None:
    source = f"[[note]] [[{TOTAL}]] [[{TREND}]] [[en {{{{ annee() }}}}]]"
    prose = Prose(lambda of: NOW if of.year == 2023 else MASKED, 2023, "service")
    written, silent = with_silences(source, PATH, prose)
    assert (without_tags(written), silent) == ("[[note]] 114  en 2023", (2,))
