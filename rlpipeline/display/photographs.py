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

from rlpipeline.display import markup
from rlpipeline.errors import SettingsError
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Settings

FOLDER, LIST = "images", "images.yml"
LARGEST_SIDE = 1200
MOST_PIXELS = 60_000_000
QUALITY = 82
Sentence = Annotated[str, Field(min_length=3)]


class Picture(BaseModel):
    """One entry of ``images.yml``: where it is shown, with ``-<INSEE>`` for one commune; whether anyone may see it."""

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
    """List the pictures of some sections, in the order of the sections then of the file. Raises as ``every_picture``.

    Those that may be shown to anyone alone, in the edition to share.
    """
    listed = every_picture(settings)
    for section in sections:
        for picture in listed:
            shown = settings.edition == "interne" or picture.autorisation == "oui"
            if picture.section == section and shown:
                yield picture


def check_pictures(settings: Settings) -> None:
    """Read the list and the beginning of each picture, before any chapter runs. Raises as ``to_html``."""
    for picture in every_picture(settings):
        with _opened(_folder(settings) / picture.file):
            pass


def every_picture(settings: Settings) -> tuple[Picture, ...]:
    """List every picture of the year. Raises SettingsError: ``images.yml`` breaks its contract."""
    path = _folder(settings) / LIST
    return strict_yaml.read(path, _Pictures).images if path.is_file() else ()


def to_html(settings: Settings, pictures: Sequence[Picture]) -> str:
    """Write pictures with their words; each is drawn anew, without what the camera noted in its file.

    Raises SettingsError: a file is missing, is no picture, or is too large.
    """
    written = ""
    for picture in pictures:
        with _opened(_folder(settings) / picture.file) as opened:
            upright = ImageOps.exif_transpose(opened)
            kind = "png" if opened.format == "PNG" else "jpeg"
            small = upright.convert("RGBA" if kind == "png" else "RGB")
        small.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
        bare, target = Image.new(small.mode, small.size), io.BytesIO()
        bare.paste(small)
        bare.save(target, "PNG", optimize=True) if kind == "png" else bare.save(target, "JPEG", quality=QUALITY)
        content, (width, height) = base64.b64encode(target.getvalue()).decode(), small.size
        written += (
            f'<figure class="rl-photo"><img src="data:image/{kind};base64,{content}" '
            f'alt="{escape(picture.alternative)}" width="{width}" height="{height}">'
            f"<figcaption>{markup.words(picture.legende)}</figcaption></figure>\n"
        )
    return written


def _folder(settings: Settings) -> Path:
    return settings.directory / str(settings.year) / FOLDER


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    if not path.is_file():
        raise _wrong(path, "Une image annoncée n'existe pas.", f"un fichier {path.name} à côté de {LIST}")
    try:
        with Image.open(path, formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                most = f"{MOST_PIXELS // 1_000_000} millions de points au plus"
                raise _wrong(path, "Une image est trop grande.", most)
            yield opened
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _wrong(path, "Une image ne s'ouvre pas.", "une photographie JPEG ou une image PNG") from error


def _wrong(path: Path, what: str, expected: str) -> SettingsError:
    return SettingsError(what, str(path), expected=expected, todo=f"remplacer le fichier, ou l'ôter de {LIST}")
