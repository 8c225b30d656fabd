import zipfile
from pathlib import Path

import pytest

from rlpipeline.records import check
from rlpipeline.settings.models import Service
from tests.records.sample import sample
from tests.records.writers import write_ods, write_xlsx


def rewritten(path: Path, name: str, change: object) -> None:
    """The archive with one member changed."""
    with zipfile.ZipFile(path) as before:
        members = {item: before.read(item) for item in before.namelist()}
    members[name] = change(members[name])  # type: ignore[operator]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for item, data in members.items():
            after.writestr(item, data)


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
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_workbook(kind: str, kept: float, tmp_path: Path, service: Service) -> None:
    path = tmp_path / f"source.{kind}"
    (write_xlsx if kind == "xlsx" else write_ods)(sample(), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    (item,) = check(str(path), service)
    assert item.code == "E010"
