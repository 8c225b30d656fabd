"""What every test shares: where the project is, a real browser, and what a skipped test means.

Libraries are loaded by the fixtures that need them: whoever hands the tests out to other processes reads this too.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from rlpipeline import operating_system, processes
from rlpipeline.processes import Workers, collect_seldom

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from rlpipeline.records.frames import Records
    from rlpipeline.report import Report
    from tests.hostile.planted_words import Planted
    from tests.made_once import Editions

Opened = Callable[..., "Report"]
ROOT = Path(__file__).resolve().parents[1]
YEAR = 2023
FORKED = pytest.mark.skipif(
    not operating_system.FORKS, reason="processes are forked on Linux alone"
)
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts what it does not wait for so
    signal.signal(signal.SIGINT, signal.default_int_handler)
LONGEST = (
    "protection/test_life_after_release.py",
    "checks/test_mutation.py",
    "publication/test_printed_editions.py",
    "protection/test_protection.py",
    "survival/test_second_edition.py",
    "records/test_planted_faults.py",
    "attack/test_ours.py",
    "attack/test_naive.py",
    "hostile/test_canaries.py",
    "display/test_year_findings.py",
    "execution/test_cluster.py",
    "survival/test_kills.py",
    "lab/test_lab.py",
    "importing/test_import.py",
    "test_random_services.py",
    "test_reproducible.py",
    "cases/trois_partages/command",
    "publication/test_browser.py",
    "test_incremental.py",
    "cases/tables_absentes/command",
    "cases/partage/command",
    "cases/papermill_a_la_main/command",
    "test_wheel.py",
    "spreadsheets/test_conversion.py",
    "cases/conversion/command",
    "cases/classes/command",
    "survival/test_disk.py",
    "survival/test_interruptions.py",
    "cases/sortes_de_sources/command",
    "cases/deux_editions/command",
    "cases/apres_coup/command",
    "checks/test_addresses.py",
    "checks/arithmetic/test_relations.py",
    "hostile/test_labels.py",
    "links/test_links.py",
    "test_sharing.py",
    "execution/test_runner.py",
    "records/test_checking.py",
    "records/test_plausibility.py",
    "cases/tout_ce_qui_se_montre/command",
    "test_build.py",
    "execution/test_forks.py",
    "publication/test_pdf.py",
    "test_counting.py",
)
"""What takes longest first: begun last, it would run alone while processes wait. Of the first files, one alone asks for
each publication made for the session: whoever else asks would wait until it is made."""
PUBLICATIONS = {"demonstration", "editions", "planted"}
"""Fixtures that build a whole publication: the tests that read it are slow."""


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def records() -> Records:
    """Records of the demonstration: not to be written in."""
    from rlpipeline.records.store import open_records
    from rlpipeline.settings.models import load_service

    return open_records(str(ROOT / "data/exemple"), load_service(ROOT / "params"))


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the demonstration's publication: not to be written in."""
    from tests.made_once import made_once, make_demonstration

    return made_once(tmp_path_factory, "demonstration", make_demonstration) / str(YEAR)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Store of the demonstration's figures, every year: not to be written in."""
    from tests.made_once import count_demonstration, made_once

    return made_once(tmp_path_factory, "chiffres", count_demonstration) / "figures"


@pytest.fixture(scope="session")
def opened(store: Path) -> Opened:
    """Opens the report of the demonstration as its chapters do, the same one each time."""
    from rlpipeline.report import open_report

    return cache(
        lambda year=YEAR, commune=None: open_report(str(store), str(ROOT / "params"), year, commune)
    )


@pytest.fixture
def several_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Processes that write or gather each territory, however few they are."""
    monkeypatch.setattr(processes, "FEW", 0)
    monkeypatch.setattr(processes.os, "cpu_count", lambda: 2)
    with Workers("rlpipeline.publication.publish") as workers:
        yield workers


@pytest.fixture(scope="session")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Editions:
    """A made-up service in both editions, on screen and on paper: not to be written in."""
    from tests.made_once import Editions, made_once, make_editions

    return Editions(made_once(tmp_path_factory, "editions", make_editions))


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """A made-up service with a canary in every text, in both editions: not to be written in."""
    from tests.hostile.planted_words import Planted, make_planted
    from tests.made_once import made_once

    return Planted(made_once(tmp_path_factory, "canaris", make_planted))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, closed after each module: Playwright refuses to be started twice in one process."""
    if CHROMIUM is None:
        pytest.skip("chromium n'est pas installé")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden cases (tests/cases) may be written anew."""
    parser.addoption(
        "--update",
        action="store_true",
        help="write what golden cases expect anew, then read the diff",
    )


def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors: there is always one that waits for a chapter, a browser or a signal."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; what reads a whole publication is slow."""
    for item in items:
        if PUBLICATIONS & {*getattr(item, "fixturenames", ())}:
            item.add_marker("slow")
    rank = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
    assert all(path.is_file() for path in rank), "a file of LONGEST has another name now"
    items.sort(key=lambda item: rank.get(item.path, len(LONGEST)))


def pytest_collection_finish() -> None:
    """Look for garbage seldom, as a build does, and not among the tests: it took a twentieth of their time."""
    gc.collect()
    gc.freeze()
    collect_seldom()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In continuous integration every program is installed, so a test that skips itself hides something."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and exitstatus == 0 and os.environ.get("RLPIPELINE_SKIP_IS_FAILURE"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
