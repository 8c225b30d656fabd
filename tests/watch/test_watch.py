"""`rlpipeline watch` as it is used: a text saved in one window, the report in another.

Slow: the command itself, a browser and an editor's save: only together do they show a page that is not reloaded.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.made_once import write_short_report
from tests.waiting import eventually

pytestmark = pytest.mark.slow
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Preview:
    """A running preview: its process, its first address, its folder."""

    process: subprocess.Popen[str]
    url: str
    folder: Path

    @property
    def text(self) -> Path:
        return self.folder / "params/2023/textes/edito.md"


@pytest.fixture(scope="module")
def preview(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """`watch` on a service of one commune with the editorial alone; Ctrl-C ends it in order."""
    folder = tmp_path_factory.mktemp("apercu")
    write_short_report(folder, "01_edito")
    (folder / "params/2023/textes").mkdir(exist_ok=True)
    (folder / "params/2023/textes/edito.md").write_text("Un premier mot.\n", encoding="utf-8")
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
    environment = {**os.environ, "PYTHONPATH": str(root)}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        process_group=0,
    )
    assert process.stderr
    yield Preview(process, process.stderr.readline().split()[-1], folder)
    if process.poll() is None:
        process.kill()
        process.wait()
    process.stderr.close()


@pytest.fixture(scope="module")
def page(preview: Preview, browser: Browser) -> Iterator[Page]:
    """The report, once it is there."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(preview.url)
    page.get_by_role("link", name="Rapport").first.click(timeout=PATIENCE_MS)
    yield page
    page.close()


def test_the_page_reloads_with_the_text_that_was_saved(preview: Preview, page: Page) -> None:
    expect(page.get_by_text("Un premier mot.")).to_be_visible(timeout=PATIENCE_MS)
    preview.text.write_text("Un second mot, tout neuf.\n", encoding="utf-8")
    expect(page.get_by_text("Un second mot, tout neuf.")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("status")).to_contain_text("À jour")


def test_an_error_shows_with_its_file_and_line_and_goes_once_mended(
    preview: Preview, page: Page
) -> None:
    preview.text.write_text(
        'Un mot.\n\nPuis {{ chiffre("acompagnes", "total", "total") }}.\n', encoding="utf-8"
    )
    expect(page.get_by_role("alert")).to_contain_text("edito.md, ligne 3", timeout=PATIENCE_MS)
    expect(page.get_by_role("alert")).to_contain_text("accompagnes")
    expect(
        page.get_by_text("Un second mot, tout neuf.")
    ).to_be_visible()  # the report that was there stays
    preview.text.write_text("Un troisième mot.\n", encoding="utf-8")
    expect(page.get_by_text("Un troisième mot.")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("alert")).to_be_empty()


def stage(preview: Preview) -> str:
    """Where the preview says that it is: a page that asks now and then may miss a build."""
    with urlopen(f"{preview.url}etat", timeout=10) as answer:
        return str(json.load(answer)["etape"])


def test_a_save_during_the_build_is_not_lost(preview: Preview, page: Page) -> None:
    preview.text.write_text("Pendant.\n", encoding="utf-8")
    assert eventually(lambda: stage(preview) == "calcul")
    preview.text.write_text("Après.\n", encoding="utf-8")
    expect(page.get_by_text("Après.", exact=True)).to_be_visible(timeout=PATIENCE_MS)


def test_the_files_on_disk_have_no_script(preview: Preview, page: Page) -> None:
    assert page.locator("script").count() == 1
    assert "<script" not in (preview.folder / "outputs/2023/rapport.html").read_text("utf-8")


def asked(preview: Preview, path: str, host: str | None = None, method: str = "GET") -> int:
    """Status of a request made by hand."""
    place = urlsplit(preview.url)
    connection = HTTPConnection(str(place.hostname), place.port or 0, timeout=10)
    connection.request(method, path, headers={"Host": host or place.netloc})
    status = connection.getresponse().status
    connection.close()
    return status


def test_nothing_but_published_pages_is_served_and_to_nobody_else(
    preview: Preview, page: Page
) -> None:
    root = urlsplit(preview.url).path
    port = urlsplit(preview.url).port
    assert asked(preview, f"{root}2023/rapport.html") == 200
    assert asked(preview, f"{root}2023/rapport.html", host=f"localhost:{port}") == 200
    assert asked(preview, f"{root}2023/rapport.html", host=f"attaque.example:{port}") == 403
    assert asked(preview, "/2023/rapport.html") == 404
    assert asked(preview, f"{root}2023/rapport.html", method="POST") == 501
    for path in (
        "2023/indicateurs.csv",
        "2023/manifest.json",
        "2023/notebooks/service/01_edito.ipynb",
    ):
        assert (preview.folder / "outputs" / path).is_file()
        assert asked(preview, f"{root}{path}") == 404
    for path in (
        "2023/../../params/service.yml",
        "2023/%2e%2e/%2e%2e/params/service.yml",
        "//etc/passwd",
    ):
        assert asked(preview, f"{root}{path}") == 404


def test_ctrl_c_ends_in_order_and_leaves_nothing_behind(preview: Preview, page: Page) -> None:
    preview.text.write_text("Interrompu.\n", encoding="utf-8")
    assert eventually(lambda: stage(preview) == "calcul")
    os.killpg(preview.process.pid, signal.SIGINT)
    assert preview.process.wait(60) == 0
    assert preview.process.stderr
    assert "Aperçu arrêté." in preview.process.stderr.read()
    expect(page.get_by_role("status")).to_contain_text(
        "relancer rlpipeline watch", timeout=PATIENCE_MS
    )
    assert eventually(lambda: not running_in(preview.folder))
    assert not [
        *(preview.folder / "outputs").glob(".travail-*"),
        *(preview.folder / "outputs").glob(".*verrou"),
    ]


def running_in(folder: Path) -> list[str]:
    """Processes that still work in a folder."""
    listed = subprocess.run(
        ["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True
    ).stdout
    pids = re.findall(r"^\s*(\d+) .*python", listed, re.MULTILINE)
    places = {pid: Path(f"/proc/{pid}/cwd") for pid in pids}
    return [
        pid
        for pid, place in places.items()
        if place.exists() and str(place.resolve()).startswith(str(folder))
    ]
