"""The printed report of 2023, cell by cell, against what the indicators count in the demonstration records."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.figures import Scope
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import load_service
from tests.declared import figures
from tests.transcription import KEY, exceptions, transcription

YEAR = 2023
# Printed as "about one hour a week": the unit is all that the print gives.
ROUNDED = {"temps_en_ligne": 0}


@pytest.fixture(scope="module")
def compared(root: Path, records: Records) -> pd.DataFrame:
    """Every transcribed cell with the computed figure: ``calcule`` (NaN where nc) and ``etat``."""
    service = load_service(root / "params")
    printed = transcription()
    places = printed[["indicateur", "territoire"]].drop_duplicates().itertuples(index=False)
    computed = pd.concat(figures(str(i), records, Scope(YEAR, str(t), service)) for i, t in places)
    computed = computed[computed["annee"] == YEAR].rename(columns={"valeur": "calcule"})
    cells = printed.merge(
        computed[[*KEY, "calcule", "etat"]], on=KEY, how="left", validate="one_to_one"
    )
    for indicator, digits in ROUNDED.items():
        rows = cells["indicateur"] == indicator
        cells.loc[rows, "calcule"] = cells.loc[rows, "calcule"].round(digits)
    return cells


def test_every_printed_cell_is_met_or_contradicts_another(
    compared: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = compared[compared["valeur"].notna()]
    equal = (numbers["valeur"] - numbers["calcule"]).abs() < 1e-9
    differing = numbers[~equal]
    with capsys.disabled():
        sys.stdout.write(
            f"\nback-test {YEAR}: {len(numbers)} cells compared, {equal.sum()} equal, {len(differing)} exceptions\n"
        )
    found = {tuple(row) for row in differing[KEY].itertuples(index=False)}
    assert found == {tuple(row) for row in exceptions()[KEY].itertuples(index=False)}
    assert (len(numbers), int(equal.sum())) == (590, 566)


def test_an_exception_says_what_is_computed(compared: pd.DataFrame) -> None:
    stated = exceptions().merge(compared[[*KEY, "calcule", "etat"]], on=KEY, suffixes=("_dit", ""))
    known = stated["calcule_dit"] != "nc"
    assert (
        stated.loc[known, "calcule_dit"].astype(float).tolist()
        == stated.loc[known, "calcule"].tolist()
    )
    assert (stated.loc[~known, "etat"] == "nc").all()


def test_what_is_printed_as_not_communicated_is_not_a_number(compared: pd.DataFrame) -> None:
    said = compared["imprime"].str.contains(r"^nc$|non communiqués", case=False)
    assert said.sum() == 44
    assert compared.loc[said, "calcule"].isna().all()
    assert (compared.loc[said, "etat"] == "nc").all()


def test_every_transcribed_place_exists(compared: pd.DataFrame) -> None:
    assert compared[compared["etat"].isna()].empty
