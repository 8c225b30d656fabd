"""The attack does not break our protection: three years of the demonstration, and the services of the naive ones.

Slow: years are protected and attacked together: they alone show that a figure can be found.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.attack import Attacked, PublishedFigures, attack
from rlpipeline.declared import FigureKey
from rlpipeline.figures import SERVICE
from rlpipeline.protection.classes import KEY
from rlpipeline.protection.protection import MOST_LOOPS
from rlpipeline.protection.releases import Protected, last_released, read_releases
from rlpipeline.protection.rounding import knowledge
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service, load_service
from tests.declared import declared
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection.life import Life, Released
from tests.protection.made import edition_of, exact_of, protect
from tests.protection.naive import SEEDS, service_of
from tests.protection.test_protection import beside_exact

pytestmark = pytest.mark.slow

YEARS = (2021, 2022, 2023)


def _assert_unbroken(result: Attacked) -> None:
    assert result.judged
    assert not result.withdrawn
    assert result.passed, "\n".join(
        map(str, (*result.failures[:5], *result.undecided[:5], result.contradiction))
    )


Shared = tuple[Life, Mapping[int, Released]]


@pytest.fixture(scope="module")
def three_years(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Three years of the demonstration, beside the releases in the repository: the first two again, each by itself."""
    place = tmp_path_factory.mktemp("demonstration")
    life = Life.copied(root / "data" / "exemple", root / "params", place / "vie")
    shutil.copytree(root / "params" / "diffusions", life.ledger)
    again = {year: life.again(place / str(year)).share(year) for year in YEARS[:2]}
    return life, {**again, YEARS[2]: life.share(YEARS[2])}


def test_three_years_of_the_demonstration(
    three_years: Shared, capsys: pytest.CaptureFixture[str]
) -> None:
    """All are attacked together; who clones the repository makes again what was released of the first two."""
    life, shared = three_years
    result = shared[YEARS[2]].attacked
    assert shared[YEARS[2]].protected.followed_only and len(read_releases(life.ledger)) == len(
        YEARS
    )
    figures = pd.concat(released.protected.figures for released in shared.values())
    both = figures.merge(last_released(read_releases(life.ledger)), on=KEY)
    assert len(both) == len(figures) and both["valeur_x"].equals(both["valeur_y"])
    with capsys.disabled():
        sys.stdout.write(
            f"\n{result.judged} figures, rests and unions attacked, {len(result.failures)} found\n"
        )
    _assert_unbroken(result)


def test_the_demonstration_keeps_its_totals_and_nothing_is_masked(
    three_years: Shared, capsys: pytest.CaptureFixture[str]
) -> None:
    life, shared = three_years
    for year, released in shared.items():
        settings = load_service(life.params)
        exact = edition_of(life.counted(settings, year), settings, settings.diffusion)
        both = beside_exact(exact, released.protected)
        service, portraits = (
            both[both["territoire"] == SERVICE],
            both[both["territoire"].str.isdigit()],
        )
        with capsys.disabled():
            sys.stdout.write(
                f"\n{_line(f'{year}, report', service)}\n{_line(f'{year}, portraits', portraits)}\n"
            )
        assert not (released.protected.figures["etat"] == "masque").any()
        assert portraits["erreur"].le(2).mean() >= 0.85 and portraits["erreur"].mean() <= 1.5
        assert (portraits["erreur"] < portraits["base"].clip(lower=1)).all()
    assert service["erreur"].le(2).mean() >= 0.95 and service["erreur"].mean() <= 0.4


def _line(name: str, both: pd.DataFrame) -> str:
    near, exact = both["erreur"].le(2).mean(), both["base"].eq(0).mean()
    error = both["erreur"].mean()
    return f"{name}: {len(both)} figures, {exact:.0%} exact, {near:.0%} within 2, mean error {error:.2f}"


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_random_services(seed: int) -> None:
    protected = _protected(service_of(seed), SETTINGS)
    assert (
        protected.loops <= MOST_LOOPS + 1
    )  # what is left out goes from the portraits, then from the report
    _assert_unbroken(_attack(protected.figures, protected, SETTINGS))


def _protected(records: Records, service: Service) -> Protected:
    return protect(exact_of(records, service), service.diffusion, service, ())


def _attack(figures: pd.DataFrame, protected: Protected, service: Service) -> Attacked:
    ours = PublishedFigures("essai", figures, protected.classes)
    return attack([ours], knowledge(service, declared(service).links, protected.followed_only))


def test_a_planted_leak_is_found(three_years: Shared) -> None:
    """The line and the column of one small cell as they were counted: the cell comes back."""
    life, shared = three_years
    service, protected = load_service(life.params), shared[2023].protected
    counted = edition_of(life.counted(service, 2023), service, service.diffusion)
    exact = {
        FigureKey(*row[:5]): row[5] for row in counted[[*KEY, "valeur"]].itertuples(index=False)
    }
    figures = protected.figures
    assert _attack(figures, protected, service).passed
    ours = figures["territoire"] == SERVICE
    values = pd.Series([exact.get(FigureKey(*row)) for row in figures[KEY].itertuples(index=False)])
    small = ours & (figures["etat"] == "arrondi") & values.between(1, service.diffusion.seuil - 1)
    crossed = figures["indicateur"].isin(["durees", "demandes"])
    inner = figures[
        small & crossed & (figures["ligne"] != "total") & (figures["colonne"] != "total")
    ]
    assert len(inner)
    for cell in inner[KEY].head(3).itertuples(index=False):
        key = FigureKey(*cell)
        of_table = ours & (figures["indicateur"] == key.indicateur) & values.notna()
        beside = of_table & ((figures["ligne"] == key.ligne) ^ (figures["colonne"] == key.colonne))
        planted = figures.assign(
            valeur=figures["valeur"].mask(beside, values),
            etat=figures["etat"].mask(beside, "ok"),
            base=figures["base"].mask(beside, 0),
        )
        failures = _attack(planted, protected, service).failures
        found = {one.about: (one.least, one.greatest) for one in failures}
        assert found[key,] == (exact[key], exact[key])
