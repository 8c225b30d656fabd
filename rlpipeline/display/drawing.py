"""Drawings: what matplotlib and seaborn draw, written as SVG that stands in a page, its letters as text.

The same values give the same bytes on every machine. Words are measured in the report's face, which pages embed and
paper and Word find by its name. Colours and type are attributes of the drawing, for paper follows no style sheet there;
on screen the page's own rules change them, where it is dark.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import ListedColormap, to_hex, to_rgba
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox

from rlpipeline.errors import UsageError

INK, MUTED, LINE = "#1f2933", "#5b6670", "#c3c9ce"
BLUE, ORANGE, ORANGE_INK = "#0b5a75", "#d9822b", "#8f4d08"
"""Told apart by any reader, and in grey: the orange is much lighter than the blue."""
PAPER, LAND, OF_SERVICE = "#ffffff", "#eceff1", "#b9d2dc"
DPI = 100
WIDTH = 4.8
"""Inches of any chart: half a page's column, half a sheet, and all of a telephone, where letters are 11 pixels high."""
SIZE, SMALL, SMALLEST = 11.5, 10.7, 9.0
"""Points of letters; the small ones are 7.5 points high on half a sheet, the smallest stand over thin bars."""
BESIDE = 0.05
"""Inches around a drawing that somebody else made."""
FAMILIES = ("Source Sans Pro", "DejaVu Sans")
"""The report's face, and what has the signs that it has not."""
STYLE: dict[Any, Any] = {
    "font.size": SIZE,
    "text.color": INK,
    "text.parse_math": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": SIZE,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.bottom": False,
    "xtick.bottom": False,
    "xtick.labelbottom": False,
    "xtick.color": INK,
    "ytick.major.size": 0,
    "ytick.color": INK,
    "patch.linewidth": 1.2,
    "legend.frameon": False,
    "legend.handlelength": 1.2,
    "legend.handleheight": 0.8,
}


OPENING = {
    "role": "img",
    "preserveAspectRatio": "xMinYMid",
    "font_family": ", ".join((*FAMILIES, "sans-serif")),
    "font_size": f"{SIZE * DPI / 72:.2f}",
    "fill": INK,
    "overflow": "visible",
}
"""Attributes of every drawing; its letters are of the usual size, in pixels."""


@dataclass(frozen=True)
class Drawing:
    """A drawing: the marks and words of its SVG, and its box in pixels (left, top, width, height)."""

    svg: str
    box: tuple[int, int, int, int]

    def to_html(self, alt: str, colour: str = "") -> str:
        """Write the drawing with the words that stand for it.

        ``colour``: the service's, in the place of our blue.
        """
        drawn = self.svg.replace(f'"{BLUE}"', f'"{colour.lower()}"') if colour else self.svg
        _, _, width, height = self.box
        box = " ".join(map(str, self.box))
        opening = _tag("svg", viewBox=box, width=width, height=height, **OPENING)
        return f"{opening}<title>{escape(alt, quote=False)}</title>{drawn}</svg>"


@contextmanager
def our_style() -> Iterator[None]:
    """Draw with our style alone, whatever matplotlibrc the machine has."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def on_axes(draw: Callable[[Axes], None]) -> Axes:
    """Draw on axes of their own, as wide as any chart."""
    with our_style():
        axes = blank(1).add_axes((0, 0, 1, 1))
        draw(axes)
    return axes


def written(drawn: Axes | Canvas) -> Drawing:
    """Write what is drawn in our style on a canvas, or on axes of it."""
    with our_style():
        return _written(_canvas_of(drawn))


def _written(canvas: Canvas) -> Drawing:
    """Write what is drawn on a canvas."""
    canvas.set_dpi(DPI)
    width, height = (round(side * DPI) for side in canvas.get_size_inches())
    writer = _Writer(width, height)
    canvas.draw(writer)
    return Drawing("".join(writer.written), (0, 0, width, height))


def _canvas_of(drawn: Axes | Canvas) -> Canvas:
    """Give the canvas of what is drawn."""
    canvas = figure_of(drawn)
    assert canvas is not None
    return canvas


def figure_of(drawn: object) -> Canvas | None:
    """Give the canvas of axes, or of what seaborn gives; None of what is no drawing."""
    canvas = drawn if isinstance(drawn, Canvas) else getattr(drawn, "figure", None)
    return canvas if isinstance(canvas, Canvas) else None


def written_whole(canvas: Canvas) -> Drawing:
    """Write a canvas that somebody else drew on: without its white ground, with what goes beyond its edges."""
    canvas.patch.set_visible(False)
    for axes in canvas.axes:
        axes.patch.set_visible(to_hex(axes.get_facecolor()) != PAPER)
    drawing = _written(canvas)
    _, _, width, height = drawing.box
    extent = canvas.get_tightbbox(_Writer(width, height)).padded(BESIDE)
    left = math.floor(extent.x0 * DPI)
    top = math.floor(height - extent.y1 * DPI)
    size = (math.ceil(side * DPI) + 1 for side in extent.size)
    return Drawing(drawing.svg, (left, top, *size))


def blank(height: float, width: float = WIDTH) -> Canvas:
    """Give a transparent canvas of a size in inches."""
    return Canvas(figsize=(width, height), dpi=DPI)


def sized(
    axes: Axes,
    height: float,
    *,
    left: float,
    right: float = 0.05,
    above: float = 0.05,
    below: float = 0.05,
) -> float:
    """Give axes a height and margins in inches, and their canvas what these add up to; give their width."""
    total, across = height + above + below, WIDTH - left - right
    _canvas_of(axes).set_size_inches(WIDTH, total)
    axes.set_position((left / WIDTH, below / total, across / WIDTH, height / total))
    return across


def shades(count: int) -> list[tuple[float, ...]]:
    """Give shades of one colour from strong to weak: the weak ones let the paper through, whatever its colour."""
    last = max(count - 1, 1)
    return [to_rgba(BLUE, 1 - 0.82 * rank / last) for rank in range(count)]


def shading() -> ListedColormap:
    """Give the shades of counts from none to the largest."""
    return ListedColormap([to_rgba(BLUE, 0.04 + 0.96 * step / 255) for step in range(256)])


def inches(words: str) -> float:
    """Measure the longest line of words as they are written, in letters of the usual size."""
    widths = [_extent(line, SIZE, False)[0] for line in words.split("\n")]
    return max(widths) / DPI


@cache
def _face(is_bold: bool) -> FT2Font:
    """Open the report's face, and what has the signs that it has not."""
    ours = files("font_source_sans_pro") / "files"
    name = "SourceSansPro-Bold.ttf" if is_bold else "SourceSansPro-Regular.ttf"
    others = mpl.get_data_path()
    return font_manager.get_font([f"{ours / name}", f"{others}/fonts/ttf/DejaVuSans.ttf"])


@cache
def _extent(line: str, points: float, is_bold: bool) -> tuple[float, float, float]:
    """Measure a line in the report's face: width, height and descent in pixels."""
    face = _face(is_bold)
    face.set_size(points, DPI)
    face.set_text(line, 0.0, flags=LoadFlags.NO_HINTING)
    width, height = face.get_width_height()
    return width / 64, height / 64, face.get_descent() / 64


class _Writer(RendererBase):
    """Writes what matplotlib draws: shapes as paths, words as text in the report's face, pictures as they are."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self.width, self.height = width, height
        self.written: list[str] = []
        self._flip = Affine2D().scale(1, -1).translate(0, height)

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self.width, self.height

    def points_to_pixels(self, points: Any) -> Any:
        return _pixels(points)

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        if ismath:
            return super().get_text_width_height_descent(s, prop, ismath)
        return _extent(s, prop.get_size_in_points(), _is_bold(prop))

    def draw_path(self, gc: Any, path: Path, transform: Any, rgbFace: Any = None) -> None:  # noqa: N803
        if gc.get_hatch():
            raise _unwritten("des hachures", "choisir une couleur plutôt qu'un motif (hatch)")
        placed = path.transformed(transform + self._flip)
        paint = {**_paint("fill", rgbFace), **self._stroke(gc)}
        if not paint or np.size(placed.vertices) == 0:
            return
        paint.setdefault("fill", "none")
        mark = _tag("path", d=_steps(placed), **paint) + "</path>"
        self.written.append(self._clipped(gc, placed.get_extents(), mark))

    def draw_text(  # noqa: PLR0913, PLR0917
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        if ismath:  # a formula has its own letters
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        anchor = _anchor(mtext, angle)
        along = _ANCHORED[anchor] * self.get_text_width_height_descent(s, prop, ismath)[0]
        turn = math.radians(angle)
        across, down = _number(x + along * math.cos(turn)), _number(y - along * math.sin(turn))
        look = {"text_anchor": "" if anchor == "start" else anchor, **_look_of_letters(prop)}
        if angle:
            look["transform"] = f"rotate({_number(-angle)} {across} {down})"
        paint = _paint("fill", gc.get_rgb())
        if paint != {"fill": INK}:
            look |= paint
        tag = _tag("text", x=across, y=down, **look)
        words = escape(s.replace("'", "’"), quote=False)
        self.written.append(f"{tag}{words}</text>")

    def draw_image(self, *_: Any, **__: Any) -> None:
        raise _unwritten("une image", "dessiner des formes : sns.heatmap plutôt que imshow")

    def draw_gouraud_triangles(self, *_: Any, **__: Any) -> None:
        raise _unwritten("des triangles en dégradé", "dessiner sans shading='gouraud'")

    def _stroke(self, gc: Any) -> dict[str, str]:
        """Give the attributes of a line; none where nothing of it is seen."""
        width, dashes = gc.get_linewidth(), gc.get_dashes()[1] or ()
        paint = _paint("stroke", gc.get_rgb()) if width else {}
        if paint:
            paint["stroke-width"] = _number(_pixels(width))
        if paint and len(dashes):
            paint["stroke-dasharray"] = " ".join(_number(_pixels(length)) for length in dashes)
        return paint

    def _clipped(self, gc: Any, extent: Bbox, mark: str) -> str:
        """Cut a mark where its axes end; a drawing in the drawing cuts what goes beyond it, and needs no name."""
        clip = gc.get_clip_rectangle()
        if clip is None:
            return mark
        low, high = self.height - clip.y1, self.height - clip.y0
        frame = Bbox([[clip.x0, low], [clip.x1, high]])
        seen = Bbox.intersection(frame, extent)
        if seen is None:
            return ""
        if np.allclose(seen.extents, extent.extents, atol=0.1):  # what is written
            return mark
        left, top, width, height = (_number(float(side)) for side in frame.bounds)
        box = f"{left} {top} {width} {height}"
        place = {"x": left, "y": top, "width": width, "height": height}
        return f"{_tag('svg', viewBox=box, **place)}{mark}</svg>"


def _unwritten(what: str, todo: str) -> UsageError:
    """Say that a drawing has something that no page could show: it is not left out in silence."""
    return UsageError(f"Ce dessin a {what}, que le rapport ne sait pas écrire.", todo=todo)


_ANCHORED = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""Part of a line of words that stands before the point where it is held."""
_HELD = {"left": "start", "center": "middle", "right": "end"}


def _anchor(text: Text | None, angle: float) -> str:
    """Say by which point a line is held: in another face it grows from there; in its middle where it is turned."""
    if angle or text is None:
        return "middle"
    return _HELD[text._get_multialignment()]  # type: ignore[attr-defined]


def _is_bold(face: FontProperties) -> bool:
    named = font_manager.weight_dict
    weight = face.get_weight()
    return int(named.get(str(weight), weight)) >= named["semibold"]


def _look_of_letters(face: FontProperties) -> dict[str, str]:
    """Give the attributes of letters that are not those of the whole drawing."""
    points = face.get_size_in_points()
    size = "" if points == SIZE else _number(_pixels(points), 2)
    return {"font_size": size, "font_weight": "bold" if _is_bold(face) else ""}


def _pixels(points: Any) -> Any:
    return points * DPI / 72


def _tag(name: str, **values: object) -> str:
    """Write an opening tag; « font_size » is written « font-size », and what is empty is left out."""
    attributes = ""
    for key, value in values.items():
        if value != "":
            attributes += f' {key.replace("_", "-")}="{value}"'
    return f"<{name}{attributes}>"


def _paint(what: str, colour: Any) -> dict[str, str]:
    """Give the attributes of a colour that fills or draws a line; none where it is transparent."""
    alpha = 0 if colour is None else to_rgba(colour)[3]
    if not alpha:
        return {}
    opacity = {} if alpha == 1 else {f"{what}-opacity": _number(alpha, 2)}
    return {what: to_hex(colour), **opacity}


_LETTERS = {
    Path.MOVETO: "M",
    Path.LINETO: "L",
    Path.CURVE3: "Q",
    Path.CURVE4: "C",
    Path.CLOSEPOLY: "Z",
}


def _steps(path: Path) -> str:
    """Write the steps of a path; what goes along an axis says where to alone."""
    steps, former = [], ("", "")
    for points, code in path.iter_segments(simplify=False):
        place = [] if code == Path.CLOSEPOLY else [_number(float(number)) for number in points]
        across, down = place[-2:] or former
        if code == Path.LINETO and down == former[1]:
            steps.append(f"H{across}")
        elif code == Path.LINETO and across == former[0]:
            steps.append(f"V{down}")
        else:
            steps.append(_LETTERS[code] + " ".join(place))
        former = across, down
    return "".join(steps)


def _number(value: float, decimals: int = 1) -> str:
    if not math.isfinite(value):
        raise ValueError("a drawing has a point that is nowhere")
    rounded = round(value, decimals) + 0.0
    return f"{rounded:.{decimals}f}".rstrip("0").rstrip(".")
