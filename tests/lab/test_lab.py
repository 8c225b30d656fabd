"""JupyterLab as the analyst meets it: a real server, a real browser, the welcome notebook from top to bottom.

Slow: a server and a browser, which alone show a welcome page that does not run where it is opened.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.made_once import write_short_report

pytestmark = pytest.mark.slow
PATIENCE_MS = 90_000


@dataclass(frozen=True)
class Lab:
    process: subprocess.Popen[str]
    folder: Path
    url: str
    token: str

    def save(self, path: str, content: object) -> None:
        """Save a notebook as JupyterLab does."""
        body = json.dumps({"type": "notebook", "content": content}).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self.url}api/contents/{path}", body, headers, method="PUT"
        )
        urllib.request.urlopen(request, timeout=30).close()


@pytest.fixture(scope="module")
def lab(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The command of ``start.py lab`` on a small service, in a folder under git."""
    folder, private = tmp_path_factory.mktemp("projet"), tmp_path_factory.mktemp("jupyter")
    write_short_report(folder, "01_edito")
    shutil.copy(root / ".gitignore", folder)
    for arguments in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    options = ["--source", "source", "--no-browser", "--allow-root", "--ServerApp.port=0"]
    names = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    places = {name: str(private / name.lower()) for name in names}
    process = subprocess.Popen(
        [sys.executable, "-m", "rlpipeline", "lab", *options],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(root),
            "JUPYTERLAB_SETTINGS_DIR": str(private / "settings"),
            **places,
        },
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    told = started(private / "jupyter_runtime_dir")
    yield Lab(process, folder, told["url"].replace("localhost", "127.0.0.1"), told["token"])
    if process.poll() is None:
        process.kill()
        process.wait()
    assert process.stderr
    process.stderr.close()


def started(runtime: Path) -> dict[str, str]:
    """What the server says of itself once it runs."""
    for _ in range(600):
        found = list(runtime.glob("jpserver-*.json"))
        if found and found[0].stat().st_size:
            told: dict[str, str] = json.loads(found[0].read_text("utf-8"))
            return told
        time.sleep(0.1)
    raise TimeoutError("JupyterLab did not start")


@pytest.fixture(scope="module")
def page(lab: Lab, browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{lab.url}?token={lab.token}")
    yield page
    page.close()


def test_it_opens_on_the_welcome_notebook_in_french_and_runs(page: Page) -> None:
    expect(page.get_by_role("heading", name="Bienvenue")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("| Inactif")).to_be_visible(
        timeout=PATIENCE_MS
    )  # else its kernel is not there: none runs
    page.locator(".lm-MenuBar-itemLabel", has_text="Exécution").click(timeout=PATIENCE_MS)
    page.get_by_text("Exécuter toutes les cellules", exact=True).click()
    expect(page.get_by_role("button", name="Refaire le rapport")).to_be_visible(timeout=PATIENCE_MS)
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert page.locator(".jp-OutputArea-output :is(img, svg[role=img])").count() >= 2


def test_a_chapter_runs_for_what_is_chosen(page: Page) -> None:
    page.get_by_label("Territoire").select_option(index=1)
    page.get_by_role("button", name="Exécuter", exact=True).click()
    expect(page.locator("figcaption", has_text="Temps de travail par activité –")).to_be_visible(
        timeout=PATIENCE_MS
    )


def test_the_report_is_made_again_from_there(page: Page, lab: Lab) -> None:
    page.get_by_role("button", name="Refaire le rapport").click()
    link = page.get_by_role("link", name="../outputs/2023/rapport.html")
    expect(link).to_be_visible(timeout=2 * PATIENCE_MS)
    assert (lab.folder / "outputs/2023/rapport.html").is_file()


def test_a_new_chapter_is_made_and_its_line_told(page: Page, lab: Lab) -> None:
    page.get_by_placeholder("chantiers_educatifs").fill("chantiers")
    page.get_by_role("button", name="Créer le chapitre").click()
    told = page.get_by_text("chapitres: [01_edito, chantiers]")
    expect(told).to_be_visible(timeout=PATIENCE_MS)
    (lab.folder / "notebooks/chantiers.ipynb").unlink()


def test_exploring_leaves_version_control_clean(page: Page, lab: Lab) -> None:
    executed = json.loads((lab.folder / "explorer/05_activite.ipynb").read_text("utf-8"))
    for cell in executed["cells"]:
        if cell["cell_type"] == "code":
            cell |= {
                "execution_count": 1,
                "outputs": [{"output_type": "stream", "name": "stdout", "text": "114\n"}],
            }
    lab.save("explorer/05_activite.ipynb", executed)
    chapter = json.loads((lab.folder / "notebooks/05_activite.ipynb").read_text("utf-8"))
    lab.save(
        "notebooks/05_activite.ipynb",
        chapter | {"cells": [*executed["cells"][:1], *chapter["cells"][1:]]},
    )
    assert "114" in (lab.folder / "explorer/05_activite.ipynb").read_text("utf-8")
    git = subprocess.run(
        ["git", "status", "--porcelain"], cwd=lab.folder, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [line for line in git if line[1] != " "] == []


def test_ctrl_c_ends_it_without_a_question(page: Page, lab: Lab) -> None:
    lab.process.send_signal(signal.SIGINT)
    assert lab.process.wait(PATIENCE_MS / 1000) == 0
