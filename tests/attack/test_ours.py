"""The attack does not break our protection: three years of the demonstration, and the services of the naive ones.

Slow: integer programmes on what we publish: they alone show that a figure can be found.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.attack import Attacked, Bounds, Dictionary, Key, attack, attack_documents, document_of
from rlpipeline.attack.statements import Relation
from rlpipeline.demo import write_demo
from rlpipeline.figures import SERVICE
from rlpipeline.figures.store import FigureStore
from rlpipeline.protection.classes import regroup
from rlpipeline.protection.judging import attacked, knowledge
from rlpipeline.protection.protection import MOST_LOOPS, Protected, protect
from rlpipeline.protection.releases import Releases, public_rules
from rlpipeline.protection.shared_tables import shared_cells
from rlpipeline.records import Records, open_records
from rlpipeline.settings.models import Service, load_service
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.stored import stored
from tests.protection import naive
from tests.protection.finished import Finished, copy_settings, finish, release
from tests.protection.made import exact_of
from tests.protection.services import SEEDS, SMALL_CELLS, service_of

pytestmark = pytest.mark.slow

YEARS = (2021, 2022, 2023)
PERSONS = 5
"""Young people whose record the intruder knows, one after the other."""


def _together(editions: Sequence[Finished], service: Service) -> Attacked:
    followed = all(one.protected.followed_only for one in editions)
    return attack([one.directory for one in editions], knowledge(service, followed))


def _told(name: str, cells: Sequence[Bounds]) -> str:
    wrong = [cell for cell in cells if not cell.safe]
    return f"{name}: {len(cells)} figures attacked, {len(wrong)} recovered or too narrow"


def _of(result: Attacked, year: int, document: str) -> list[Bounds]:
    of_year = [cell for cell in result.cells if cell.key.annee == year]
    return [cell for cell in of_year if (cell.key.territoire == SERVICE) == (document == "report")]


def _assert_unbroken(result: Attacked) -> None:
    assert not result.contradiction
    assert not result.left_out
    assert not result.unread
    assert result.cells
    assert all(cell.certain for cell in result.cells)
    assert not result.failures, "\n".join(str(failure) for failure in result.failures[:5])


def test_three_years_of_the_demonstration(
    root: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each year is protected with the ledger of those before; all their files are then attacked together."""
    params = copy_settings(root / "params", tmp_path / "params")
    service = load_service(params)
    editions = []
    for year in YEARS:
        editions.append(finish(FigureStore(store), params, year, tmp_path / str(year)))
        release(editions[-1], params, year)
    result = _together(editions, service)
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
    exact = FigureStore(stored(records, service, tmp_path / "comptes", 2022, 2023))
    first = finish(exact, params, 2022, tmp_path / "2022")
    _assert_unbroken(_together([first], service))
    release(first, params, 2022)
    after = finish(exact, params, 2023, tmp_path / "then")
    _assert_unbroken(_together([first, after], service))


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_random_services(seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = service_of(seed)
    counted = naive.count(records, SETTINGS, 2023)
    assert len(counted.primary) >= SMALL_CELLS
    protected = _protected(records, SETTINGS)
    path = naive.publish(protected.figures, tmp_path / "p", SETTINGS)
    rules = public_rules(protected.figures, SETTINGS.diffusion, protected.classes)
    naive.declare(path, SETTINGS, arrondi=rules)
    result = attack([path], knowledge(SETTINGS, protected.followed_only))
    with capsys.disabled():
        sys.stdout.write(f"\n{_told(f'service {seed}, {protected.loops} loops', result.cells)}\n")
    assert protected.loops <= MOST_LOOPS
    _assert_unbroken(result)


def _protected(records: Records, service: Service) -> Protected:
    return protect(exact_of(records, service), service.diffusion, service, Releases(), attacked)


@pytest.fixture(scope="module")
def shared(root: Path) -> tuple[Protected, Service, Records]:
    """One year of the demonstration, protected."""
    service = load_service(root / "params")
    records = open_records(str(root / "data" / "exemple"), service)
    return _protected(records, service), service, records


def _counted(records: Records, service: Service, protected: Protected) -> dict[Key, float]:
    """Count the figures of the edition, its classes joined."""
    exact = exact_of(records, service)
    whole = pd.concat([frame for frame in exact.values() if not frame.empty], ignore_index=True)
    edition = regroup(shared_cells(whole, service.diffusion, service), protected.classes)
    return {Key(*row[:5]): row[5] for row in edition[[*naive.KEY, "valeur"]].itertuples(index=False)}


def _attack(figures: pd.DataFrame, protected: Protected, service: Service, row: Sequence[Key] = ()) -> Attacked:
    """Attack figures; an intruder may know that a young person is in some of them."""
    classes = {axis: {code: one.codes for code, one in named.items()} for axis, named in protected.classes.items()}
    known = knowledge(service, protected.followed_only)
    document = document_of("essai", figures.to_dict("records"), known.links, dictionary=Dictionary(classes=classes))
    there = [Relation(((key, 1.0),), 1, math.inf, "cette personne y est", stated=True, precise=True) for key in row]
    one = replace(document, relations=tuple(there))
    return attack_documents([one], known)


def test_a_planted_leak_is_found(shared: tuple[Protected, Service, Records]) -> None:
    """The line and the column of one small cell as they were counted: the cell comes back."""
    protected, service, records = shared
    figures, exact = protected.figures, _counted(records, service, protected)
    assert _attack(figures, protected, service).passed
    ours = figures["territoire"] == SERVICE
    counted = pd.Series([exact.get(Key(*row)) for row in figures[naive.KEY].itertuples(index=False)])
    small = ours & (figures["etat"] == "arrondi") & counted.between(1, service.diffusion.seuil - 1)
    crossed = figures["indicateur"].isin(["durees", "demandes", "communes"])
    inner = figures[small & crossed & (figures["ligne"] != "total") & (figures["colonne"] != "total")]
    assert len(inner)
    for cell in inner[naive.KEY].head(3).itertuples(index=False):
        key = Key(*cell)
        beside = (
            ours
            & (figures["indicateur"] == key.indicateur)
            & ((figures["ligne"] == key.ligne) ^ (figures["colonne"] == key.colonne))
        )
        beside &= counted.notna()
        planted = figures.assign(
            valeur=figures["valeur"].mask(beside, counted),
            etat=figures["etat"].mask(beside, "ok"),
            base=figures["base"].mask(beside, 0),
        )
        result = _attack(planted, protected, service)
        found = {one.bounds.key: one.bounds for one in result.failures}
        assert (found[key].least, found[key].greatest) == (exact[key], exact[key])


def test_what_knowing_one_person_entirely_teaches(
    shared: tuple[Protected, Service, Records], capsys: pytest.CaptureFixture[str]
) -> None:
    """A figure without a bar: who knows all of one record knows that its figures are one at least."""
    protected, service, records = shared
    exact = _counted(records, service, protected)
    accompanied = records["suivis"]["id_jeune"].drop_duplicates().sort_values()
    rounded = {Key(*one[:5]) for one in protected.figures.itertuples(index=False) if one.etat == "arrondi"}
    lines = []
    for person in accompanied.iloc[:: max(1, len(accompanied) // PERSONS)].head(PERSONS):
        without = _counted(_without(records, person), service, protected)
        row = [key for key, value in exact.items() if key in rounded and value > without.get(key, 0)]
        if row:
            lines.append(_taught(_attack(protected.figures, protected, service, row), {*row}))
    with capsys.disabled():
        sys.stdout.write("\nwho knows one young person entirely:\n" + "\n".join(lines) + "\n")
    assert lines


def _taught(result: Attacked, row: set[Key]) -> str:
    """Say what an intruder learns; no figure of others may contradict that the person is there."""
    assert not result.contradiction
    wrong = [one.bounds for one in result.failures]
    beside = [one for one in wrong if one.key not in row]
    exact = sum(one.least == one.greatest for one in wrong)
    return (
        f"  {len(row)} rounded figures of the person; narrower than 4: {len(wrong) - len(beside)} of these, "
        f"{len(beside)} others; exact: {exact}"
    )


def _without(records: Records, person: str) -> Records:
    """Take the rows of a young person out."""
    suivis = records["suivis"]
    theirs = {"id_jeune": [person], "id_suivi": [*suivis["id_suivi"][suivis["id_jeune"] == person]]}
    frames = dict(records.frames)
    for name, frame in frames.items():
        for column, values in theirs.items():
            if column in frame:
                frames[name] = frames[name][~frame[column].isin(values).reindex(frames[name].index)]
    return replace(records, frames=frames)
