"""How a CSV file becomes rows: separators, encodings, quotes, lines that are wrong.

Slow: a thousand interruptions while a file is read, of which one lost leaves a build that goes on.
"""

import codecs
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.records import check, load
from rlpipeline.records.csv_source import read_csv
from rlpipeline.records.findings import Finding
from rlpipeline.settings.models import Service
from tests.records.sample import sample
from tests.records.writers import csv_bytes, write_csv

HEADER = "id_suivi,annee,problematique"


def cut(
    text: str | bytes, name: str = "problematiques"
) -> tuple[list[tuple[int, list[str]]], list[tuple[str, int | None]]]:
    """Line and cells of each row, code and line of each finding."""
    read = read_csv(text.encode() if isinstance(text, str) else text, name)
    codes = [(item.code, item.ligne) for item in read.findings]
    if read.table is None:
        return [], codes
    columns = [column.to_pylist() for column in read.table.columns]
    return [
        (int(line), list(row)) for line, row in zip(read.table.lines, zip(*columns, strict=True), strict=True)
    ], codes


def only(findings: tuple[Finding, ...]) -> Finding:
    (item,) = findings
    return item


def test_plain_lines() -> None:
    rows, codes = cut(f"{HEADER}\nS1,2023,logement\nS2,2023,\n")
    assert rows == [(2, ["S1", "2023", "logement"]), (3, ["S2", "2023", ""])]
    assert codes == []


def test_a_quote_changes_the_way_not_the_result() -> None:
    plain = f"{HEADER}\r\nS1,2023,logement\r\n\r\nS2,2023,x"
    quoted = plain.replace("S2", '"S2"')
    assert cut(plain) == cut(quoted) == ([(2, ["S1", "2023", "logement"]), (4, ["S2", "2023", "x"])], [])


def test_lines_are_those_of_the_file_where_a_cell_holds_several() -> None:
    rows, _ = cut(f'\n{HEADER}\nS1,2023,"a\nb\nc"\n,,\nS2,2023,d\n')
    assert rows == [(3, ["S1", "2023", "a\nb\nc"]), (6, ["", "", ""]), (7, ["S2", "2023", "d"])]


def test_separators_inside_quotes() -> None:
    rows, codes = cut('id_suivi;annee;problematique\nS1;2023;"a;b, ""c"""\n')
    assert rows == [(2, ["S1", "2023", 'a;b, "c"'])]
    assert codes == []


@pytest.mark.parametrize(("separator", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), (";", "cp1252")])
def test_every_separator_and_encoding_gives_the_same_frames(
    separator: str, encoding: str, tmp_path: Path, service: Service
) -> None:
    expected, _ = load(write_csv(sample(), tmp_path / "a"), service)
    tables = sample()
    records, findings = load(write_csv(tables, tmp_path / "b", separator, encoding), service)
    assert findings == []
    for name in tables:
        pd.testing.assert_frame_equal(records[name], expected[name])


def test_windows_1252_reads_the_euro_and_the_ligature() -> None:
    rows, codes = cut(f"{HEADER}\nS1,2023,œuvre à 5 €\n".encode("cp1252"))
    assert rows == [(2, ["S1", "2023", "œuvre à 5 €"])]
    assert codes == []


@pytest.mark.parametrize("data", [b"", b"\n\n", codecs.BOM_UTF8, b" \r\n", b",,\n;\n"])
def test_an_empty_file(data: bytes) -> None:
    assert cut(data) == ([], [("E003", None)])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_named(encoding: str) -> None:
    read = read_csv(f"{HEADER}\nS1,2023,logement\n".encode(encoding), "problematiques")
    assert read.table is None
    assert only(read.findings).code == "E004"
    assert "UTF-16" in only(read.findings).message


def test_two_encodings_in_one_file() -> None:
    lines = [HEADER.encode(), "S1,2023,é".encode(), "S2,2023,è".encode(), "S3,2023,à".encode("cp1252"), b"S4,2023,e"]
    rows, codes = cut(b"\n".join(lines))
    assert codes == [("E004", 4)]
    assert [row[2] for _, row in rows] == ["é", "è", "à", "e"]


def test_two_encodings_in_a_file_mostly_of_windows() -> None:
    lines = [HEADER.encode(), *(f"S{n},2023,é".encode("cp1252") for n in range(3)), "S4,2023,é".encode()]
    rows, codes = cut(b"\n".join(lines))
    assert codes == [("E004", 5)]
    assert {row[2] for _, row in rows} == {"é"}


def test_a_byte_that_windows_1252_does_not_have(tmp_path: Path, service: Service) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    (source / "partenaires.csv").write_bytes("annee,nom,domaine\n2023,Caf\xe9 \x81,x\n".encode("latin-1"))
    (item,) = check(str(source), service)
    assert (item.code, item.table, item.ligne, item.colonne) == ("E109", "partenaires", 2, "nom")


@pytest.mark.parametrize("text", ["S1,2023,a\x00b", 'S1,2023,"a\x00b"', "S1,2023,a\x1bb"])
def test_a_nul_byte(text: str, tmp_path: Path, service: Service) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    (source / "partenaires.csv").write_text(f"annee,nom,domaine\n2023,a,b\n{text.replace('S1,2023', '2023,n')}\n")
    (item,) = check(str(source), service)
    assert (item.code, item.ligne, item.colonne) == ("E109", 3, "domaine")


def test_a_header_that_mixes_separators() -> None:
    read = read_csv(b"id_suivi;annee,problematique\nS1;2023,x\n", "problematiques")
    item = only(read.findings)
    assert (item.code, item.ligne) == ("E005", 1)
    assert "mêle deux séparateurs" in item.message


@pytest.mark.parametrize(("separator", "said"), [("\t", "tabulation"), ("|", "barre")])
def test_a_separator_that_is_not_read(separator: str, said: str) -> None:
    item = only(read_csv(HEADER.replace(",", separator).encode(), "problematiques").findings)
    assert item.code == "E005"
    assert said in item.message


def test_a_line_with_the_other_separator_is_named() -> None:
    read = read_csv(f"{HEADER}\nS1,2023,x\nS2;2023;y\n".encode(), "problematiques")
    item = only(read.findings)
    assert (item.code, item.ligne) == ("E006", 3)
    assert "semble séparée par « ; »" in item.message


def test_ragged_rows_are_findings_and_the_others_are_read() -> None:
    rows, codes = cut(f"{HEADER}\nS1,2023\nS2,2023,x\nS3,1 055,5,x\nS4,2023,y,,\n")
    assert rows == [(3, ["S2", "2023", "x"]), (5, ["S4", "2023", "y"])]
    assert codes == [("E006", 2), ("E006", 4)]


def test_what_a_ragged_row_holds_is_not_missing_elsewhere(tmp_path: Path, service: Service) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    with (source / "jeunes.csv").open("a") as stream:
        stream.write("J4,F,2008\n")
    with (source / "presences.csv").open("a") as stream:
        stream.write("2023-01-01,62215,,J4\n2023-01-01,62215,,J5\n")
    found = [(item.code, item.table, item.ligne) for item in check(str(source), service)]
    assert found == [("E006", "jeunes", 5), ("E202", "presences", 5)]


@pytest.mark.parametrize("broken", ['S2,2023,"abc', 'S2,2023,"abc"d', '"S2"x,2023,y'])
def test_broken_quotes_cost_one_line(broken: str) -> None:
    rows, codes = cut(f"{HEADER}\nS1,2023,x\n{broken}\nS3,2023,y\nS4,2023,z\n")
    assert codes == [("E007", 3)]
    assert [line for line, _ in rows] == [2, 4, 5]


def test_a_quote_closed_far_below_costs_one_line() -> None:
    rows, codes = cut(f'{HEADER}\nS1,2023,"x\nS2,2023,y\nS3,2023,"z"\n')
    assert codes == [("E007", 2)]
    assert rows == [(3, ["S2", "2023", "y"]), (4, ["S3", "2023", "z"])]


def test_a_header_with_broken_quotes() -> None:
    assert cut('"id_suivi,annee\n')[1] == [("E007", 1)]


def test_a_field_too_long_for_the_reader() -> None:
    rows, codes = cut(f'{HEADER}\nS1,2023,"{"x" * 140_000}"\nS2,2023,y\n')
    assert codes == [("E007", 2)]
    assert [line for line, _ in rows] == [3]


def test_the_line_that_tells_excel_the_separator() -> None:
    rows, codes = cut(f"sep=,\r\n{HEADER}\r\nS1,2023,a\r\n")
    assert rows == [(3, ["S1", "2023", "a"])]
    assert codes == []


def test_mac_line_ends() -> None:
    rows, codes = cut(f"{HEADER}\rS1,2023,a\rS2,2023,b\r")
    assert [line for line, _ in rows] == [2, 3]
    assert codes == []


def test_an_empty_end_of_header_is_no_column() -> None:
    read = read_csv(f"{HEADER},,\nS1,2023,a,,\n".encode(), "problematiques")
    assert read.table is not None
    assert read.table.header == ("id_suivi", "annee", "problematique")
    assert read.findings == ()


def test_a_header_alone_is_a_table_without_rows() -> None:
    assert cut(HEADER) == ([], [])


def test_other_files_of_the_folder(tmp_path: Path, service: Service) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    (source / "LISEZMOI.txt").write_text("notice")
    (source / "~$source.xlsx").write_bytes(b"")
    (source / ".~lock.jeunes.csv#").write_bytes(b"")
    (source / "notes").mkdir()
    (source / "ancien.xlsx").write_bytes(b"")
    (item,) = check(str(source), service)
    assert (item.code, item.table, item.valeur) == ("A006", "", "ancien.xlsx")


def test_a_file_named_in_another_case_is_read_and_said(tmp_path: Path, service: Service) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    (source / "jeunes.csv").rename(source / "Jeunes.CSV")
    (item,) = check(str(source), service)
    assert (item.code, item.table, item.valeur) == ("A004", "jeunes", "Jeunes")


@pytest.mark.parametrize(
    ("name", "first", "second"), [("JEUNES.csv", "JEUNES", "jeunes"), ("jeunes.CSV", "jeunes.CSV", "jeunes.csv")]
)
def test_two_files_for_one_table(tmp_path: Path, service: Service, name: str, first: str, second: str) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    (source / name).write_bytes(csv_bytes([["id_jeune"], ["J9"]]))
    (item,) = check(str(source), service)
    assert (item.code, item.table) == ("E009", "jeunes")
    assert f"« {first} » et « {second} »" in item.message


def test_two_files_that_are_no_table_may_share_a_name(tmp_path: Path, service: Service) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    for name in ("notes.csv", "notes.CSV"):
        (source / name).write_bytes(b"a,b")
    assert [item.code for item in check(str(source), service)] == ["A001"]


INTERRUPTED = """
import os, random, signal, threading, time
from contextlib import suppress
from rlpipeline.records.csv_source import read_csv

told, lost = threading.Event(), threading.Event()
signal.signal(signal.SIGINT, lambda *_: told.set())
data = b"a,b\\n" + b"x,y\\n" * 3000

def interrupt():
    for _ in range(1000):
        told.clear()
        time.sleep(random.random() * 0.004)
        os.kill(os.getpid(), signal.SIGINT)
        if not told.wait(60):
            lost.set()
            return

sender = threading.Thread(target=interrupt)
sender.start()
while sender.is_alive():
    with suppress(Exception):
        read_csv(data, "jeunes")
print("perdue" if lost.is_set() else "aucune perdue")
"""


@pytest.mark.slow
def test_no_interruption_is_lost_while_a_file_is_read(root: Path) -> None:
    """A build that lost one went on; Arrow's own handlers lose a few of a thousand."""
    said = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout == "aucune perdue\n"


@pytest.mark.parametrize("title", ["Rapport 2023", "Suivi des jeunes ; 2023", 'Dit « "le tableau »', "jeunes;;;"])
@pytest.mark.parametrize("above", [1, 3])
def test_a_title_above_the_headers_is_said_once_with_their_line(title: str, above: int) -> None:
    rows = "".join(f"S{number};2023;logement\n" for number in range(349))
    text = f"{title}\n" * above + HEADER.replace(",", ";") + "\n" + rows
    item = only(read_csv(text.encode(), "problematiques").findings)
    assert (item.code, item.ligne) == ("E013", 1)
    assert f"à la ligne {above + 1} " in item.message


def test_a_headers_line_that_names_few_columns_is_no_title() -> None:
    _, codes = cut("autre;encore\n1;2\n")
    assert codes == []
    assert cut(f"{HEADER}\n{HEADER}\n")[1] == []


def _broken_link(path: Path) -> None:
    path.symlink_to("nulle_part.csv")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_broken_link, "un lien vers un fichier"),
        (os.mkfifo, "autre chose"),
        (Path.mkdir, "un dossier"),
    ],
)
def test_what_is_no_file_where_a_table_should_be_is_an_error_and_no_absence(
    make: Callable[[Path], object], said: str, tmp_path: Path, service: Service
) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    (source / "temps.csv").unlink()
    make(source / "temps.csv")
    item = only(tuple(check(str(source), service)))
    assert (item.code, item.table, item.valeur) == ("E010", "temps", "temps.csv")
    assert said in item.message


def test_a_link_to_a_file_is_read_and_a_folder_of_another_name_is_nothing(tmp_path: Path, service: Service) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    (source / "temps.csv").rename(tmp_path / "ailleurs.csv")
    (source / "temps.csv").symlink_to(tmp_path / "ailleurs.csv")
    (source / "anciens.csv").mkdir()
    assert check(str(source), service) == []
