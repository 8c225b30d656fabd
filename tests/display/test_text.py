from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.display.prose import Cell, Prose, Reference
from rlpipeline.display.text import markdown_to_html, opens_sentence, to_html, with_silences, without_tags
from rlpipeline.errors import SettingsError

PATH = Path("params/2023/textes/edito.md")


def lookup(reference: Reference) -> Cell:
    if reference.colonne != "total":
        raise SettingsError("Colonne inconnue.", expected="le plus proche est « total »")
    return Cell(114 if reference.year == 2023 else 97, "jeunes", "ok")


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


def test_a_fixed_value_is_marked_with_its_reason_and_is_no_markup() -> None:
    assert html('{{ fixe("<4>", "l\'avis \\"de\\" <tous>") }}') == (
        '<p><span class="rl-fixe" data-raison="l&#x27;avis &quot;de&quot; &lt;tous&gt;">&lt;4&gt;</span></p>\n'
    )


def test_calls_may_be_nested() -> None:
    source = (
        '{{ accord(chiffre("accompagnes", "total", "total"), "jeune", "jeunes") }} {{ tendance("a", "b", "total") }}'
    )
    assert without_tags(html(source)) == "114\u00a0jeunes en hausse"


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


TREND = '{{ tendance("accompagnes", "total", "total") }}'


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (TREND, "En hausse"),
        (f"Un. *{TREND}*, puis {TREND}", "Un. En hausse, puis en hausse"),
        (f"Un **deux.** {TREND}", "Un deux. En hausse"),
        (f"{TOTAL}. {TREND}", "114. En hausse"),
        (f"Un.\\\n{TREND}\n\n- {TREND}", "Un.\nEn hausse\nEn hausse"),
        (f"le nombre,\n{TREND}", "le nombre,\nen hausse"),
        ('{{ fixe("quatre", "effectif") }} et {{ fixe("trois", "effectif") }}', "Quatre et trois"),
    ],
)
def test_a_sentence_begins_with_a_capital(source: str, words: str) -> None:
    assert without_tags(html(source)) == words


def test_a_cell_of_a_table_is_no_sentence() -> None:
    assert ">en hausse</span></td>" in html(f"| A | B |\n|---|---|\n| x | {TREND} |")


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


def test_headings_are_lowered() -> None:
    assert html("# Un\n\n## Deux\n\n###### Six") == "<h4>Un</h4>\n<h5>Deux</h5>\n<h6>Six</h6>\n"


def test_tables_are_those_of_the_report() -> None:
    written = html(f"| Poste | Nombre |\n|---|--:|\n| Éducateur | {TOTAL} |")
    assert written.startswith(
        '<div class="rl-table-wrap" tabindex="0" role="region" aria-label="Tableau : Poste et Nombre">'
        '<table class="rl-table">'
    )
    assert '<th scope="col">Poste</th>' in written
    assert '<th class="num" scope="col">Nombre</th>' in written
    assert f'<td class="num">{MARKED}</td>' in written
    assert "style" not in written


def test_typographic_spaces() -> None:
    assert html("Locaux : « trois » ?") == "<p>Locaux\u00a0: «\u00a0trois\u00a0»\u00a0?</p>\n"


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        ('Un.\n\n{{ chifre("a", "b", "total") }}', 3, "Un texte appelle une fonction inconnue."),
        ('Un.\n{{ chiffre("a", "b") }}', 2, "Les arguments de chiffre ne vont pas."),
        ('{{ chiffre("a", "b", "total", couleur="rouge") }}', 1, "Les arguments de chiffre ne vont pas."),
        ('{{ chiffre(*["a", "b", "total"]) }}', 1, "Les arguments de chiffre ne vont pas."),
        ("\n\n{{ 114 }}", 3, "Une expression {{ … }} n'appelle pas de fonction."),
        ("{{ annee }}", 1, "Une expression {{ … }} n'appelle pas de fonction."),
        ('{{ chiffre("a", "b", "total") | upper }}', 1, "Une expression {{ … }} n'appelle pas de fonction."),
        ("{{ annee().words }}", 1, "Une expression {{ … }} n'appelle pas de fonction."),
        ("{{ annee(1 + 1) }}", 1, "Un texte contient autre chose que du Markdown et des appels {{ fonction(…) }}."),
        (
            "{% for a in [1] %}{% endfor %}",
            1,
            "Un texte contient autre chose que du Markdown et des appels {{ fonction(…) }}.",
        ),
        ("Un.\n{{ annee( }}", 2, "Une expression {{ … }} est mal écrite."),
        ('Un.\n\nDeux.\n{{ chiffre("a", "b", "c") }}', 4, "Colonne inconnue."),
        ('Un.\n{{ annee("un") }}', 2, "Un argument n'est pas du bon type."),
        ('{{ chiffre("a", "b", "total", decimales="x") }}', 1, "Un argument n'est pas du bon type."),
        ('Un.\n{{ fixe("4", "") }}', 2, "Une valeur fixe est sans valeur ou sans raison."),
    ],
)
def test_a_wrong_expression_is_told_with_file_and_line(source: str, line: int, what: str) -> None:
    with pytest.raises(SettingsError) as raised:
        html(source)
    assert raised.value.what == what
    assert raised.value.where == f"{PATH}, ligne {line}"
    assert raised.value.exit_code == 2


def test_the_nearest_function_is_named() -> None:
    with pytest.raises(SettingsError) as raised:
        html('{{ evolutoin("a", "b", "total") }}')
    assert raised.value.expected == "evolution(…)"


NOW = Cell(114, "jeunes", "ok")


def said(source: str, *, now: Cell = NOW, then: Cell = NOW) -> str:
    prose = Prose(lambda of: now if of.year == 2023 else then, 2023, "service")
    return without_tags(to_html(source, PATH, prose))


TREND = '{{ tendance("a", "b", "total") }}'
MASKED = Cell(float("nan"), "jeunes", "masque")


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (NOW, "Soit 114, un nombre stable (en 2023)."),
        (MASKED, "Soit 114."),
        (Cell(114, "jeunes", "ok", 9.0), "Soit 114."),
    ],
)
def test_a_passage_is_said_where_its_figures_are_known(then: Cell, words: str) -> None:
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


@pytest.mark.parametrize("passage", [f"[[un {TOTAL}", f"[[un {TOTAL}\n\ndeux]]", f"[[un [[{TOTAL}]] {TOTAL}]]"])
def test_a_passage_is_closed_in_its_paragraph(passage: str) -> None:
    with pytest.raises(SettingsError) as raised:
        html(f"Un.\n[[{TOTAL}\n]]\n{passage}")
    assert raised.value.what == "Un passage [[ … ]] n'est pas fermé."
    assert raised.value.where == f"{PATH}, ligne 4"


def test_markdown_without_expressions() -> None:
    assert markdown_to_html("- **nc** : non communiqué") == (
        "<ul>\n<li><strong>nc</strong>\u00a0: non communiqué</li>\n</ul>\n"
    )


def test_words_without_tags() -> None:
    assert without_tags("<p>5 &lt; 6</p>\n\n\n<p>fin</p>\n") == "5 < 6\nfin"
