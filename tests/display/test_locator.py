from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import locator
from rlpipeline.display.drawing import BLUE
from rlpipeline.errors import SettingsError
from rlpipeline.report import open_report
from rlpipeline.settings.models import Settings, load_settings

CODES = ("62215", "62250", "62907", "62637")


def square(code: str, x: float, y: float = 50.4, **changes: Any) -> dict[str, Any]:
    ring = [[x, y], [x + 0.1, y], [x + 0.1, y + 0.1], [x, y + 0.1], [x, y]]
    return {
        "type": "Feature",
        "properties": {"INSEE_COM": code, "nom": "<b>"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        **changes,
    }


def collection(*more: dict[str, Any], codes: tuple[str, ...] = CODES) -> dict[str, Any]:
    features = [square(code, 2.8 + rank * 0.1) for rank, code in enumerate(codes)]
    return {"type": "FeatureCollection", "features": [*features, *more]}


def without_positions(root: Path) -> str:
    return re.sub(
        r", position: \[[^]]*\]", "", (root / "params" / "service.yml").read_text(encoding="utf-8")
    )


def settings_with(
    root: Path, place: Path, content: str, name: str = "carte.json", settings: str = ""
) -> Settings:
    place.mkdir(exist_ok=True)
    (place / "carte.json").write_text(content, encoding="utf-8")
    settings = settings or without_positions(root)
    (place / "service.yml").write_text(
        f'{settings}carte: "{name}"\ncarte_source: "IGN <2023>"\n', encoding="utf-8"
    )
    return load_settings(place, 2023)


def test_without_land_there_is_no_map(root: Path, store: Path) -> None:
    report = open_report(str(store), str(root / "params"), 2023)
    assert all(commune.position for commune in report.settings.service.communes)
    assert report.map() is None


def test_communes_are_discs_on_the_land_whose_figures_are_told_and_bound(
    root: Path, store: Path, tmp_path: Path
) -> None:
    settings = (root / "params" / "service.yml").read_text(encoding="utf-8")
    settings_with(root, tmp_path, json.dumps(collection()), settings=settings)
    shown = open_report(str(store), str(tmp_path), 2023, "62907").map()
    assert shown is not None
    soup = BeautifulSoup(shown.html, "html.parser")
    assert soup.figcaption is not None
    assert soup.figcaption.get_text() == (
        "Le territoire du service, Libercourt en gras. Source\u00a0: IGN <2023>. Disques : jeunes accompagnés "
        "(Carvin\u00a0: 17, Courrières\u00a0: 31, Libercourt\u00a0: 29, Oignies\u00a0: 37)."
    )
    assert [span["data-ref"] for span in soup.select("span")] == [
        f"communes/{code}/total" for code in CODES
    ]
    assert _dark(shown.html) == 2  # its land and its disc
    assert (
        "<title>Jeunes accompagnés : le plus à Oignies, le moins à Carvin. Carte des communes : "
        in shown.html
    )
    areas = sizes(shown.html)
    assert [area / areas[0] for area in areas] == pytest.approx(
        [1, 31 / 17, 29 / 17, 37 / 17], rel=0.05
    )


def test_a_position_may_have_a_height_and_a_commune_several_outlines(
    root: Path, tmp_path: Path
) -> None:
    flat = collection()
    high = json.loads(json.dumps(flat))
    for feature in high["features"]:
        [ring] = feature["geometry"]["coordinates"]
        raised = [[*point, 31.5] for point in ring]
        feature["geometry"] = {"type": "MultiPolygon", "coordinates": [[raised]]}
    drawn = [
        locator.to_html(settings_with(root, tmp_path, json.dumps(content)), None)
        for content in (flat, high)
    ]
    assert drawn[0] == drawn[1]


def sizes(html: str) -> list[float]:
    """Squares of the widths of the discs, in the order of the communes."""
    found = []
    for drawn in re.findall(r'<path d="(M[^"]*C[^"]*)"', html):
        across = [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", drawn)][::2]
        found.append((max(across) - min(across)) ** 2)
    return found


def test_the_map_says_where_the_communes_are_and_which_one_it_is(
    root: Path, store: Path, tmp_path: Path
) -> None:
    content = json.dumps(collection(square("59000", 2.7)))
    settings = settings_with(root, tmp_path, content)
    whole, one = (locator.to_html(settings, commune) for commune in (None, "62907"))
    assert "<title>Carte des communes : Carvin, Courrières, Libercourt et Oignies.<" in whole
    assert "Libercourt est mise en évidence." in one
    assert "Source\u00a0: IGN &lt;2023&gt;." in one
    dark = [_dark(html) for html in (whole, one)]
    assert dark == [0, 1]


def _dark(html: str) -> int:
    return html.count(f'fill="{BLUE}"')


BAD: dict[str, str] = {
    "texte": "bonjour",
    "liste": "[]",
    "NaN": json.dumps(collection(square("59000", float("nan")))),
    "point": json.dumps(
        collection(square("59000", 2.7) | {"geometry": {"type": "Point", "coordinates": [1, 2]}})
    ),
    "propriétés": json.dumps(collection(square("59000", 2.7) | {"properties": ["x"]})),
    "manque": json.dumps(collection(codes=CODES[:3])),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_map_is_told_in_french(root: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        locator.to_html(settings_with(root, tmp_path, BAD[name]), None)
    assert "carte" in refused.value.what and refused.value.todo
    assert str(refused.value.where).endswith("carte.json")


@pytest.mark.parametrize("name", ["../ailleurs.json", "/etc/passwd", "absent.json"])
def test_the_file_stands_in_the_settings(root: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="carte"):
        locator.to_html(settings_with(root, tmp_path / "params", "{}", name), None)


@pytest.mark.parametrize("position", ["[91, 2]", "[50.4]", '["a", 2]'])
def test_a_position_that_is_none_is_refused(root: Path, tmp_path: Path, position: str) -> None:
    service = (root / "params/service.yml").read_text(encoding="utf-8")
    (tmp_path / "service.yml").write_text(
        service.replace("[50.493, 2.956]", position), encoding="utf-8"
    )
    with pytest.raises(SettingsError, match="position"):
        load_settings(tmp_path, 2023)
