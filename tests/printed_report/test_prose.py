from __future__ import annotations

from rlpipeline.printed_report.reading import cut, read_document


def test_an_abbreviation_ends_no_sentence() -> None:
    assert cut("Selon l'art. L. 121-2 du code. Il agit.") == ("Selon l'art. L. 121-2 du code.", "Il agit.")


def test_sentences_keep_their_section_their_line_and_the_sentence_before() -> None:
    document = read_document("# Un\n\nPremière phrase. Deuxième phrase.\n\n## Deux\n\n- Un point.\n", "p.md")
    assert [(sentence.text, sentence.line, sentence.section[-1]) for sentence in document.sentences] == [
        ("Première phrase.", 3, "Un"),
        ("Deuxième phrase.", 3, "Un"),
        ("Un point.", 7, "Deux"),
    ]
    assert document.sentences[1].before == "Première phrase."


def test_lines_of_a_paragraph_are_joined_and_marks_left_out() -> None:
    document = read_document("Le **service** suit\nles [jeunes](lien).\n", "p.md")
    assert [block.text for block in document.blocks] == ["Le service suit les jeunes."]


def test_the_place_of_a_table_goes_with_what_follows() -> None:
    document = read_document("# Un\n\n[tableau : t1.csv]\n\nVingt jeunes.\n", "p.md")
    assert document.sentences[0].table == "t1"
