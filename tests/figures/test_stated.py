"""The words in which links are stated are read whole: a slip is refused where it is, or means the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rlpipeline.declared import Link
from rlpipeline.errors import SettingsError
from rlpipeline.figures.stated import Unreadable, read_link, read_stated
from rlpipeline.figures.structure import STATED, vocabulary
from rlpipeline.settings.models import Service
from tests.declared import INDICATORS
from tests.figures.factory import SERVICE

KNOWN = vocabulary(INDICATORS, Service(nom="Service", departement="62", communes=SERVICE.communes))
LINES = [line for line in STATED.splitlines() if line.startswith(" ")]
PUT = ' |,()*-@+:=<a1_"'
"""Characters put in the place of each, and before it: every mark of the grammar, a letter, a figure."""
WHY = "ces tableaux comptent les mêmes jeunes"


def _meant(link: Link) -> tuple[object, ...]:
    """Say what a link means: its name says nothing of figures.

    Between « = » and « <= » there is one character: which was meant the random services of tests/links tell.
    """
    sign = "=" if link.sign == "<=" else link.sign
    how = link.holds, link.partial, link.service
    return link.check, link.left, sign, link.right, link.why, *how


def _slips(line: str) -> Iterator[str]:
    for at in range(len(line)):
        yield line[:at] + line[at + 1 :]
        for put in PUT:
            yield line[:at] + put + line[at + 1 :]
            yield line[:at] + put + line[at:]


@pytest.mark.parametrize("line", LINES)
def test_a_slip_is_refused_or_means_the_same(line: str) -> None:
    meant, refused = _meant(read_link(line, WHY, KNOWN)), 0
    for slip in _slips(line):
        try:
            assert _meant(read_link(slip, WHY, KNOWN)) == meant, slip
        except Unreadable:
            refused += 1
    assert refused > len(line)


def test_every_link_of_ours_is_of_tables_and_codes_that_there_are() -> None:
    assert read_stated(STATED, known=KNOWN) == read_stated(STATED)


LINK = "  cohorte essai: durees(total, total) <= accompagnes(total, total)"


@pytest.mark.parametrize(
    ("text", "line", "column", "expected", "todo"),
    [
        (LINK.replace("<=", "- qpv(total, total) <="), 2, 39, "« + » ou un signe", ""),
        (LINK.replace("essai:", "essai toujour:"), 2, 17, "« : » ou un mot", "toujours"),
        (LINK.replace("essai:", "essai toujours toujours:"), 2, 26, "« : » ou un mot", ""),
        (LINK.replace("essai:", "essaipartiel:"), 2, 11, "une espace avant « partiel »", ""),
        (LINK.replace("cohorte", "cohort"), 2, 3, "le contrôle", "cohorte"),
        (LINK.replace("durees", "duree"), 2, 18, "le nom d'un tableau", "durees"),
        (LINK.replace("durees(total", "durees(totale"), 2, 25, "un code du tableau", "total"),
        (LINK.replace("durees(total", 'durees("total"'), 2, 25, "un code du tableau", ""),
        (LINK.replace("durees(total", "durees(*dure"), 2, 26, "une variable du tableau", "duree"),
        (LINK.replace("durees(total", "durees(total|total"), 2, 31, "une seule fois", ""),
        (LINK.replace("(total, total) <", "(total, total)@avan <"), 2, 39, "avant", "avant"),
        (LINK.replace("accompagnes(total", "accompagnes(*age"), 2, 39, "à droite", ""),
        (LINK + " et plus", 2, 68, "« + » ou la fin de la ligne", ""),
        (LINK[:-1], 2, 66, "« ) »", ""),
        (LINK.replace("<=", "≤"), 2, 39, "un mot, ou l'une de", ""),
        (WHY + LINK, 2, 56, "une raison seule", ""),
        (WHY, 2, 1, "un lien au moins", ""),
    ],
)
def test_what_is_not_read_is_refused_in_its_place(
    text: str, line: int, column: int, expected: str, todo: str
) -> None:
    before = "" if text.startswith(WHY) else WHY
    with pytest.raises(SettingsError) as refused:
        read_stated(f"{before}\n{text}", "essai", KNOWN)
    assert refused.value.where == f"essai, ligne {line}, colonne {column}"
    assert expected in (refused.value.expected or "")
    assert todo in (refused.value.todo or "")


def test_reasons_and_links_may_be_anywhere_in_a_cell() -> None:
    indented = f"""

        {WHY}

        {LINK}
    """
    [link] = read_stated(indented, known=KNOWN)
    assert link.why == WHY and link == read_link(LINK, WHY, KNOWN)


def test_a_name_of_the_records_is_quoted() -> None:
    line = '  cohorte essai: personnel("chef de service", etp) <= personnel(total, etp)'
    assert read_link(line, WHY, KNOWN).left[0].line == "chef de service"
    with pytest.raises(Unreadable, match="entre guillemets"):
        read_link(line.replace('"', ""), WHY, KNOWN)
