"""How a CSV file becomes rows: separators, encodings, quotes, lines that are wrong."""

from pathlib import Path

import pytest

from rlpipeline.records.sources import read_csv
from rlpipeline.records.store import check
from rlpipeline.settings.models import Service
from tests.records.sample import sample
from tests.records.writers import write_csv

HEADER = "id_suivi,annee,problematique"


S1 = "S1,2023,x"
FILES: list[tuple[str | bytes, dict[int, str], list[tuple[str, int]]]] = [
    (f"{HEADER}\r\n{S1}\r\n\r\nS2,2023,x", {2: "S1|2023|x", 4: "S2|2023|x"}, []),
    (f'{HEADER}\r\n{S1}\r\n\r\n"S2",2023,x', {2: "S1|2023|x", 4: "S2|2023|x"}, []),
    (
        f'\n{HEADER}\nS1,2023,"a\nb\nc"\n,,\nS2,2023,d\n',
        {3: "S1|2023|a\nb\nc", 6: "||", 7: "S2|2023|d"},
        [],
    ),
    ('id_suivi;annee;problematique\nS1;2023;"a;b, ""c"""\n', {2: 'S1|2023|a;b, "c"'}, []),
    (f"{HEADER}\nS1,2023,œuvre à 5 €\n".encode("cp1252"), {2: "S1|2023|œuvre à 5 €"}, []),
    (
        f"{HEADER}\nS1,,é\nS2,,è\n".encode() + "S3,,à\n".encode("cp1252"),
        {2: "S1||é", 3: "S2||è", 4: "S3||à"},
        [("E004", 4)],
    ),
    (
        f"{HEADER}\nS1,2023\nS2,2023,x\nS3,1 055,5,x\nS4,2023,y,,\n",
        {3: "S2|2023|x", 5: "S4|2023|y"},
        [("E006", 2), ("E006", 4)],
    ),
    (
        f'{HEADER}\nS1,2023,"x\nS2,2023,y\nS3,2023,"z"\n',
        {3: "S2|2023|y", 4: "S3|2023|z"},
        [("E007", 2)],
    ),
    (f"sep=,\r\n{HEADER}\r\n{S1}\r\n", {3: "S1|2023|x"}, []),
    (f"{HEADER}\r{S1}\rS2,2023,b\r", {2: "S1|2023|x", 3: "S2|2023|b"}, []),
    *(
        (f"{HEADER}\n{S1}\n{broken}\nS3,2023,y\n", {2: "S1|2023|x", 4: "S3|2023|y"}, [("E007", 3)])
        for broken in ('S2,2023,"abc', 'S2,2023,"abc"d', '"S2"x,2023,y')
    ),
]
"""A file, its rows by their line, and what is found in it."""


@pytest.mark.parametrize(("text", "rows", "codes"), FILES)
def test_a_file_is_cut(
    text: str | bytes, rows: dict[int, str], codes: list[tuple[str, int]]
) -> None:
    table = read_csv(text.encode() if isinstance(text, str) else text, "problematiques")
    cells = zip(*(column.to_pylist() for column in table.columns), strict=True)
    assert {int(line): "|".join(row) for line, row in zip(table.lines, cells, strict=True)} == rows
    assert [(item.code, item.ligne) for item in table.findings] == codes


def test_a_line_with_the_other_separator_is_named() -> None:
    (item,) = read_csv(f"{HEADER}\nS1,2023,x\nS2;2023;y\n".encode(), "problematiques").findings
    assert (item.code, item.ligne) == ("E006", 3)
    assert "semble séparée par « ; »" in item.message


def test_what_a_ragged_row_holds_is_not_missing_elsewhere(tmp_path: Path, service: Service) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    with (source / "jeunes.csv").open("a") as stream:
        stream.write("J4,F,2008\n")
    with (source / "presences.csv").open("a") as stream:
        stream.write("2023-01-01,62215,,J4\n2023-01-01,62215,,J5\n")
    found = [(item.code, item.table, item.ligne) for item in check(str(source), service)]
    assert found == [("E006", "jeunes", 5), ("E202", "presences", 5)]


def test_a_link_to_a_file_is_read_and_a_folder_of_another_name_is_nothing(
    tmp_path: Path, service: Service
) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    (source / "temps.csv").rename(tmp_path / "ailleurs.csv")
    (source / "temps.csv").symlink_to(tmp_path / "ailleurs.csv")
    (source / "anciens.csv").mkdir()
    assert check(str(source), service) == []
