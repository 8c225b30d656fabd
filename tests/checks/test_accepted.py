"""What the service accepts: read strictly, taken out of what stands, told when it no longer occurs."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.checks.model import Finding, Place, sort_out
from rlpipeline.errors import SettingsError
from rlpipeline.settings.acceptances import Acceptance, read_acceptances

KEY = "marge:situations/2023/service/total/15_18:accompagnes"
PLACE = Place("indicateurs.csv", "ligne total")


def finding(key: str = KEY, values: tuple[str, str] = ("1\u202f045", "1\u202f046")) -> Finding:
    return Finding(key.partition(":")[0], "Deux totaux diffèrent.", PLACE, values[0], PLACE, values[1], True, key)


def read(tmp_path: Path, text: str) -> tuple[Acceptance, ...]:
    path = tmp_path / "2023" / "ecarts.yml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return read_acceptances(tmp_path, 2023)


def one(values: str = "") -> str:
    return f'ecarts:\n  - controle: marge\n    cle: "{KEY}"\n    raison: "Deux exports."\n{values}'


def test_what_is_accepted_no_longer_stands_and_keeps_its_reason(tmp_path: Path) -> None:
    other = finding("marge:durees/2023/service/total/15_18:accompagnes")
    standing, accepted = sort_out([finding(), other], read(tmp_path, one()))
    assert standing == [other]
    assert [(found.key, acceptance.raison) for found, acceptance in accepted] == [(KEY, "Deux exports.")]


def test_values_are_compared_whatever_their_spaces(tmp_path: Path) -> None:
    accepted = read(tmp_path, one('    valeurs: ["1 045", "1 046"]\n'))
    assert sort_out([finding()], accepted)[0] == []


def test_other_values_at_the_same_place_are_not_accepted(tmp_path: Path) -> None:
    accepted = read(tmp_path, one('    valeurs: ["1 045", "1 046"]\n'))
    changed = finding(values=("1\u202f045", "1\u202f050"))
    still, told = sort_out([changed], accepted)[0]
    assert still == changed
    assert (told.check, told.blocking) == ("ecart_perime", False)
    assert "autres valeurs" in told.message
    assert told.second_value == "1\u202f045 et 1\u202f050"


def test_an_acceptance_that_no_longer_occurs_is_told_with_the_nearest_key(tmp_path: Path) -> None:
    near = finding(KEY.replace("15_18", "19_21"))
    _, told = sort_out([near], read(tmp_path, one()))[0]
    assert (told.check, told.blocking) == ("ecart_perime", False)
    assert near.key in told.second_value
    assert KEY in told.first.where


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (one().replace("marge\n", "marges\n"), "le plus proche est « marge »"),
        (one().replace("raison", "motif"), "raison"),
        (one().replace('"Deux exports."', '""'), "texte vide"),
        (one().replace('"Deux exports."', '"  "'), "texte vide"),
        (one().replace('"marge:', '"cohorte:'), "doit commencer par « marge: »"),
        (one('    valeurs: ["45"]\n'), "deux valeurs attendues"),
        (one() + one().removeprefix("ecarts:\n"), "accepté deux fois"),
        ("- marge\n", "clés"),
    ],
)
def test_a_wrong_file_is_told_with_what_to_do(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)
    assert "ecarts.yml" in str(caught.value)
