"""From a save to the page loaded again, in a real browser: ``python benchmarks/preview.py [--rounds N]``.

``rlpipeline watch`` on a copy of the demonstration, its report open in Chromium. A text, a record and a notebook are
saved in turn; what is printed is the time until the page has loaded again with it, and until « À jour » says that its
figures are checked: medians, in seconds.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
YEAR = "2023"
PATIENCE_MS = 240_000
VERSION = "document.querySelector('meta[name=rlpipeline-version]')?.content"
CHECKED = "document.querySelector('[role=status]')?.textContent.startsWith('À jour')"


def save_a_text(folder: Path, turn: int) -> None:
    """Add a sentence to the text of street work, which the report's longest chapter prints."""
    with (folder / "params" / YEAR / "textes" / "travail_de_rue.md").open(
        "a", encoding="utf-8"
    ) as text:
        text.write(f"\nPhrase numéro {'x' * turn}.\n")


def save_a_record(folder: Path, turn: int) -> None:
    """Write the other sex of a young person whose follow-up began in the year."""
    path = folder / "source" / "jeunes.csv"
    with (folder / "source" / "suivis.csv").open(encoding="utf-8-sig", newline="") as stream:
        begun = [
            row["id_jeune"] for row in csv.DictReader(stream) if row["date_debut"].startswith(YEAR)
        ]
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    row = next(row for row in rows if row["id_jeune"] == begun[turn])
    row["sexe"] = "G" if row["sexe"] == "F" else "F"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(row))
        writer.writeheader()
        writer.writerows(rows)


def save_a_notebook(folder: Path, turn: int) -> None:
    """Add a sentence to a chapter of the service."""
    path = folder / "notebooks" / "06_partenariat.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = {
        "cell_type": "markdown",
        "id": f"essai-{turn}",
        "metadata": {},
        "source": ["Une phrase de plus."],
    }
    path.write_text(json.dumps({**notebook, "cells": [*notebook["cells"], cell]}), encoding="utf-8")


SAVES: dict[str, Callable[[Path, int], None]] = {
    "a text": save_a_text,
    "a record": save_a_record,
    "a notebook": save_a_notebook,
}


def seconds(page: Page, save: Callable[[], None]) -> tuple[float, float]:
    """Save, and give the time to the page with it, then to its figures checked."""
    version = page.evaluate(VERSION)
    begun = time.perf_counter()
    save()
    page.wait_for_function(
        f"{VERSION} !== {json.dumps(version)} && document.readyState === 'complete'"
    )
    shown = time.perf_counter() - begun
    page.wait_for_function(CHECKED)
    return shown, time.perf_counter() - begun


def main() -> None:
    """Print a line a kind of save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = Path(place)
        for name, source in (
            ("source", "data/exemple"),
            ("params", "params"),
            ("notebooks", "notebooks"),
        ):
            shutil.copytree(ROOT / source, folder / name)
        command = [
            sys.executable,
            "-m",
            "rlpipeline",
            "watch",
            "--source",
            "source",
            "--notebooks",
            "notebooks",
        ]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
        ) as watch:
            assert watch.stderr is not None
            address = watch.stderr.readline().split()[-1]
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
            page = browser.new_page(bypass_csp=True)  # to look into it
            page.set_default_timeout(PATIENCE_MS)
            page.goto(address)
            page.wait_for_function(CHECKED)
            page.goto(f"{address}{YEAR}/rapport.html")
            page.wait_for_function(CHECKED)
            for name, save in SAVES.items():
                each = [
                    seconds(page, lambda save=save, turn=turn: save(folder, turn))
                    for turn in range(rounds)
                ]
                shown, checked = (statistics.median(one) for one in zip(*each, strict=True))
                print(f"{name}: shown {shown:.1f} s, checked {checked:.1f} s", flush=True)
            watch.terminate()


if __name__ == "__main__":
    main()
