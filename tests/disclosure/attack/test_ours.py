"""The attack does not break our protection: three years of the demonstration, and the services of the naive ones."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rlpipeline.demo import write_demo
from rlpipeline.disclosure import regions
from rlpipeline.disclosure.attack import Attacked, Bounds, attack
from rlpipeline.indicators import SERVICE
from rlpipeline.params import Service, load_service
from rlpipeline.records import open_records
from rlpipeline.sharing import knowledge
from tests.disclosure.finished import Finished, copy_settings, finish, release, settings_of
from tests.disclosure.services import SEEDS, SMALL_CELLS, service_of
from tests.indicators.factory import SERVICE as SETTINGS

pytestmark = pytest.mark.slow

YEARS = (2021, 2022, 2023)


def _attacked(editions: Sequence[Finished], service: Service) -> Attacked:
    known = replace(knowledge(service), followed_only=all(one.protected.followed_only for one in editions))
    primary = {key: threshold for one in editions for key, threshold in one.primary.items()}
    return attack([one.directory for one in editions], known, primary)


def _told(name: str, cells: Sequence[Bounds]) -> str:
    small = [cell for cell in cells if cell.rule.kind == "primaire"]
    wrong = [cell for cell in cells if not cell.safe]
    return f"{name}: {len(cells)} figures attacked, {len(small)} small, {len(wrong)} recovered or too narrow"


def _of(result: Attacked, year: int, document: str) -> list[Bounds]:
    of_year = [cell for cell in result.cells if cell.key.annee == year]
    return [cell for cell in of_year if (cell.key.territoire == SERVICE) == (document == "report")]


def _assert_unbroken(result: Attacked) -> None:
    assert not result.contradiction
    assert not result.set_aside
    assert not result.unread
    assert all(cell.certain for cell in result.cells)
    assert not result.failures, "\n".join(str(failure) for failure in result.failures[:5])


def test_three_years_of_the_demonstration(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each year is protected with the ledger of those before; all their files are then attacked together."""
    params = copy_settings(root / "params", tmp_path / "params")
    service = load_service(params)
    records = open_records(str(root / "data" / "exemple"), service)
    editions = []
    for year in YEARS:
        editions.append(finish(records, params, year, tmp_path / str(year)))
        release(editions[-1], params, year)
    result = _attacked(editions, service)
    lines = [_told(f"{year}, {name}", _of(result, year, name)) for year in YEARS for name in ("report", "portraits")]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert all(_of(result, year, name) for year in YEARS for name in ("report", "portraits"))
    _assert_unbroken(result)


def test_a_small_service_shares_year_after_year(tmp_path: Path) -> None:
    """Two communes: what few people leave open of each other, and of the zeros, in the report and the portraits."""
    write_demo(tmp_path, communes=2, years=(2022, 2023))
    params = tmp_path / "params"
    service = load_service(params)
    records = open_records(str(tmp_path / "source"), service)
    first = finish(records, params, 2022, tmp_path / "2022")
    _assert_unbroken(_attacked([first], service))
    alone = finish(records, params, 2023, tmp_path / "2023")
    _assert_unbroken(_attacked([alone], service))
    release(first, params, 2022)
    after = finish(records, params, 2023, tmp_path / "then")
    _assert_unbroken(_attacked([first, after], service))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_services(seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edition = finish(service_of(seed), settings_of(SETTINGS, tmp_path / "params", 2023), 2023, tmp_path)
    result = _attacked([edition], SETTINGS)
    with capsys.disabled():
        sys.stdout.write(f"\n{_told(f'service {seed}', result.cells)}\n")
    assert sum(cell.rule.kind == "primaire" for cell in result.cells) >= SMALL_CELLS
    _assert_unbroken(result)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_random_services_cut_in_regions(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a service of many territories goes through, on territories of a few."""
    for name, most in (("WHOLE", 2), ("RICH", 1), ("OTHERS", 1)):
        monkeypatch.setattr(regions, name, most)
    edition = finish(service_of(seed), settings_of(SETTINGS, tmp_path / "params", 2023), 2023, tmp_path)
    result = _attacked([edition], SETTINGS)
    assert edition.protected.rounded
    _assert_unbroken(result)
