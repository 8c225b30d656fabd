"""Take the pictures of the guide from the real screens: run it with the interpreter of the environment of the tests.

Notes
-----
A made-up service of two communes is watched, then explored, in a folder that is gone afterwards; nobody in the pictures
exists. Chromium must be installed.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from rlpipeline.demo import write_demo

ROOT = Path(__file__).resolve().parents[1]
CAPTURES = ROOT / "docs/captures"
COLOURS = 64
"""Enough for a screen, and a picture of a fifth of the size."""
PATIENCE_MS = 180_000
SIZE = {"width": 1180, "height": 760}
TEXT = "L'année a commencé par la rencontre des familles du quartier.\n\n"
BROKEN = TEXT + 'Nous avons accompagné {{ chiffre("acompagnes", "total", "total") }} jeunes.\n'


def main() -> None:
    """Take every picture again."""
    CAPTURES.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = _project(Path(place))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        _take_watch(folder, browser)
        _take_lab(folder, browser)
        browser.close()


def _project(folder: Path) -> Path:
    write_demo(folder, 2, (2022, 2023), 2023)
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "params/2023/textes").mkdir(parents=True, exist_ok=True)
    (folder / "params/2023/textes/edito.md").write_text(TEXT, encoding="utf-8")
    return folder


def _take_watch(folder: Path, browser: Browser) -> None:
    with _running(folder, ["rlpipeline", "watch", "--source", "source"]) as process:
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(process.stderr.readline().split()[-1])  # type: ignore[union-attr]
        page.get_by_role("link", name="Rapport").first.click(timeout=PATIENCE_MS)
        page.get_by_text("À jour").wait_for(timeout=PATIENCE_MS)
        _take(page, "guide-rapport")
        page.emulate_media(reduced_motion="reduce")
        page.locator("table[data-tableau=accompagnes]").evaluate("one => one.scrollIntoView()")
        page.evaluate("scrollBy(0, -150)")
        page.wait_for_timeout(500)
        _take(page, "guide-tableau")
        page.evaluate("scrollTo(0, 0)")
        (folder / "params/2023/textes/edito.md").write_text(BROKEN, encoding="utf-8")
        page.locator(".surveillance-erreur").wait_for(timeout=PATIENCE_MS)
        page.get_by_text("Pas à jour").wait_for(timeout=PATIENCE_MS)
        _take(page, "guide-watch-erreur")
        page.close()


def _take_lab(folder: Path, browser: Browser) -> None:
    runtime = folder / "jupyter"
    options = ["--source", "source", "--no-browser", "--allow-root", "--ServerApp.port=0"]
    with _running(folder, ["rlpipeline", "lab", *options], runtime):
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(_address(runtime))
        page.get_by_role("heading", name="Bienvenue").wait_for(timeout=PATIENCE_MS)
        page.locator(".lm-MenuBar-itemLabel", has_text="Exécution").click(timeout=PATIENCE_MS)
        page.get_by_text("Exécuter toutes les cellules", exact=True).click()
        page.get_by_role("button", name="Refaire le rapport").wait_for(timeout=PATIENCE_MS)
        page.get_by_role(
            "heading", name="Choisir une année et une commune"
        ).scroll_into_view_if_needed()
        page.locator(".jp-WindowedPanel-outer").first.evaluate("one => { one.scrollTop = 430 }")
        page.wait_for_timeout(1500)
        _take(page, "guide-lab")
        page.close()


def _address(runtime: Path) -> str:
    while not (found := [path for path in runtime.glob("jpserver-*.json") if path.stat().st_size]):
        time.sleep(0.2)
    told = json.loads(found[0].read_text("utf-8"))
    return f"{told['url']}?token={told['token']}"


@contextmanager
def _running(
    folder: Path, arguments: list[str], runtime: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    own = {
        name: str(runtime)
        for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")
        if runtime
    }
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **own},
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def _take(page: Page, name: str) -> None:
    """Keep the picture of the screen, in few colours."""
    screen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    screen.quantize(COLOURS, dither=Image.Dither.NONE).save(CAPTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
