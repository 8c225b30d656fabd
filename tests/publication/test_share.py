"""A package's bytes: what they depend on, how a change of them is found."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from rlpipeline.errors import ReconciliationError
from rlpipeline.publication.release import check_sums, write_sums, write_zip


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("paquet")
    for name in ("index.html", "2022/rapport.html", "2022/communes/1-x.html", "2023/rapport.html"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(f"<!DOCTYPE html><title>{name}</title>", encoding="utf-8")
    write_sums(place)
    return place


def test_the_zip_depends_on_its_files_alone(package: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(package, tmp_path / "autre", copy_function=shutil.copyfile)
    for name, source in (("a.zip", package), ("b.zip", copy)):
        write_zip(source, tmp_path / name, "partage")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "partage/index.html" in archive.namelist()


@pytest.mark.parametrize("change", ["added", "removed", "changed"])
def test_a_year_that_changed_since_is_found(package: Path, tmp_path: Path, change: str) -> None:
    copy = shutil.copytree(package, tmp_path / "copie")
    check_sums(copy, 2022)
    report = copy / "2022" / "rapport.html"
    if change == "removed":
        report.unlink()
    else:
        (report if change == "changed" else copy / "2022" / "plus.html").write_text(
            "x", encoding="utf-8"
        )
    check_sums(copy, 2023)
    with pytest.raises(ReconciliationError, match="2022"):
        check_sums(copy, 2022)
