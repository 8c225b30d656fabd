"""HTML, Markdown and pictures of a notebook, opened as they are published.

Slow: each is opened in a browser, which alone knows what it would run.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import nbformat
import pytest
from PIL import Image, PngImagePlugin

from rlpipeline.execution.notebook_files import scrubbed
from rlpipeline.publication.page import render_page
from rlpipeline.publication.stitch import Chapter
from tests.hostile.corpus import cases
from tests.hostile.published import COVER, harmless, page, page_of
from tests.hostile.watching import Watched
from tests.publication.factory import html, markdown, shown, write

pytestmark = pytest.mark.slow

FRAGMENTS = cases("fragments")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="document.title = \'PRIS\'"><script>alert(1)</script></svg>'
SECRET = "Dupont, 12 rue des Lilas"
TOGETHER = 8
ALONE = ("script_non_ferme", "fin_de_page", "meta_refresh")
"""Cases that hide what stands below them, or that open another page."""
OTHERS = [name for name in FRAGMENTS if name not in ALONE]
OPEN_BEFORE = (
    "script",
    "image_onerror",
    "image_lointaine",
    "meta_refresh",
    "lien_style",
    "style",
    "iframe",
    "svg_onload",
)
"""Cases that do harm as soon as a page without any protection is opened."""


@pytest.mark.parametrize("start", range(0, len(FRAGMENTS), TOGETHER))
def test_fragments_are_harmless(chromium: Watched, tmp_path: Path, start: int) -> None:
    """Each cell is cleaned by itself, so that some may share a page."""
    sources = [*FRAGMENTS.values()][start : start + TOGETHER]
    cells = [(markdown(one), html(one), shown({"text/markdown": one})) for one in sources]
    harmless(chromium, page(tmp_path, *(cell for forms in cells for cell in forms)))


@pytest.mark.parametrize("name", OPEN_BEFORE)
def test_the_browser_sees_what_an_unprotected_page_does(
    chromium: Watched, tmp_path: Path, name: str
) -> None:
    made = tmp_path / "nue.html"
    made.write_text(f"<!DOCTYPE html><title>x</title>{FRAGMENTS[name]}", encoding="utf-8")
    assert chromium.open(made) or chromium.wait_until_seen()


@pytest.mark.parametrize(
    "names",
    [*([name] for name in ALONE), *(OTHERS[start::TOGETHER] for start in range(TOGETHER))],
    ids=str,
)
def test_the_policy_alone_stops_scripts_and_requests(
    chromium: Watched, tmp_path: Path, names: list[str]
) -> None:
    """A second wall: the same fragments put in the page as they are; none hides those below."""
    made = tmp_path / "sans_filtre.html"
    fragments = "".join(f"<div>{FRAGMENTS[name]}</div><i class='apres'></i>" for name in names)
    chapter = Chapter("x", "I", "Activité", fragments, ())
    made.write_text(render_page((chapter,), COVER), encoding="utf-8")
    done = chromium.open(made)
    if names == ["meta_refresh"]:
        chromium.wait_until_left()
    if names[0] not in ALONE:
        assert chromium.page.locator("main i.apres").count() == len(names)
    assert not [one for one in done if one.startswith(("script", "dialog", "window", "websocket"))]
    assert chromium.left == (
        ["https://pirate.invalid/"] if names == ["meta_refresh"] else []
    )  # no policy stops that
    assert "PRIS" not in chromium.page.title()


def test_the_style_of_the_page_passes_its_own_policy(chromium: Watched, tmp_path: Path) -> None:
    assert chromium.open(page(tmp_path, markdown("mots"))) == []
    margin = chromium.page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")
    mention = chromium.page.evaluate(
        "getComputedStyle(document.querySelector('.mention')).position"
    )
    assert (margin, mention) != ("none", "static")


OUTPUTS: dict[str, dict[str, Any]] = {
    "javascript": {"application/javascript": "document.title = 'PRIS'"},
    "svg": {"image/svg+xml": SVG},
    "pdf": {
        "application/pdf": base64.b64encode(b"%PDF-1.4 /OpenAction << /S /JavaScript >>").decode()
    },
    "latex": {"text/latex": "$\\href{javascript:alert(1)}{x}$"},
    "widget": {
        "application/vnd.jupyter.widget-view+json": {
            "model_id": "a",
            "version_major": 2,
            "version_minor": 0,
        }
    },
    "vega": {
        "application/vnd.vegalite.v5+json": {"data": {"url": "https://pirate.invalid/x.json"}}
    },
    "plotly": {"application/vnd.plotly.v1+json": {"data": [{"text": SECRET}], "layout": {}}},
    "faux_png": {"image/png": base64.b64encode(SVG.encode()).decode()},
    "png_echappe": {"image/png": 'AAAA"><script>alert(1)</script>'},
    "faux_jpeg": {"image/jpeg": "x' onerror='alert(1)"},
    "texte": {"text/plain": "<script>alert(1)</script>"},
    "mime_inventee": {"text/x-script": "<script>alert(1)</script>"},
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_is_harmless(chromium: Watched, tmp_path: Path, name: str) -> None:
    assert SECRET not in harmless(chromium, page(tmp_path, shown(OUTPUTS[name])))
    kept = (tmp_path / "05_activite.ipynb").read_text(encoding="utf-8")
    assert SECRET not in kept
    assert "svg+xml" not in kept


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "image/png"])
def test_an_attachment_is_harmless(chromium: Watched, tmp_path: Path, kind: str) -> None:
    cell = markdown("![x](attachment:x.png) <img src='attachment:x.png' onerror='alert(1)'>")
    cell["attachments"] = {"x.png": {kind: base64.b64encode(SVG.encode()).decode()}}
    harmless(chromium, page(tmp_path, cell))


METADATA: dict[str, Any] = {
    "alt": '"><script>alert(1)</script>',
    "width": '1" onload="alert(1)',
    "filenames": {"image/png": "javascript:alert(1)"},
    "needs_background": 'light"><script>alert(1)</script>',
}


@pytest.mark.parametrize("where", ["output", "picture", "cell", "notebook"])
def test_metadata_is_harmless(chromium: Watched, tmp_path: Path, where: str) -> None:
    cell = shown({"image/png": base64.b64encode(picture("PNG")).decode()})
    holder = {
        "output": cell.outputs[0].metadata,
        "picture": {},
        "cell": cell.metadata,
        "notebook": {},
    }[where]
    holder.update(METADATA)
    if where == "picture":
        cell.outputs[0].metadata["image/png"] = METADATA
    path = write(tmp_path / "05_activite.ipynb", markdown("# Activité"), cell)
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.update(
        {"title": "</title><script>alert(1)</script>", "authors": [{"name": SECRET}]}
    )
    notebook.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"a": {"x": SECRET}}}
    }
    made = page_of(scrubbed(notebook, tmp_path), path)
    harmless(chromium, made)
    assert SECRET not in path.read_text(encoding="utf-8")


def test_the_names_of_files_and_kernels_are_only_words(chromium: Watched, tmp_path: Path) -> None:
    path = write(tmp_path / '05_x"><script>alert(1)<_script>.ipynb', html("<p>mots</p>"))
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["kernelspec"]["display_name"] = SECRET
    notebook.metadata["language_info"] = {"name": "python</script>", "mimetype": SECRET}
    made = page_of(scrubbed(notebook, tmp_path), path)
    assert "05_x" in harmless(chromium, made)
    assert SECRET not in path.read_text(encoding="utf-8")


def picture(kind: str) -> bytes:
    """A red square with words of its tool, a place, and an archive after its end."""
    stream = io.BytesIO()
    red = Image.new("RGB", (3, 2), (255, 0, 0))
    exif = Image.Exif()
    exif[0x010E], exif[0x8825] = SECRET, {1: "N", 2: (50.0, 29.0, 0.0)}
    words = PngImagePlugin.PngInfo()
    words.add_text("Software", SECRET)
    words.add_itxt("Comment", SECRET, zip=True)
    options: dict[str, Any] = (
        {"pnginfo": words} if kind == "PNG" else {"comment": SECRET, "progressive": True}
    )
    red.save(stream, kind, exif=exif, **options)
    return stream.getvalue() + b"PK\x03\x04" + SECRET.encode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("way", ["output", "html", "attachment"])
def test_a_picture_keeps_its_pixels_alone(
    chromium: Watched, tmp_path: Path, kind: str, way: str
) -> None:
    mime, coded = f"image/{kind.lower()}", base64.b64encode(picture(kind)).decode()
    cell = {
        "output": lambda: shown({mime: coded}),
        "html": lambda: html(f'<img alt="x" src="data:{mime};base64,{coded}">'),
        "attachment": lambda: markdown("![x](attachment:x)"),
    }[way]()
    if way == "attachment":
        cell["attachments"] = {"x": {mime: coded}}
    harmless(chromium, page(tmp_path, cell))
    address = str(chromium.page.get_attribute("main img", "src"))
    published = base64.b64decode(address.partition(",")[2])
    with (
        Image.open(io.BytesIO(published)) as image,
        Image.open(io.BytesIO(picture(kind))) as before,
    ):
        assert image.convert("RGB").tobytes() == before.convert("RGB").tobytes()
        assert not image.getexif()
        assert not {*image.info} & {"Software", "Comment", "comment", "exif"}
    assert SECRET.encode() not in published
    assert len(published) < len(picture(kind))
    assert chromium.page.evaluate("document.querySelector('main img').naturalWidth") == 3
