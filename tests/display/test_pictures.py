"""The pictures that the service supplies: in their section, and on the poster of a commune."""

from __future__ import annotations

import base64
import io
import re
import shutil
from pathlib import Path
from typing import Literal

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from rlpipeline.display.sections import pictures
from rlpipeline.errors import SettingsError
from rlpipeline.pipeline.build import BuildRequest, build_years
from rlpipeline.report import open_report
from rlpipeline.settings.models import load_settings

LISTED = """images:
  - {file: fresque.jpg, legende: "La fresque", alternative: "Un mur peint", section: actions-62215, autorisation: oui}
  - {file: sortie.png, legende: "La sortie", alternative: "Un car", section: annexes}
  - {file: sortie.png, legende: "Le local", alternative: "Une porte", section: affiche-62215}
"""
WRONG = 'images:\n  - {{{}, legende: "Une sortie", alternative: "Un car"}}\n'


@pytest.fixture
def params(root: Path, tmp_path: Path) -> Path:
    place = Path(shutil.copytree(root / "params", tmp_path / "params"))
    images = place / "2023" / "images"
    images.mkdir()
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "SECRET", 6  # a description, and a camera held sideways
    photograph = Image.new("RGB", (2400, 1200), "red")
    photograph.save(images / "fresque.jpg", exif=exif, comment=b"SECRET")
    Image.new("P", (30, 20)).save(images / "sortie.png")
    (images / "images.yml").write_text(LISTED, encoding="utf-8")
    return place


def shown_in(
    params: Path, section: str, edition: Literal["interne", "diffusion"] = "interne"
) -> str:
    settings = load_settings(params, 2023).model_copy(update={"edition": edition})
    return pictures(settings, [section])


def test_pictures_stand_in_their_section_for_the_service_and_their_commune(
    store: Path, params: Path
) -> None:
    service, carvin, oignies = (
        open_report(str(store), str(params), 2023, code) for code in (None, "62215", "62637")
    )
    for report in (service, carvin):
        shown = report.pictures("actions")
        assert shown is not None
        assert (
            'alt="Un mur peint"' in shown.html
            and "<figcaption>La fresque</figcaption>" in shown.html
        )
    assert oignies.pictures("actions") is None
    assert carvin.pictures("annexes") is None
    assert service.pictures("annexes") is not None


def test_the_poster_of_a_commune_has_its_picture_and_the_contact_of_the_service(
    store: Path, params: Path
) -> None:
    text = (params / "service.yml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith("contact:")]
    contact = 'contact: {telephone: "01 02 03 04 05", site: "example.org"}\n'
    (params / "service.yml").write_text("".join(kept) + contact, encoding="utf-8")
    carvin, other = (
        open_report(str(store), str(params), 2023, code).poster() for code in ("62215", "62250")
    )
    assert carvin is not None and other is not None
    page = BeautifulSoup(carvin.html, "html.parser")
    assert [image["alt"] for image in page.select(".rl-affiche-image img")] == ["Une porte"]
    (reached,) = (
        " ".join(line.get_text(" ").split()) for line in page.select(".rl-affiche-contact")
    )
    assert reached.endswith("01 02 03 04 05 · example.org")
    assert "rl-photo" not in other.html


def test_a_picture_is_drawn_anew_upright_small_and_bare(params: Path) -> None:
    html = shown_in(params, "actions-62215")
    (content,) = (base64.b64decode(picture) for picture in re.findall(r"base64,([^\"]+)", html))
    image = Image.open(io.BytesIO(content))
    assert (image.size, image.format) == ((600, 1200), "JPEG")
    assert not image.getexif() and b"SECRET" not in content
    assert 'width="600" height="1200"' in html


def test_only_what_is_authorised_is_shared(params: Path) -> None:
    assert "Un mur peint" in shown_in(params, "actions-62215", "diffusion")
    assert "Un car" in shown_in(params, "annexes")
    assert shown_in(params, "annexes", "diffusion") == ""


@pytest.mark.parametrize(
    ("listed", "content", "said"),
    [
        ("file: absente.jpg", None, "n'existe pas"),
        ("file: sortie.png", b"<svg/>", "ne s'ouvre pas"),
        ("file: ../service.yml", None, "file"),
        ("fichier: sortie.png", None, "fichier"),
        ("file: sortie.png, section: edito", None, "section"),
    ],
)
def test_what_is_wrong_with_a_picture_is_told(
    params: Path, listed: str, content: bytes | None, said: str
) -> None:
    images = params / "2023" / "images"
    (images / "images.yml").write_text(WRONG.format(listed), encoding="utf-8")
    if content is not None:
        (images / "sortie.png").write_bytes(content)
    with pytest.raises(SettingsError, match=said):
        shown_in(params, "annexes")


def test_what_is_wrong_with_a_picture_is_told_before_any_chapter_runs(
    root: Path, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(root / "tests/cases/services/poignee", tmp_path / "service"))
    (place / "params/2023/images").mkdir()
    (place / "params/2023/images/images.yml").write_text(
        WRONG.format("file: absente.jpg"), encoding="utf-8"
    )
    out = place / "outputs"
    request = BuildRequest(
        str(place / "source"), place / "params", out, root / "notebooks", stream=io.StringIO()
    )
    with pytest.raises(SettingsError, match="n'existe pas"):
        next(build_years(request, (2023,)))
    assert not out.exists()
