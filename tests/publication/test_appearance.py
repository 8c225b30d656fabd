"""The service's logo and colour: what is refused, what is left of a drawing, what each page shows."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from rlpipeline.errors import SettingsError
from rlpipeline.pictures import SHAPED, bare_logo
from rlpipeline.publication.index import write_index, write_internal_index
from rlpipeline.publication.page import (
    MOST_BYTES,
    TEMPLATES,
    cover_for,
    csp_hash,
    look_of,
    render_page,
)
from rlpipeline.settings.colours import DARK, LIGHT, READABLE, contrast
from rlpipeline.settings.models import Service, load_service, load_settings
from tests.publication.factory import PNG

SERVICE = 'nom: "Prévention & Cie"\ndepartement: "62"\ncommunes: [{code: "62215", nom: "Carvin"}]\n'
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9" '
    'onload="alert(1)"><style>@import "http://a.example/x.css"</style><script>alert(1)</script>'
    '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">mot</p></foreignObject>'
    '<image href="http://a.example/x.png"/><a href="http://a.example"><rect width="1"/></a>'
    '<use xlink:href="http://a.example/#x"/><use xlink:href="#forme"/>'
    '<path id="forme" d="M0 0h9v9z" fill="#123456" stroke="url(http://a.example/#x)" style="fill:url(#forme)"/></svg>'
)


def settings(place: Path, look: str = "") -> Service:
    (place / "service.yml").write_text(
        SERVICE + (f"apparence: {look}\n" if look else ""), encoding="utf-8"
    )
    (place / "logo.png").write_bytes(base64.b64decode(PNG))
    (place / "logo.svg").write_text(DRAWING, encoding="utf-8")
    return load_service(place)


@pytest.mark.parametrize("colour", ["#ffcc00"])
def test_a_colour_that_does_not_read_on_white_is_refused_with_one_that_does(
    tmp_path: Path, colour: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, f'{{couleur: "{colour}"}}')
    message = str(refused.value)
    assert re.search(r"ligne 4, apparence\.couleur : couleur trop claire.*4,5 au moins", message)
    proposed = message.rpartition("plus sombre : ")[2][:7]
    assert settings(tmp_path, f'{{couleur: "{proposed}"}}').apparence.couleur == proposed


@pytest.mark.parametrize(
    "look", ['{couleur: "rouge"}', '{couleur: "#fff"}', '{police: "Comic Sans MS"}', '{logo: ""}']
)
def test_what_is_no_colour_no_logo_or_a_font_is_refused(tmp_path: Path, look: str) -> None:
    with pytest.raises(SettingsError):
        settings(tmp_path, look)


@pytest.mark.parametrize("colour", ["#000000", "#b00020"])
def test_every_text_reads_on_what_is_behind_it_in_both_schemes(tmp_path: Path, colour: str) -> None:
    css = look_of(settings(tmp_path, f'{{couleur: "{colour}"}}'), tmp_path).css
    light, dark, paper = (
        dict(re.findall(r"--([\w-]+): (#\w+)", line)) for line in css.splitlines()
    )
    for values, surfaces in ((light, LIGHT), (dark, DARK), (paper, LIGHT)):
        for surface in (*surfaces, values["accent-pale"]):
            assert contrast(values["accent"], surface) >= READABLE
    for ink in ("couverture-encre", "couverture-douce"):
        assert contrast(light["couverture"], light[ink]) >= READABLE


def test_the_surfaces_are_those_of_the_style_sheet() -> None:
    css = (TEMPLATES / "rapport" / "rapport.css").read_text(encoding="utf-8")
    rules = [part.partition("@media")[0] for part in css.split("prefers-color-scheme")]
    schemes = [dict(re.findall(r"--(papier|fond|ligne): (#\w+)", rule)) for rule in rules]
    assert [schemes[0][name] for name in ("papier", "fond", "ligne")] == [*LIGHT]
    assert [schemes[1][name] for name in ("papier", "fond", "ligne")] == [*DARK]


def test_contrast_is_that_of_the_recommendation() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_a_drawing_keeps_its_shapes_alone() -> None:
    bare = bare_logo(DRAWING.encode()).decode()
    assert bare.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">')
    assert 'd="M0 0h9v9z" fill="#123456" style="fill:url(#p1)"' in bare
    assert '<use href="#p1"/>' in bare
    assert not re.search(r"script|style>|alert|a\.example|mot|image|<a |stroke", bare)


def test_an_entity_brings_nothing_in() -> None:
    declared = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    source = f'{declared}<svg xmlns="http://www.w3.org/2000/svg"><g>&x;</g></svg>'
    assert bare_logo(source.encode()) == b'<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>'


def test_no_word_goes_out_in_a_drawing_whatever_attribute_has_it() -> None:
    words = dict.fromkeys(SHAPED, "kevin")
    written = " ".join(f'{name}="{value}"' for name, value in words.items())
    inside = f'<title>kevin</title><desc>kevin</desc><path id="kevin" {written}/>'
    styled = '<path style="font-family:kevin;fill:kevin;stroke:navy;kevin:none"/>'
    source = f'<svg xmlns="http://www.w3.org/2000/svg">{inside}<use href="#kevin"/>{styled}</svg>'
    assert bare_logo(source.encode()).decode() == (
        '<svg xmlns="http://www.w3.org/2000/svg"><path id="p1"/><use href="#p1"/>'
        '<path style="stroke:navy"/></svg>'
    )


@pytest.mark.parametrize(
    "path", ["M1 1zM2 2L3 3Zm1e-3,4", "M 0,0 h9v9z", "m-1.5.5c1,2 3,4 5,6zm2 2"]
)
def test_a_path_stays_as_it_is(path: str) -> None:
    source = f'<svg xmlns="http://www.w3.org/2000/svg"><path d="{path}"/></svg>'
    assert path in bare_logo(source.encode()).decode()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("../ailleurs.png", b"", "introuvable"),
        ("absent.png", None, "introuvable"),
        ("lourd.png", b"\x89PNG\r\n\x1a\n" + bytes(MOST_BYTES), "trop lourd"),
        ("faux.png", b"GIF89a", "ne se lit pas"),
        ("faux.svg", b"<svg><path></svg>", "ne se lit pas"),
        ("page.svg", b"<html><svg/></html>", "ne se lit pas"),
    ],
)
def test_a_logo_that_is_none_is_refused(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    params = tmp_path / "params"
    params.mkdir()
    service = settings(params, f'{{logo: "{name}"}}')
    if content is not None:
        (params / name).write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        look_of(service, params)


@pytest.mark.parametrize(("name", "kind"), [("logo.png", "png"), ("logo.svg", "svg+xml")])
def test_covers_and_indexes_show_the_logo_and_the_colour(
    tmp_path: Path, name: str, kind: str
) -> None:
    service = settings(tmp_path, f'{{logo: "{name}", couleur: "#7a1f3d"}}')
    look = look_of(service, tmp_path)
    write_index(tmp_path, service, [], look=look)
    shared = (tmp_path / "index.html").read_text(encoding="utf-8")
    own = write_internal_index(tmp_path, service, tmp_path).read_text(encoding="utf-8")
    cover = cover_for(load_settings(tmp_path, 2023), "62215", "diffusion")
    for page in (shared, own, render_page([], cover)):
        soup = BeautifulSoup(page, "html5lib")
        (logo,) = soup.select("header img")
        assert logo["alt"] == "Prévention & Cie"
        assert str(logo["src"]).startswith(f"data:image/{kind};base64,")
        style = str(soup.select("style")[0].string)
        assert style.count("--couverture: #7a1f3d;") == 2  # on screens, on paper
        assert csp_hash(style) in page
