"""The service's own look on its pages: its logo, bare of all but the picture, and its colour in both schemes."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from rlpipeline.errors import SettingsError
from rlpipeline.pictures import PNG, bare_picture
from rlpipeline.settings.colours import DARK, PALE_DARK, PALE_LIGHT, WHITE, dark_surfaces, mixed, readable
from rlpipeline.settings.models import Service

MOST_BYTES = 200_000
"""Every page has the logo in it."""
SVG = "http://www.w3.org/2000/svg"
# fmt: off
SHAPES = frozenset({
    "svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "use",
    "symbol", "clipPath", "mask", "linearGradient", "radialGradient", "stop", "pattern",
})
ATTRIBUTES = frozenset({
    "id", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width", "height", "points",
    "viewBox", "preserveAspectRatio", "transform", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width",
    "stroke-opacity", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "opacity",
    "stop-color", "stop-opacity", "offset", "gradientUnits", "gradientTransform", "spreadMethod", "clip-path",
    "clip-rule", "clipPathUnits", "mask", "maskUnits", "patternUnits", "patternTransform", "href", "style",
})
# fmt: on
_OWN = re.compile(r"^#[\w.-]+$")
_ADDRESS = re.compile(r"url\(\s*(?!['\"]?#)|@|\\|javascript:|expression", re.IGNORECASE)
"""What leads out of a picture, in the value of an attribute."""


@dataclass(frozen=True)
class Look:
    """What a page takes from the settings: a picture as a ``data:`` address, and the colours that replace ours."""

    logo: str = ""
    css: str = ""


OURS = Look()
"""That of a service which has none of its own."""


def look_of(service: Service, params: Path) -> Look:
    """Read the look of a service. Raises SettingsError: the logo is elsewhere, missing, too heavy, or no picture."""
    look = service.apparence
    return Look(_logo(params, look.logo) if look.logo else "", _colours(look.couleur) if look.couleur else "")


def _colours(colour: str) -> str:
    covers = {"couverture": colour, "couverture-encre": WHITE}
    soft = {"couverture-douce": readable(mixed(WHITE, colour, 0.8), [colour], WHITE)}
    bright = readable(colour, dark_surfaces(colour), WHITE)
    light = {"accent": colour, "accent-pale": mixed(colour, WHITE, PALE_LIGHT), "barre": mixed(colour, WHITE, 0.45)}
    dark = {"accent": bright, "accent-pale": mixed(colour, DARK[0], PALE_DARK), "barre": mixed(bright, DARK[0], 0.5)}
    on_screen, in_the_dark, on_paper = (
        f":root {{ {' '.join(f'--{name}: {value};' for name, value in values.items())} }}"
        for values in ({**covers, **soft, **light}, dark, {**covers, **light})
    )
    return "\n".join(
        [on_screen, f"@media (prefers-color-scheme: dark) {{ {in_the_dark} }}", f"@media print {{ {on_paper} }}"]
    )


def _logo(params: Path, name: str) -> str:
    path = params / name
    if not path.resolve().is_relative_to(params.resolve()) or not path.is_file():
        raise _wrong(params / "service.yml", "Le logo est introuvable.", f"un fichier {name} dans ce dossier", name)
    content = path.read_bytes()
    if len(content) > MOST_BYTES:
        size = f"{len(content) // 1000} ko"
        raise _wrong(path, "Le logo est trop lourd.", f"{MOST_BYTES // 1000} ko au plus : chaque page le porte", size)
    try:
        if b"<svg" in content[:2000]:
            kind, picture = "svg+xml", bare_svg(content)
        else:
            kind, picture = ("png" if content.startswith(PNG) else "jpeg"), bare_picture(content)
    except (ValueError, etree.XMLSyntaxError) as error:
        raise _wrong(path, "Le logo ne se lit pas.", "une image PNG, JPEG ou SVG entière", name) from error
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _wrong(path: Path, what: str, expected: str, got: str) -> SettingsError:
    return SettingsError(what, str(path), expected, got, "corriger apparence.logo dans service.yml, ou l’enlever")


def bare_svg(content: bytes) -> bytes:
    """A drawing with its shapes alone: no script, style sheet, text, picture, link, nor anything that leads outside.

    Raises ValueError, lxml.etree.XMLSyntaxError: it is no SVG.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(content, parser)
    if root.tag != f"{{{SVG}}}svg":
        raise ValueError("no SVG")
    bare: bytes = etree.tostring(_copy(root, etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG})))
    return bare


def _copy(source: etree._Element, copy: etree._Element) -> etree._Element:
    for name, value in source.attrib.items():  # a reference stays where it is to another part of the drawing
        local = etree.QName(name).localname
        if local in ATTRIBUTES and not _ADDRESS.search(value) and (local != "href" or _OWN.match(value)):
            copy.set(local, value)
    for child in source:
        tag = etree.QName(child) if isinstance(child.tag, str) else None
        if tag is not None and tag.namespace == SVG and tag.localname in SHAPES:
            copied = _copy(child, etree.SubElement(copy, child.tag))
            copied.text = child.text if tag.localname in {"title", "desc"} else None
    return copy
