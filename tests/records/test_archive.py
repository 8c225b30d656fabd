import struct
import zipfile
from pathlib import Path

import pytest

from rlpipeline.records import archive, check
from rlpipeline.records.archive import UnreadableWorkbook, UnsafeWorkbook, inspect_archive
from rlpipeline.settings.models import Service
from tests.records.sample import sample
from tests.records.writers import write_ods, write_xlsx

CENTRAL = b"PK\x01\x02"


def rewritten(path: Path, name: str, change: object) -> None:
    """The archive with one member changed."""
    with zipfile.ZipFile(path) as before:
        members = {item: before.read(item) for item in before.namelist()}
    members[name] = change(members[name])  # type: ignore[operator]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for item, data in members.items():
            after.writestr(item, data)


def declare(path: Path, name: str, size: int) -> None:
    """Make the central directory lie about the size of a member."""
    data = bytearray(path.read_bytes())
    at = data.rfind(name.encode(), data.find(CENTRAL))
    data[at - 22 : at - 18] = struct.pack("<I", size)
    path.write_bytes(bytes(data))


@pytest.fixture
def bomb(tmp_path: Path) -> Path:
    """A small workbook that holds 200 MB."""
    path = tmp_path / "bombe.xlsx"
    write_xlsx(sample(), path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book, book.open("xl/media/image.bin", "w") as stream:
        for _ in range(200):
            stream.write(bytes(1_000_000))
    assert path.stat().st_size < 300_000
    return path


def test_a_bomb_is_refused_before_it_expands(bomb: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_inflated", lambda *_: pytest.fail("expanded"))
    (item,) = check(str(bomb), service)
    assert (item.code, item.table, item.valeur) == ("E011", "", "bombe.xlsx")
    assert "200 Mo" in item.message


def test_a_bomb_that_lies_is_not_expanded_beyond_what_it_says(bomb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(bomb, "xl/media/image.bin", 1000)
    seen = []
    inflated = archive._inflated
    monkeypatch.setattr(archive, "_inflated", lambda *args: (seen.append(len(c)) or c for c in inflated(*args)))
    with pytest.raises(UnsafeWorkbook):
        inspect_archive(bomb)
    assert max(seen) <= archive.CHUNK
    assert sum(seen) < 5_000_000


def test_a_member_smaller_than_it_says_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "source.xlsx"
    write_xlsx(sample(), path)
    declare(path, "xl/workbook.xml", 10_000_000)
    with pytest.raises(UnreadableWorkbook):
        inspect_archive(path)


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "source.xlsx"
    write_xlsx(sample(), path)
    monkeypatch.setattr(archive, "MAX_MEMBERS", 5)
    with pytest.raises(UnsafeWorkbook):
        inspect_archive(path)


def test_a_large_and_honest_workbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "source.xlsx"
    write_xlsx(
        {"temps": [["date", "educateur"], *([f"2023-01-{n % 28 + 1:02d}", f"E{n}"] for n in range(20_000))]}, path
    )
    inspect_archive(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_an_external_entity_is_refused(kind: str, encoding: str, tmp_path: Path, service: Service) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("mot de passe")
    path = tmp_path / f"source.{kind}"
    write, member = (write_xlsx, "xl/worksheets/sheet1.xml") if kind == "xlsx" else (write_ods, "content.xml")
    write(sample(), path)
    dtd = f'<!DOCTYPE x [<!ENTITY secret SYSTEM "{secret.as_uri()}">]>'

    def attack(xml: bytes) -> bytes:
        head, _, body = xml.decode().rpartition("?>")
        return f"{head}?>{dtd}{body}".replace("J1", "&secret;").encode(encoding)

    rewritten(path, member, attack)
    (item,) = check(str(path), service)
    assert item.code == "E011"
    assert "DTD" in item.message


def test_a_dtd_cut_by_the_end_of_a_piece_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "source.xlsx"
    write_xlsx(sample(), path)
    rewritten(path, "xl/styles.xml", lambda xml: b"<!DOCTYPE a>" + xml)
    monkeypatch.setattr(archive, "CHUNK", 7)
    with pytest.raises(UnsafeWorkbook):
        inspect_archive(path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "n'est pas un classeur"),
        (b"id_jeune,sexe\n", "n'est pas un classeur"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "mot de passe"),
    ],
)
def test_what_is_no_workbook(data: bytes, said: str, tmp_path: Path, service: Service) -> None:
    path = tmp_path / "source.xlsx"
    path.write_bytes(data)
    (item,) = check(str(path), service)
    assert item.code == "E010"
    assert said in item.message


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_an_archive_of_something_else(kind: str, tmp_path: Path, service: Service) -> None:
    path = tmp_path / f"source.{kind}"
    with zipfile.ZipFile(path, "w") as archive_file:
        archive_file.writestr("lisezmoi.txt", "rien")
    (item,) = check(str(path), service)
    assert (item.code, item.table) == ("E010", "")


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_workbook(kind: str, kept: float, tmp_path: Path, service: Service) -> None:
    path = tmp_path / f"source.{kind}"
    (write_xlsx if kind == "xlsx" else write_ods)(sample(), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    (item,) = check(str(path), service)
    assert item.code == "E010"


def test_damaged_bytes_inside(tmp_path: Path, service: Service) -> None:
    path = tmp_path / "source.xlsx"
    write_xlsx(sample(), path)
    rewritten(path, "xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2].replace(b"<c ", b"<f/><c "))
    (item,) = check(str(path), service)
    assert item.code == "E010"


def test_an_encrypted_member(tmp_path: Path, service: Service) -> None:
    path = tmp_path / "source.xlsx"
    write_xlsx(sample(), path)
    data = bytearray(path.read_bytes())
    data[data.find(CENTRAL) + 8] |= 1
    path.write_bytes(bytes(data))
    (item,) = check(str(path), service)
    assert item.code == "E010"
    assert "mot de passe" in item.message
