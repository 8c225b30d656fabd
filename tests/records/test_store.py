import json
import stat
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.errors import DataError
from rlpipeline.records.frames import Records
from rlpipeline.records.store import load, open_records, write_store
from rlpipeline.settings.models import Service
from tests.records.conftest import Write
from tests.records.sample import faulty, sample
from tests.records.writers import write_csv


@pytest.fixture(scope="module")
def records(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Records:
    source = write_csv(
        sample("temps", "presences", "territoires"), tmp_path_factory.mktemp("source") / "source"
    )
    return load(source, service)[0]


def test_a_store_gives_the_records_back(records: Records, tmp_path: Path, service: Service) -> None:
    write_store(records, tmp_path / "store")
    again = open_records(str(tmp_path / "store"), service)
    assert again.present == records.present
    assert "reseaux" not in again.present
    assert again.frames.keys() == records.frames.keys()
    for name, frame in records.frames.items():
        pd.testing.assert_frame_equal(again[name], frame)


def test_a_store_is_for_its_owner_alone(records: Records, tmp_path: Path) -> None:
    store = tmp_path / "deep" / "store"
    write_store(records, store)
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.iterdir()} == {0o600}


def test_a_store_that_fails_to_be_written_leaves_the_former(
    records: Records, tmp_path: Path, service: Service
) -> None:
    store = tmp_path / "place" / "store"
    write_store(records, store)
    wrong = Records({**records.frames, "territoires": pd.DataFrame({"x": [1]})}, records.present)
    with pytest.raises(DataError, match="territoires"):
        write_store(wrong, store)
    assert len(open_records(str(store), service)["temps"]) == 3
    assert [path.name for path in store.parent.iterdir()] == ["store"]


@pytest.mark.parametrize("damage", ["missing", "truncated", "version", "not json"])
def test_a_damaged_store_says_so(
    damage: str, records: Records, tmp_path: Path, service: Service
) -> None:
    store = tmp_path / "store"
    write_store(records, store)
    if damage == "missing":
        (store / "temps.parquet").unlink()
    elif damage == "truncated":
        (store / "temps.parquet").write_bytes(b"PAR1")
    elif damage == "version":
        (store / "records.json").write_text(json.dumps({"format": 99, "present": []}))
    else:
        (store / "records.json").write_text("{")
    with pytest.raises(DataError, match="incomplètes"):
        _ = open_records(str(store), service)["temps"]


def test_errors_are_counted_without_a_value(write: Write, service: Service) -> None:
    with pytest.raises(DataError) as caught:
        open_records(write(faulty()), service)
    message = str(caught.value)
    assert "54 erreurs" in message
    assert "rlpipeline check" in message
    assert caught.value.exit_code == 3
    assert (
        "table jeunes, ligne 5, colonne commune : E104 (code géographique amputé de son zéro)"
        in message
    )
    assert "… et 49 de plus" in message
    assert not any(value in message for value in ("DURAND", "1004", "Dupont", "prenom"))
