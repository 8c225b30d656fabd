"""The poster of a commune: its picture, contact and position."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from rlpipeline.report import open_report

CONTACT = 'contact: {telephone: "01 02 03 04 05", site: "example.org"}\n'


def poster(store: Path, params: Path, commune: str | None = "62215") -> BeautifulSoup:
    shown = open_report(str(store), str(params), 2023, commune).poster()
    return BeautifulSoup(shown.html if shown else "", "html.parser")


def words(soup: BeautifulSoup, chosen: str) -> list[str]:
    return [" ".join(one.get_text(" ").split()) for one in soup.select(chosen)]


def test_a_picture_of_the_service_and_its_contact_are_shown(root: Path, store: Path, tmp_path: Path) -> None:
    params = shutil.copytree(root / "params", tmp_path / "params")
    service = (params / "service.yml").read_text(encoding="utf-8")
    kept = [line for line in service.splitlines(keepends=True) if not line.startswith("contact:")]
    (params / "service.yml").write_text("".join(kept) + CONTACT, encoding="utf-8")
    (params / "2023/images").mkdir()
    Image.new("RGB", (40, 30)).save(params / "2023/images/local.png")
    listed = '- {file: local.png, legende: "Le local", alternative: "Une porte", section: affiche-62215}'
    (params / "2023/images/images.yml").write_text(f"images:\n  {listed}\n", encoding="utf-8")
    found = poster(store, params)
    assert [image["alt"] for image in found.select(".rl-affiche-image img")] == ["Une porte"]
    assert words(found, ".rl-affiche-contact")[0].endswith("01\u00a002\u00a003\u00a004\u00a005 · example.org") or (
        "01 02 03 04 05 · example.org" in words(found, ".rl-affiche-contact")[0]
    )
    assert not poster(store, params, "62250").select(".rl-photo")


@pytest.mark.parametrize("position", ["[91, 2]", "[50.4]", '["a", 2]'])
def test_a_position_that_is_none_is_refused(root: Path, store: Path, tmp_path: Path, position: str) -> None:
    params = shutil.copytree(root / "params", tmp_path / "params")
    service = (params / "service.yml").read_text(encoding="utf-8")
    (params / "service.yml").write_text(service.replace("[50.493, 2.956]", position), encoding="utf-8")
    with pytest.raises(Exception, match="position"):
        poster(store, params)
