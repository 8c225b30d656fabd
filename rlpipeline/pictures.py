"""Pictures: those that the service supplies (``<year>/images/images.yml``), and any without what is not seen.

What is not seen: words of a tool, the place and time of a photograph, whatever comes after the end.

Of SVG, which can hold programs and addresses, our own drawings alone pass: paths, letters and classes of colour
(``display/drawing.py`` writes them), read here by a grammar of their own.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from rlpipeline.errors import SettingsError
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Settings
from rlpipeline.settings.typed import UNPRINTED

FOLDER, LIST = "images", "images.yml"
MOST_PIXELS = 60_000_000
Sentence = Annotated[str, Field(min_length=3)]

ADDRESS = re.compile(r"data:image/(?:png|jpeg|svg\+xml);base64,([A-Za-z0-9+/=\s]+)")
PNG = b"\x89PNG\r\n\x1a\n"
PNG_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IDAT", b"IEND"})
JPEG = b"\xff\xd8"
JPEG_LEFT_OUT = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
"""Segments APP1 to APP15 and comments; APP0 says the density, APP14 how colours are coded."""
_NUMBER = rb"-?[0-9]{1,5}(?:\.[0-9]{1,5})?"
_CLASSES = rb' class="f?[a-z](?: [a-z])?"'
_RULES = rb"(?:\.f?[a-z]\{(?:fill|stroke):#[0-9a-f]{6}\})+"
_OPACITY = rb'(?: (?:fill|stroke)-opacity="[0-9.]{1,4}"){0,2}'
_LINE = rb'(?: stroke-width="[0-9.]{1,5}")?(?: stroke-dasharray="[0-9. ]{1,40}")?'
_DATA = rb' d="[-MLQCZ0-9. ]+"/>'
_HEAD = re.compile(
    rb'<svg xmlns="http://www\.w3\.org/2000/svg" viewBox="0 0 [0-9]{1,4} [0-9]{1,5}"><style>'
    + _RULES
    + rb"@media \(prefers-color-scheme: dark\)\{"
    + _RULES
    + rb"\}</style><defs>"
)
_LETTER = re.compile(rb'<path id="g[0-9]{1,3}" d="[-MLQCZ0-9. ]*"/>')
_MARK = re.compile(rb"<path" + _CLASSES + rb'(?: fill="none")?' + _OPACITY + _LINE + _DATA)
_WORDS = re.compile(
    rb"<g" + _CLASSES + rb' transform="translate\(N N\) scale\(N -N\)">'.replace(b"N", _NUMBER)
    + rb'(?:<use href="#g[0-9]{1,3}"(?: x="[0-9]{1,6}")?/>)+</g>'
)  # fmt: skip
_SCAN, _END = 0xDA, b"\xff\xd9"
_RESTARTS = range(0xD0, 0xD8)


def bare_address(address: str) -> str | None:
    """The ``data:`` address of a PNG or JPEG picture without its metadata, or of a drawing of ours; None for others."""
    match = ADDRESS.fullmatch(address)
    if match is None:
        return None
    try:
        content = base64.b64decode("".join(match[1].split()), validate=True)
        if address.startswith("data:image/svg"):
            return address if is_drawing(content) else None
        picture = bare_picture(content)
    except (binascii.Error, ValueError):
        return None
    kind = "png" if picture.startswith(PNG) else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def is_drawing(svg: bytes) -> bool:
    """Whether an SVG is one of our drawings, from its first byte to its last."""
    head = _HEAD.match(svg)
    if head is None:
        return False
    place = head.end()
    while (letter := _LETTER.match(svg, place)) is not None:
        place = letter.end()
    if not svg.startswith(b"</defs>", place):
        return False
    place += len(b"</defs>")
    while (mark := _MARK.match(svg, place) or _WORDS.match(svg, place)) is not None:
        place = mark.end()
    return svg[place:] == b"</svg>"


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
