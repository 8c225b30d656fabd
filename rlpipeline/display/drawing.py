"""Pictures drawn by matplotlib and seaborn, written as SVG of our own: paths, letters, a few colours, nothing else.

The same values give the same bytes on every machine: letters are paths of the report's face. Colours are classes, so
that a picture follows the colour scheme of who looks at it; ``rlpipeline.pictures`` lets nothing but this through.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import ListedColormap, to_hex, to_rgba
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

from rlpipeline.settings.colours import WHITE, dark_surfaces, readable

INK, MUTED, LINE = "#1f2933", "#5b6670", "#c3c9ce"
BLUE, ORANGE, ORANGE_INK = "#0b5a75", "#d9822b", "#8f4d08"
"""Told apart by any reader, and in grey: the orange is much lighter than the blue."""
PAPER, LAND, OF_SERVICE = "#ffffff", "#eceff1", "#b9d2dc"
DARK: Mapping[str, str] = MappingProxyType(
    {
        INK: "#e6e8ea",
        MUTED: "#b8c0c9",
        LINE: "#5a646e",
        BLUE: "#7cc4dd",
        ORANGE: "#f0a35e",
        ORANGE_INK: "#f5b983",
        PAPER: "#16191d",
        LAND: "#262b31",
        OF_SERVICE: "#2f5a6c",
    }
)
"""Every colour of a picture, and what it is in the dark scheme of the page."""
CLASSES: Mapping[str, str] = MappingProxyType(dict(zip(DARK, "abcdefghi", strict=True)))
DPI = 100
WIDTH = 4.8
"""Inches of any chart: half a page's column, half a sheet, and all of a telephone, where letters are 11 pixels high."""
SIZE, SMALL = 11.5, 10.7
"""Points of letters, and of the smallest, which are 7.5 points high on half a sheet."""
FONTS = ("SourceSansPro-Regular", "SourceSansPro-Bold")
STYLE: dict[Any, Any] = {
    "font.family": ["Source Sans Pro", "DejaVu Sans"],
    "font.size": SIZE,
    "text.color": INK,
    "text.usetex": False,
    "text.parse_math": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.grid": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.bottom": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "path.sketch": None,
}


@dataclass(frozen=True)
class Picture:
    """A picture as SVG."""

    svg: bytes

    def to_html(self, alt: str, colour: str = "") -> str:
        """Write the image.

        ``colour``: the service's, in the place of our blue; as bright as it takes where the page is dark.
        """
        svg = self.svg.replace(_styles().encode(), _styles(colour).encode(), 1)
        width, height = (number.decode() for number in svg.split(b'"', 4)[3].split()[2:])
        address = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"
        return f'<img src="{address}" alt="{escape(alt)}" width="{width}" height="{height}">'


def picture(draw: Callable[[], Canvas]) -> Picture:
    """Draw on a canvas of ``blank`` with our style alone, whatever matplotlibrc the machine has."""
    _add_fonts()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        canvas = draw()
        renderer = _Writer(round(canvas.get_figwidth() * DPI), round(canvas.get_figheight() * DPI))
        canvas.draw(renderer)
        return Picture(renderer.svg())


@cache
def _add_fonts() -> None:
    fonts = font_manager.fontManager.ttflist
    for name in FONTS:
        font_manager.fontManager.addfont(
            str(files("font_source_sans_pro").joinpath("files", f"{name}.ttf"))
        )
        fonts.insert(0, fonts.pop())


def blank(height: float, width: float = WIDTH) -> Canvas:
    """Give a transparent picture of a size in inches."""
    return Canvas(figsize=(width, height), dpi=DPI)


def plane(canvas: Canvas) -> Axes:
    """Give the whole canvas as axes in inches, without frame."""
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, canvas.get_figwidth()), ylim=(0, canvas.get_figheight()))
    axes.axis("off")
    return axes


def shades(count: int) -> list[tuple[float, ...]]:
    """Give shades of one colour from strong to weak: the weak ones let the paper through, whatever its colour."""
    return [to_rgba(BLUE, 1 - 0.82 * rank / max(count - 1, 1)) for rank in range(count)]


def shading() -> ListedColormap:
    """Give the shades of counts from none to the largest."""
    return ListedColormap([to_rgba(BLUE, 0.04 + 0.96 * step / 255) for step in range(256)])


def inches(words: str) -> float:
    """Measure the longest line of words, as letters are written; within ``picture``, whose face it is."""
    return max(map(_points, words.split("\n"))) / 72


@cache
def _points(line: str) -> float:
    width: float = text_to_path.get_text_width_height_descent(
        line, FontProperties(size=SIZE), False
    )[0]
    return width


_OUTLINES: dict[str, str] = {}
"""Letters as they are written in any picture, by font and glyph."""
_PLACED: dict[tuple[str, FontProperties], tuple[tuple[str, float], ...]] = {}
"""The letters of words and how far across each stands: most words are in another picture too."""
_EXTENTS: dict[tuple[str, FontProperties], tuple[float, float, float]] = {}
"""Width, height and descent of words in pixels."""


class _Writer(RendererBase):
    """Writes what matplotlib draws as paths, and letters as uses of one path each."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self._size = width, height
        self._flip = Affine2D().scale(1, -1).translate(0, height)
        self._body: list[str] = []
        self._letters: dict[str, tuple[str, str]] = {}

    def svg(self) -> bytes:
        """Give the whole picture."""
        width, height = self._size
        letters = "".join(
            f'<path id="{name}" d="{data}"/>' for name, data in self._letters.values()
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
            f"<style>{_styles()}</style><defs>{letters}</defs>{''.join(self._body)}</svg>"
        ).encode("ascii")

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self._size

    def points_to_pixels(self, points: Any) -> Any:
        return points * DPI / 72

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        if (s, prop) not in _EXTENTS:
            _EXTENTS[s, prop.copy()] = super().get_text_width_height_descent(s, prop, ismath)
        return _EXTENTS[s, prop]

    def draw_path(self, gc: Any, path: Path, transform: Any, rgbFace: Any = None) -> None:  # noqa: N803
        filled = rgbFace is not None and to_rgba(rgbFace)[3] > 0
        width = self.points_to_pixels(gc.get_linewidth())
        data = _data(path.iter_segments(transform + self._flip, simplify=False))
        if not data or not (filled or width):
            return
        ink = _ink("", gc.get_rgb()) if width else ("", "")
        fill = _ink("f", rgbFace) if filled else ("", "")
        classes = " ".join(name for name, _ in (fill, ink) if name)
        opacity = "".join(
            f' {what}-opacity="{one}"'
            for what, (_, one) in (("fill", fill), ("stroke", ink))
            if one
        )
        hollow = "" if fill[0] else ' fill="none"'
        line = f' stroke-width="{_number(width)}"' if ink[0] else ""
        if line and (dashes := gc.get_dashes()[1]):
            lengths = " ".join(_number(self.points_to_pixels(length)) for length in dashes)
            line += f' stroke-dasharray="{lengths}"'
        self._body.append(f'<path class="{classes}"{hollow}{opacity}{line} d="{data}"/>')

    def draw_text(  # noqa: PLR0913, PLR0917
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        used = []
        for glyph, across in _placed(s.replace("'", "’"), prop):
            if glyph not in self._letters:
                self._letters[glyph] = f"g{len(self._letters)}", _OUTLINES[glyph]
            if self._letters[glyph][1]:
                used.append(
                    f'<use href="#{self._letters[glyph][0]}"'
                    + (f' x="{round(across * 10)}"/>' if across else "/>")
                )
        if used:
            scale = f"{self.points_to_pixels(prop.get_size_in_points()) / text_to_path.FONT_SCALE / 10:.5f}"
            place = f"translate({_number(x)} {_number(y)}) scale({scale} -{scale})"
            self._body.append(
                f'<g class="{_ink("f", gc.get_rgb())[0]}" transform="{place}">{"".join(used)}</g>'
            )


def _placed(words: str, prop: FontProperties) -> tuple[tuple[str, float], ...]:
    if (words, prop) not in _PLACED:
        paths: Any = text_to_path
        placed, new, _ = paths.get_glyphs_with_font(
            paths._get_font(prop), words, glyph_map=_OUTLINES, return_new_glyphs_only=True
        )
        for glyph, (points, codes) in new.items():
            _OUTLINES[glyph] = _data(Path(points * 10, codes).iter_segments(simplify=False), 0)
        _PLACED[words, prop.copy()] = tuple((glyph, across) for glyph, across, *_ in placed)
    return _PLACED[words, prop]


@cache
def _styles(colour: str = "") -> str:
    """Each colour as a class that fills (``fa``) and one that draws lines (``a``), then all in the dark scheme."""
    own = {BLUE: colour.lower()} if colour else {}
    bright = {BLUE: readable(colour, dark_surfaces(colour), WHITE)} if colour else {}
    light, dark = (
        "".join(
            f".f{name}{{fill:{scheme[ours]}}}.{name}{{stroke:{scheme[ours]}}}"
            for ours, name in CLASSES.items()
        )
        for scheme in ({ours: ours for ours in DARK} | own, {**DARK, **bright})
    )
    return f"{light}@media (prefers-color-scheme: dark){{{dark}}}"


def _ink(kind: str, colour: Any) -> tuple[str, str]:
    """Class of a colour of the palette, and its opacity; both empty where it is transparent, the second where full."""
    alpha = to_rgba(colour)[3]
    return (
        (f"{kind}{CLASSES[to_hex(colour)]}", _number(alpha, 2) if alpha < 1 else "")
        if alpha
        else ("", "")
    )


def _data(segments: Iterable[tuple[Any, Any]], decimals: int = 1) -> str:
    letters = {
        Path.MOVETO: "M",
        Path.LINETO: "L",
        Path.CURVE3: "Q",
        Path.CURVE4: "C",
        Path.CLOSEPOLY: "Z",
    }
    pieces = []
    for points, code in segments:
        numbers = (
            ""
            if code == Path.CLOSEPOLY
            else " ".join(_number(float(number), decimals) for number in points)
        )
        pieces.append(letters[code] + numbers)
    return "".join(pieces)


def _number(value: float, decimals: int = 1) -> str:
    if not math.isfinite(value):
        raise ValueError("a picture has a point that is nowhere")
    rounded = round(value, decimals) + 0.0
    return f"{rounded:.{decimals}f}".rstrip("0").rstrip(".") if decimals else str(int(rounded))
