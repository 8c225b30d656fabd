from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.display.lookup import read_published
from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS
from tests.declared import declared
from tests.figures.factory import SERVICE

HEADER = "indicateur,annee,territoire,ligne,colonne,valeur,unite,etat"
LINE = "accompagnes,2022,service,total,total,98,jeunes,ok"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "publie.csv"


def test_the_figures_of_a_printed_report(path: Path) -> None:
    none = read_published(path, 2022, declared(SERVICE))
    assert none.empty and list(none.columns) == list(CSV_COLUMNS)
    path.write_text(f"{HEADER}\n{LINE}\n\naccompagnes,2022,62637,total,total,,jeunes,nc\n", encoding="utf-8")
    found = read_published(path, 2022, declared(SERVICE))
    assert found["territoire"].tolist() == ["service", "62637"]
    assert found["valeur"].fillna(-1).tolist() == [98.0, -1]
    assert found["annee"].tolist() == [2022, 2022]


def test_what_a_spreadsheet_saves_is_read_as_in_the_records(path: Path) -> None:
    line = "temps_activite;2022;service;total;heures;7\u202f629,5;heures;ok"
    path.write_text(f"\ufeff{HEADER.replace(',', ';')}\r\n{line}\r\n", encoding="utf-8", newline="")
    assert read_published(path, 2022, declared(SERVICE))["valeur"].tolist() == [7629.5]
    path.write_bytes(f"{HEADER}\n{LINE.replace('total,98', 'été,98')}\n".encode("cp1252"))
    assert read_published(path, 2022, declared(SERVICE))["colonne"].tolist() == ["été"]


@pytest.mark.parametrize(
    ("text", "line", "what", "got"),
    [
        ("", 1, "colonnes", ""),
        (HEADER.replace(",etat", ""), 1, "colonnes", "unite"),
        (f"{HEADER}\n{LINE}\n{LINE}", 3, "deux fois", "déjà à la ligne 2"),
        (f"{HEADER}\n{LINE.replace('accompagnes', 'acompagnes')}", 2, "Indicateur inconnu", "acompagnes"),
        (f"{HEADER}\n{LINE.replace('2022', '2021')}", 2, "autre année", "2021"),
        (f"{HEADER}\n{LINE.replace(',ok', ',sûr')}", 2, "État inconnu", "sûr"),
        (f"{HEADER}\n{LINE.replace('98', '98 environ')}", 2, "pas un nombre", "98 environ"),
        (f"{HEADER}\n{LINE.replace('98', '')}", 2, "pas un nombre", "rien"),
        (f"{HEADER}\n{LINE.replace('98', 'nan')}", 2, "pas un nombre", "nan"),
        (f"{HEADER}\n{LINE.replace('jeunes', '')}", 2, "unite est vide", "rien"),
        (f"{HEADER}\n{LINE},de trop", 2, "nombre de cellules", "9"),
    ],
)
def test_a_wrong_line_is_told_with_its_place(path: Path, text: str, line: int, what: str, got: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=what) as raised:
        read_published(path, 2022, declared(SERVICE))
    assert raised.value.where == f"{path}, ligne {line}"
    assert got in (raised.value.got or "")
    assert what != "Indicateur inconnu" or raised.value.expected == "le plus proche est « accompagnes »"
