"""The pictures that the service supplies: ``<year>/images/images.yml`` and the files that it names."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Annotated, Literal

from PIL import Image, ImageOps
from pydantic import BaseModel, ConfigDict, Field

from rlpipeline.display import french
from rlpipeline.errors import SettingsError
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Settings

FOLDER, LIST = "images", "images.yml"
LARGEST_SIDE = 1200
MOST_PIXELS = 60_000_000
QUALITY = 82
Sentence = Annotated[str, Field(min_length=3)]


class Picture(BaseModel):
    """One entry of ``images.yml``.

    Parameters
    ----------
    legende, alternative
        Caption, and words for who does not see the picture.
    section
        Where it is shown: ``annexes``, ``actions``, ``affiche`` and the like, with ``-<INSEE>`` for one commune.
    autorisation
        Whether it may be shown to anyone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    file: Annotated[str, Field(pattern=r"^[^/\\.][^/\\]*\.(?:[jJ][pP][eE]?[gG]|[pP][nN][gG])$")]
    legende: Sentence
    alternative: Sentence
    section: Annotated[
        str,
        Field(
            pattern=r"^(affiche|annexes|actions|developpement_social_local|parentalite|actions_partenariales)(-[0-9AB]{5})?$"
        ),
    ] = "annexes"
    autorisation: Literal["oui", "non"] = "non"


class _Pictures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    images: tuple[Picture, ...] = ()


def pictures_of(settings: Settings, sections: Sequence[str]) -> Iterator[Picture]:
    """List the pictures of some sections, in the order of the sections then of the file.

    Returns
    -------
    Those that may be shown to anyone alone, in the edition to share.

    Raises
    ------
    SettingsError
        ``images.yml`` breaks its contract.
    """
    listed = every_picture(settings)
    for section in sections:
        for picture in listed:
            shown = settings.edition == "interne" or picture.autorisation == "oui"
            if picture.section == section and shown:
                yield picture


def check_pictures(settings: Settings) -> None:
    """Read the list and the beginning of each picture, before any chapter runs.

    Raises
    ------
    SettingsError
        ``images.yml`` breaks its contract; a file is missing, is no picture, or is too large.
    """
    for picture in every_picture(settings):
        with _opened(_folder(settings) / picture.file):
            pass


def every_picture(settings: Settings) -> tuple[Picture, ...]:
    """List every picture of the year. Raises as :func:`check_pictures`, for the list alone."""
    path = _folder(settings) / LIST
    return strict_yaml.read(path, _Pictures).images if path.is_file() else ()


def to_html(settings: Settings, pictures: Sequence[Picture]) -> str:
    """Write pictures with their words; each is drawn anew, without what the camera noted in its file.

    Raises
    ------
    SettingsError
        A file is missing, is no picture, or is too large.
    """
    return "".join(_figure(_folder(settings) / picture.file, picture) for picture in pictures)


def _folder(settings: Settings) -> Path:
    return settings.directory / str(settings.year) / FOLDER


def _figure(path: Path, picture: Picture) -> str:
    kind, content, (width, height) = _drawn_anew(path)
    legend = french.spaced(escape(picture.legende, quote=False))
    size = f'width="{width}" height="{height}"'
    return (
        f'<figure class="rl-photo"><img src="data:image/{kind};base64,{base64.b64encode(content).decode()}" '
        f'alt="{escape(picture.alternative)}" {size}><figcaption>{legend}</figcaption></figure>\n'
    )


def _drawn_anew(path: Path) -> tuple[str, bytes, tuple[int, int]]:
    """Read a picture, turn it upright, make it no larger than a page needs, and write its pixels alone."""
    with _opened(path) as opened:
        upright = ImageOps.exif_transpose(opened)
        kind = "png" if opened.format == "PNG" else "jpeg"
        small = upright.convert("RGBA" if kind == "png" else "RGB")
    small.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    bare = Image.new(small.mode, small.size)
    bare.paste(small)
    target = io.BytesIO()
    bare.save(target, "PNG", optimize=True) if kind == "png" else bare.save(target, "JPEG", quality=QUALITY)
    return kind, target.getvalue(), small.size


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """A picture that is there and of a size that can be read."""
    if not path.is_file():
        raise _wrong(path, "Une image annoncée n'existe pas.", f"un fichier {path.name} à côté de {LIST}")
    try:
        with Image.open(path, formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _wrong(
                    path, "Une image est trop grande.", f"{MOST_PIXELS // 1_000_000} millions de points au plus"
                )
            yield opened
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _wrong(path, "Une image ne s'ouvre pas.", "une photographie JPEG ou une image PNG") from error


def _wrong(path: Path, what: str, expected: str) -> SettingsError:
    return SettingsError(what, str(path), expected=expected, todo=f"remplacer le fichier, ou l'ôter de {LIST}")
