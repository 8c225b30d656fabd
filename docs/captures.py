"""Take the screenshots of ``docs/captures/`` anew, from what ``rlpipeline build`` published in ``outputs/``.

``python docs/captures.py [OUTPUTS]``, in the environment of the tests; needs Chromium and poppler's pdftoppm.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

PLACE = Path(__file__).parent / "captures"
COLOURS, WIDTH, LIGHTEST = 64, 720, 60_000
"""Colours and width of a picture, and the bytes that it may take."""


@dataclass(frozen=True)
class Capture:
    """One picture: a page as it is seen from an element on, at a width and in a scheme."""

    name: str
    page: str
    start: str = "body"
    size: tuple[int, int] = (1280, 1000)
    dark: bool = False


CAPTURES = (
    Capture("rapport-1280", "2023/rapport.html", size=(1280, 1150)),
    Capture("rapport-400", "2023/rapport.html", size=(400, 900)),
    Capture("activite-1280", "2023/rapport.html", "[data-tableau=temps_activite]"),
    Capture("communes-1280-sombre", "2023/rapport.html", "[data-tableau=communes]", dark=True),
    Capture(
        "problematiques-400", "2023/rapport.html", "[data-graphique=problematiques]", (400, 900)
    ),
    Capture("portrait-1280", "2023/communes/62215-carvin.html", size=(1280, 1150)),
    Capture(
        "portrait-diffusion-400", "2023/diffusion/communes/62637-oignies.html", size=(400, 900)
    ),
    Capture(
        "rapport-diffusion-1280-sombre", "2023/diffusion/rapport.html", size=(1280, 1150), dark=True
    ),
    Capture("diapos-1280", "2023/rapport-diapos.html", size=(1280, 800)),
    Capture(
        "effectifs-diffusion-400",
        "2023/diffusion/rapport.html",
        "[data-graphique=accompagnes]",
        (400, 900),
        True,
    ),
    Capture("index-1280", "index.html", size=(1280, 800)),
)


def take(browser: Browser, out: Path, capture: Capture) -> bytes:
    """Open a page and photograph it."""
    width, height = capture.size
    scheme = "dark" if capture.dark else "light"
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        device_scale_factor=1,
    )
    page.goto((out / capture.page).resolve().as_uri())
    if capture.start != "body":
        top = page.locator(capture.start).first.evaluate(
            "e => e.getBoundingClientRect().top + scrollY"
        )
        page.evaluate("y => scrollTo(0, y)", top - 80)
    picture = page.screenshot()
    page.close()
    return picture


def print_first_page(browser: Browser, report: Path) -> bytes:
    """Print a report and give its first page as a picture."""
    page = browser.new_page()
    page.goto(report.resolve().as_uri())
    with TemporaryDirectory() as place:
        page.pdf(path=f"{place}/rapport.pdf", prefer_css_page_size=True)
        page.close()
        tool = ["pdftoppm", "-r", "75", "-f", "1", "-l", "1", "-png", "-singlefile"]
        subprocess.run([*tool, f"{place}/rapport.pdf", f"{place}/page"], check=True)
        return (Path(place) / "page.png").read_bytes()


def save(name: str, picture: bytes) -> None:
    """Write a picture, small enough to be kept."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.thumbnail((WIDTH, 4 * WIDTH))
    for colours in (COLOURS, 32, 16):
        target = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(target, "PNG", optimize=True)
        if target.tell() <= LIGHTEST:
            break
    (PLACE / f"{name}.png").write_bytes(target.getvalue())


def main(out: Path) -> None:
    """Take every picture."""
    PLACE.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for capture in CAPTURES:
            save(capture.name, take(browser, out, capture))
        save("rapport-imprime", print_first_page(browser, out / "2023" / "rapport.html"))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("outputs"))
