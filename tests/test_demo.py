"""Made-up services: same arguments, same bytes; accepted by the check of the records without a word."""

from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.cli import main
from rlpipeline.demo import write_demo
from rlpipeline.demo.people import generator, simulate
from rlpipeline.errors import UsageError
from rlpipeline.figures import Scope
from rlpipeline.figures.store import Store
from rlpipeline.protection.classes import KEY
from rlpipeline.protection.releases import last_released, read_releases
from rlpipeline.records.store import check
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import load_service, load_settings


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_releases_in_the_repository_are_of_the_demonstration(root: Path, store: Path) -> None:
    """Exact figures are those counted, rounded ones within their base: none was shared of other records."""
    released = last_released(read_releases(root / "params" / "diffusions"))
    counted = pd.concat(
        Store(store).figures(id, Scope(year, place, load_service(root / "params")))
        for id, year, place in {
            *released[["indicateur", "annee", "territoire"]].itertuples(index=False)
        }
    )
    both = released.merge(counted, on=KEY, suffixes=("", "_compte"))
    assert len(both) > 2000
    assert both.loc[both["etat"].eq("ok"), "valeur"].equals(
        both.loc[both["etat"].eq("ok"), "valeur_compte"]
    )
    rounded = both[both["etat"].eq("arrondi")]
    assert len(rounded) > 100
    assert (rounded["valeur"].sub(rounded["valeur_compte"]).abs() < rounded["base"]).all()


def test_the_same_arguments_give_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write_demo(tmp_path / name, communes=2, years=(2019,), seed=seed)
    first, again, other = (content(tmp_path / name) for name in "abc")
    assert first == again
    assert first.keys() == other.keys()
    assert first["source/suivis.csv"] != other["source/suivis.csv"]


@pytest.mark.parametrize(
    ("communes", "years"), [(1, "2024"), pytest.param(11, "2023", marks=pytest.mark.slow)]
)
def test_any_number_of_communes_is_accepted(communes: int, years: str, tmp_path: Path) -> None:
    assert (
        main(
            ["demo", "--out", str(tmp_path), "--communes", str(communes), "--years", *years.split()]
        )
        == 0
    )
    service = load_service(tmp_path / "params")
    assert len({commune.code for commune in service.communes}) == communes
    assert service.demonstration
    assert check(str(tmp_path / "source"), service) == []
    for table in TABLES:
        header, *rows = (tmp_path / "source" / f"{table.name}.csv").read_text("utf-8").splitlines()
        assert header.split(",") == [column.name for column in table.columns]
        assert rows
    assert "n'existe" in (tmp_path / "source" / "LISEZMOI.md").read_text("utf-8")
    for year in years.split():
        assert year in str(load_settings(tmp_path / "params", int(year)).report.titre)


def test_too_many_communes_write_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_demo(tmp_path / "out", communes=1001)
    assert not (tmp_path / "out").exists()


def test_every_follow_up_that_ends_lasts() -> None:
    suivis = simulate(generator(7), ["01500", "01501"], 2021, 2023).suivis
    ended = suivis[suivis["fin"].notna()]
    assert (ended["fin"] > ended["debut"]).all()
    assert {"PAEI", "ASEP", "ACCROCHE"} == {*ended["statut"]}
