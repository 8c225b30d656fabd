"""The files: same arguments, same bytes; accepted by the check of the records without a word.

Slow: a seed of hashes that only another process has, and sixty communes.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.demo import write_demo
from rlpipeline.demo.writing import COLUMNS
from rlpipeline.errors import UsageError
from rlpipeline.figures import Scope, figures
from rlpipeline.figures.store import FigureStore
from rlpipeline.protection.releases import read_releases
from rlpipeline.protection.unknowns import KEY
from rlpipeline.records import TABLES, open_records, years
from rlpipeline.records.checking import check
from rlpipeline.settings.models import load_service, load_settings
from tests.demo.recount import read_tables


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_example_in_the_repository_is_the_demonstration(rebuilt: Path, root: Path) -> None:
    assert content(rebuilt / "source") == content(root / "data" / "exemple")


def test_the_settings_in_the_repository_are_those_of_the_demonstration(rebuilt: Path, root: Path) -> None:
    written = content(rebuilt / "params")
    releases = {f"diffusions/{year}-01.{end}" for year in (2021, 2022) for end in ("csv", "json")}
    assert set(written) == releases | {"service.yml", "2021/rapport.yml", "2022/rapport.yml", "2023/rapport.yml"}
    assert all((root / "params" / name).read_bytes() == text for name, text in written.items())


def test_the_releases_in_the_repository_are_of_the_demonstration(root: Path, store: Path) -> None:
    """Exact figures are those counted, rounded ones within their base: none was shared of other records."""
    released = read_releases(root / "params" / "diffusions").last
    counted = pd.concat(
        FigureStore(store).figures(id, Scope(year, place, load_service(root / "params")))
        for id, year, place in {*released[["indicateur", "annee", "territoire"]].itertuples(index=False)}
    )
    both = released.merge(counted, on=KEY, suffixes=("", "_compte"))
    assert len(both) > 2000
    assert both.loc[both["etat"].eq("ok"), "valeur"].equals(both.loc[both["etat"].eq("ok"), "valeur_compte"])
    rounded = both[both["etat"].eq("arrondi")]
    assert len(rounded) > 100
    assert (rounded["valeur"].sub(rounded["valeur_compte"]).abs() < rounded["base"]).all()


@pytest.mark.slow
def test_bytes_do_not_depend_on_the_order_of_hashes(rebuilt: Path, tmp_path: Path) -> None:
    code = f"from pathlib import Path; from rlpipeline.demo import write_demo; write_demo(Path({str(tmp_path)!r}))"
    environment = os.environ | {"PYTHONHASHSEED": "77", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=Path(__file__).parents[2])
    assert content(tmp_path / "source") == content(rebuilt / "source")


def test_another_seed_gives_other_records(tmp_path: Path) -> None:
    for seed in (5, 6):
        write_demo(tmp_path / str(seed), communes=1, years=(2019,), seed=seed)
    ours, theirs = (content(tmp_path / str(seed) / "source") for seed in (5, 6))
    assert set(ours) == set(theirs)
    assert ours["suivis.csv"] != theirs["suivis.csv"]


@pytest.mark.parametrize("name", ["rebuilt", "made_up"])
def test_the_check_has_nothing_to_say(name: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(name)
    assert check(str(folder / "source"), load_service(folder / "params")) == []


@pytest.mark.parametrize("communes", [1, pytest.param(60, marks=pytest.mark.slow)])
def test_any_number_of_communes_is_accepted(communes: int, tmp_path: Path) -> None:
    write_demo(tmp_path, communes=communes, years=(2024,), seed=1)
    service = load_service(tmp_path / "params")
    assert len(service.communes) == communes
    assert check(str(tmp_path / "source"), service) == []


def test_columns_are_those_of_the_contract() -> None:
    contract = {table.name: tuple(column.name for column in table.columns) for table in TABLES}
    assert dict(COLUMNS) == contract


@pytest.mark.parametrize("name", ["rebuilt", "made_up"])
def test_every_table_is_filled_for_every_year(name: str, request: pytest.FixtureRequest) -> None:
    tables = read_tables(request.getfixturevalue(name) / "source")
    wanted = {"rebuilt": {"2021", "2022", "2023"}, "made_up": {"2019", "2020"}}[name]
    for table, rows in tables.items():
        assert rows, table
        if "annee" in rows[0]:
            assert {row["annee"] for row in rows} == wanted, table
        if "date" in rows[0]:
            assert {row["date"][:4] for row in rows} == wanted, table


def test_years_are_those_asked_for_with_alerts_refusals_and_amounts_not_communicated(rebuilt: Path) -> None:
    service = load_service(rebuilt / "params")
    records = open_records(str(rebuilt / "source"), service)
    assert years(records)[-1] == 2023
    for year in (2021, 2022, 2023):
        scope = Scope(year, "service", service)
        alerts = figures("alertes", records, scope).set_index("ligne")["valeur"]
        assert alerts["total"] > 0
        requests = figures("demandes", records, scope).set_index(["ligne", "colonne"])["valeur"]
        assert requests["refusee", "total"] > 0
        assert "nc" in set(figures("financements", records, scope)["etat"])


def test_settings_are_read_and_named_after_the_year(made_up: Path) -> None:
    settings = load_settings(made_up / "params", 2019)
    assert "2019" in str(settings.report.titre)
    assert settings.report.statut == "brouillon"
    assert {qpv.commune for qpv in settings.service.qpv} <= set(settings.service.commune_codes)


@pytest.mark.parametrize("name", ["rebuilt", "made_up"])
def test_the_readme_says_that_nobody_exists(name: str, request: pytest.FixtureRequest) -> None:
    text = (request.getfixturevalue(name) / "source" / "LISEZMOI.md").read_text(encoding="utf-8")
    assert "fictives" in text
    assert "n'existe" in text
    assert not re.search(r"\{\w+\}", text)


def test_files_are_utf8_with_commas_and_line_feeds(made_up: Path) -> None:
    for path in (made_up / "source").glob("*.csv"):
        raw = path.read_bytes()
        assert b"\r" not in raw
        assert raw.decode("utf-8").split("\n", 1)[0] == ",".join(COLUMNS[path.stem])


def test_too_many_communes_write_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_demo(tmp_path / "out", communes=1001)
    assert not (tmp_path / "out").exists()
