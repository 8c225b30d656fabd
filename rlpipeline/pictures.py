"""Pictures: those that the service supplies (``<year>/images/images.yml``), and any without what is not seen.

What is not seen: words of a tool, the place and time of a photograph, whatever comes after the end.

SVG can hold programs and addresses: of a logo, and of a drawing that a chapter shows, what is listed here stays.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from lxml import etree
from PIL import Image, ImageColor
from pydantic import BaseModel, ConfigDict, Field

from rlpipeline.errors import SettingsError
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Settings
from rlpipeline.settings.typed import UNPRINTED

FOLDER, LIST = "images", "images.yml"
MOST_PIXELS = 60_000_000
Sentence = Annotated[str, Field(min_length=3)]

ADDRESS = re.compile(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=\s]+)")
PNG = b"\x89PNG\r\n\x1a\n"
PNG_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IDAT", b"IEND"})
JPEG = b"\xff\xd8"
JPEG_LEFT_OUT = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
"""Segments APP1 to APP15 and comments; APP0 says the density, APP14 how colours are coded."""
SVG = "http://www.w3.org/2000/svg"
# fmt: off
SHAPES = frozenset({"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})
"""Elements that any drawing may hold."""
REFERRED = frozenset({
    "defs", "use", "symbol", "clipPath", "mask", "linearGradient", "radialGradient", "stop", "pattern",
})
"""Those of a logo alone, a file of its own in which parts may refer to one another."""
WRITTEN = frozenset({"title", "text"})
"""Those of a drawing in a page alone: words, which somebody reads before they are shared."""
SHAPED = frozenset({
    "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width", "height", "points",
    "viewBox", "preserveAspectRatio", "transform", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width",
    "stroke-opacity", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "opacity",
    "font-family", "font-size", "font-weight", "text-anchor", "overflow", "role",
    "stop-color", "stop-opacity", "offset", "gradientUnits", "gradientTransform", "spreadMethod", "clip-path",
    "clip-rule", "clipPathUnits", "mask", "maskUnits", "patternUnits", "patternTransform",
})
"""Attributes that any of these elements may have, of values made of ``VALUES``, numbers and colours."""
REFERRING = frozenset({"id", "href", "style"})
"""Attributes of a logo alone."""
VALUES = frozenset(ImageColor.colormap) | {
    "matrix", "translate", "rotate", "scale", "skewx", "skewy", "rgb", "rgba", "hsl", "hsla",
    "url", "px", "pt", "mm", "cm", "em", "deg", "none", "inherit", "currentcolor",
    "transparent", "butt", "round", "square", "miter", "bevel", "nonzero", "evenodd",
    "userspaceonuse", "objectboundingbox", "pad", "reflect", "repeat", "xminymin", "xmidymin",
    "xmaxymin", "xminymid", "xmidymid", "xmaxymid", "xminymax", "xmidymax", "xmaxymax", "meet",
    "slice", "source", "dejavu", "sans", "pro", "serif", "bold", "start", "middle", "end", "visible", "img",
}
# fmt: on
"""Words that an attribute may hold, in small letters, beside numbers, colours and references."""
NO_PARTS: Mapping[str, str] = MappingProxyType({})
_OWN = re.compile(r"^#[^\s()'\"]+$")
_REFERENCE = re.compile(r"#[^\s()'\";]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}(?![\w.-])")
_NO_PATH = re.compile(r"[^\W\d_]{3}|[^MLHVCSQTAZmlhvcsqtazeE\d.,+\s-]")
"""Letters that follow each other, of which a path has two at most, and those that are no step of it."""
_ADDRESS = re.compile(r"url\(\s*(?!['\"]?#)|@|\\|javascript:|expression", re.IGNORECASE)
"""What leads out of a picture, in the value of an attribute."""
_SCAN, _END = 0xDA, b"\xff\xd9"
_RESTARTS = range(0xD0, 0xD8)


def bare_address(address: str) -> str | None:
    """The ``data:`` address of a PNG or JPEG picture without its metadata; None for any other."""
    match = ADDRESS.fullmatch(address)
    if match is None:
        return None
    try:
        picture = bare_picture(base64.b64decode("".join(match[1].split()), validate=True))
    except (binascii.Error, ValueError):
        return None
    kind = "png" if picture.startswith(PNG) else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def bare_logo(content: bytes) -> bytes:
    """A drawing with its shapes alone: no script, style sheet, picture, link, nor anything that leads outside, no word.

    Its parts are numbered, since their names are typed. Raises ValueError, lxml.etree.XMLSyntaxError: it is no SVG.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(content, parser)
    if root.tag != f"{{{SVG}}}svg":
        raise ValueError("no SVG")
    names = dict.fromkeys(element.get("id") for element in root.iter() if element.get("id"))
    numbers = {f"#{name}": f"#p{rank}" for rank, name in enumerate(names, 1)}
    copy = _copy(root, etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG}), numbers)
    bare: bytes = etree.tostring(copy)
    return bare


def _copy(
    source: etree._Element, copy: etree._Element, numbers: Mapping[str, str]
) -> etree._Element:
    for name, value in source.attrib.items():
        local = etree.QName(name).localname
        if local in SHAPED | REFERRING and (kept := svg_value(local, value, numbers)):
            copy.set(local, kept)
    for child in source:
        tag = etree.QName(child) if isinstance(child.tag, str) else None
        if tag is not None and tag.namespace == SVG and tag.localname in SHAPES | REFERRED:
            _copy(child, etree.SubElement(copy, child.tag), numbers)
    return copy


def svg_value(name: str, value: str, numbers: Mapping[str, str] = NO_PARTS) -> str:
    """The value of an attribute of SVG; of a style, what it says in words of SVG; empty where anything else is said.

    ``numbers``: parts of the drawing that may be referred to, by their names, each after a hash.
    """
    if name == "style":
        return _style(value, numbers)
    if name == "id":
        return numbers.get(f"#{value}", "").removeprefix("#")
    if _ADDRESS.search(value) or (name == "href" and not _OWN.match(value)):
        return ""
    if name == "d":
        return "" if _NO_PATH.search(value) else value
    value = _REFERENCE.sub(lambda part: numbers.get(part[0], part[0]), value)
    words = _WORD.findall(re.sub(r"#p\d+", " ", _COLOUR.sub(" ", value)))
    return value if all(word.lower() in VALUES for word in words) else ""


def _style(value: str, numbers: Mapping[str, str]) -> str:
    """What a style says in words of SVG."""
    kept = list[str]()
    for part in value.split(";"):
        key, _, written = part.partition(":")
        key = key.strip()
        said = svg_value(key, written, numbers)
        if said and key in SHAPED:
            kept.append(f"{key}:{said}")
    return ";".join(kept)


def bare_picture(picture: bytes) -> bytes:
    """A PNG or JPEG picture without its metadata, whose pixels are untouched.

    Raises ValueError: it is neither, or it is cut short.
    """
    if picture.startswith(PNG):
        return PNG + b"".join(_png_chunks(picture))
    if picture.startswith(JPEG):
        return JPEG + b"".join(_jpeg_segments(picture))
    raise ValueError("neither PNG nor JPEG")


def _png_chunks(picture: bytes) -> Iterator[bytes]:
    place = len(PNG)
    while True:
        kind = picture[place + 4 : place + 8]
        end = place + 12 + int.from_bytes(picture[place : place + 4])
        if len(kind) < 4 or end > len(picture):
            raise ValueError("a PNG picture is cut short")
        if kind in PNG_CHUNKS:
            yield picture[place:end]
        if kind == b"IEND":
            return
        place = end


def _jpeg_segments(picture: bytes) -> Iterator[bytes]:
    place = len(JPEG)
    while True:
        if picture[place : place + 1] != b"\xff" or place + 4 > len(picture):
            raise ValueError("a JPEG picture is cut short")
        kind = picture[place + 1]
        end = place + 2 + int.from_bytes(picture[place + 2 : place + 4])
        if kind == _SCAN:
            end = _end_of_scan(picture, end)
        if kind not in JPEG_LEFT_OUT:
            yield picture[place:end]
        if picture[end : end + 2] == _END:
            yield _END
            return
        place = end


def _end_of_scan(picture: bytes, place: int) -> int:
    """Where the next segment stands: what is coded holds ``FF`` before 00 and restarts only."""
    while (place := picture.find(b"\xff", place)) >= 0 and place + 1 < len(picture):
        if picture[place + 1] != 0 and picture[place + 1] not in _RESTARTS:
            return place
        place += 2
    raise ValueError("a JPEG picture is cut short")


class Picture(BaseModel):
    """One entry of ``images.yml``: where it is shown, with ``-<INSEE>`` for one commune; whether anyone may see it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    file: Annotated[
        str, Field(pattern=r"^[^/\\.][^/\\]*\.(?:[jJ][pP][eE]?[gG]|[pP][nN][gG])$"), UNPRINTED
    ]
    legende: Sentence
    alternative: Sentence
    section: Annotated[
        str,
        Field(
            pattern=r"^(affiche|annexes|actions|developpement_social_local|parentalite|actions_partenariales)(-[0-9AB]{5})?$"
        ),
        UNPRINTED,
    ] = "annexes"
    autorisation: Literal["oui", "non"] = "non"


class _Pictures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    images: tuple[Picture, ...] = ()


def check_pictures(settings: Settings) -> None:
    """Read the list and the beginning of each picture, before any chapter runs. Raises as ``opened``."""
    for picture in every_picture(settings):
        with opened(settings, picture):
            pass


def every_picture(settings: Settings) -> tuple[Picture, ...]:
    """List every picture of the year. Raises SettingsError: ``images.yml`` breaks its contract."""
    path = _folder(settings) / LIST
    return strict_yaml.read(path, _Pictures).images if path.is_file() else ()


def _folder(settings: Settings) -> Path:
    return settings.directory / str(settings.year) / FOLDER


@contextmanager
def opened(settings: Settings, picture: Picture) -> Iterator[Image.Image]:
    """Open a picture. Raises SettingsError: it is missing, is no picture, or is too large."""
    path = _folder(settings) / picture.file
    if not path.is_file():
        raise _wrong(
            path, "Une image annoncée n'existe pas.", f"un fichier {path.name} à côté de {LIST}"
        )
    try:
        with Image.open(path, formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MOST_PIXELS:
                most = f"{MOST_PIXELS // 1_000_000} millions de points au plus"
                raise _wrong(path, "Une image est trop grande.", most)
            yield image
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _wrong(
            path, "Une image ne s'ouvre pas.", "une photographie JPEG ou une image PNG"
        ) from error


def _wrong(path: Path, what: str, expected: str) -> SettingsError:
    return SettingsError(
        what, str(path), expected=expected, todo=f"remplacer le fichier, ou l'ôter de {LIST}"
    )
