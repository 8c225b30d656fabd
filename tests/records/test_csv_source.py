"""How a CSV file becomes rows: separators, encodings, quotes, lines that are wrong.

Slow: a thousand interruptions while a file is read, of which one lost leaves a build that goes on.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from rlpipeline.records import check
from rlpipeline.records.findings import Finding
from rlpipeline.records.sources import Raw, read_csv
from rlpipeline.settings.models import Service
from tests.records.sample import sample
from tests.records.writers import write_csv

HEADER = "id_suivi,annee,problematique"


def cut(
    text: str | bytes, name: str = "problematiques"
) -> tuple[list[tuple[int, list[str]]], list[tuple[str, int | None]]]:
    """Line and cells of each row, code and line of each finding."""
    *findings, table = read_csv(text.encode() if isinstance(text, str) else text, name)
    assert isinstance(table, Raw)
    columns = [column.to_pylist() for column in table.columns]
    rows = [(int(line), list(row)) for line, row in zip(table.lines, zip(*columns, strict=True), strict=True)]
    return rows, [(item.code, item.ligne) for item in findings if isinstance(item, Finding)]


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


def test_windows_1252_reads_the_euro_and_the_ligature() -> None:
    rows, codes = cut(f"{HEADER}\nS1,2023,œuvre à 5 €\n".encode("cp1252"))
    assert rows == [(2, ["S1", "2023", "œuvre à 5 €"])]
    assert codes == []


def test_two_encodings_in_one_file() -> None:
    lines = [HEADER.encode(), "S1,2023,é".encode(), "S2,2023,è".encode(), "S3,2023,à".encode("cp1252"), b"S4,2023,e"]
    rows, codes = cut(b"\n".join(lines))
    assert codes == [("E004", 4)]
    assert [row[2] for _, row in rows] == ["é", "è", "à", "e"]


def test_a_line_with_the_other_separator_is_named() -> None:
    item, _ = read_csv(f"{HEADER}\nS1,2023,x\nS2;2023;y\n".encode(), "problematiques")
    assert isinstance(item, Finding)
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


def test_the_line_that_tells_excel_the_separator() -> None:
    rows, codes = cut(f"sep=,\r\n{HEADER}\r\nS1,2023,a\r\n")
    assert rows == [(3, ["S1", "2023", "a"])]
    assert codes == []


def test_mac_line_ends() -> None:
    rows, codes = cut(f"{HEADER}\rS1,2023,a\rS2,2023,b\r")
    assert [line for line, _ in rows] == [2, 3]
    assert codes == []


INTERRUPTED = """
import os, random, signal, threading, time
from contextlib import suppress
from rlpipeline.records.sources import read_csv

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
        [*read_csv(data, "jeunes")]
print("perdue" if lost.is_set() else "aucune perdue")
"""


@pytest.mark.slow
def test_no_interruption_is_lost_while_a_file_is_read(root: Path) -> None:
    """A build that lost one went on; Arrow's own handlers lose a few of a thousand."""
    said = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout == "aucune perdue\n"


def test_a_link_to_a_file_is_read_and_a_folder_of_another_name_is_nothing(tmp_path: Path, service: Service) -> None:
    source = Path(write_csv(sample(), tmp_path / "source"))
    (source / "temps.csv").rename(tmp_path / "ailleurs.csv")
    (source / "temps.csv").symlink_to(tmp_path / "ailleurs.csv")
    (source / "anciens.csv").mkdir()
    assert check(str(source), service) == []
