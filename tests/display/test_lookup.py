from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.display.cells import Reference
from rlpipeline.display.lookup import Lookup
from rlpipeline.figures import Store
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import load_service, load_settings
from tests.figures.stored import source_of


def lookup(root: Path, records: Records) -> Lookup:
    settings = load_settings(root / "params", 2023)
    return Lookup(source_of(records, service=settings.service), settings)


def test_a_year_without_anything_has_no_former_nor_a_value_of_the_same_vintage(
    root: Path, records: Records, store: Path
) -> None:
    years = {year: Lookup(Store(store), load_settings(root / "params", year)) for year in (2021, 2022, 2023)}
    assert years[2021].former("accompagnes", "service") is None
    assert years[2023].former("partenaires", "service") is None
    same, other = (years[year].former("socio_economique", "service") for year in (2023, 2022))
    assert same is not None and same.figures.empty
    values = records["territoires"]
    renewed = set(values.loc[values["millesime"] == 2022, "indicateur"])
    assert other is not None and set() < set(other.figures["ligne"]) <= renewed


@pytest.mark.parametrize("kept", [True, False], ids=["counted", "without records"])
def test_a_zero_is_known_where_the_service_kept_the_table_that_year(root: Path, records: Records, kept: bool) -> None:
    service, referred = load_service(root / "params"), records["orientations"]
    then = referred["date"].dt.year == 2022
    one = referred[then].iloc[:1]
    person = records["suivis"].set_index("id_suivi").loc[one["id_suivi"].iloc[0], "id_jeune"]
    home = records["jeunes"].set_index("id_jeune").loc[person, "commune"]
    elsewhere = next(code for code in service.commune_codes if code != home)
    rows = pd.concat([referred[~then], one[: int(kept)]], ignore_index=True)
    changed = Records({**records.frames, "orientations": rows}, records.present)
    found = lookup(root, changed)
    assert found.says_something("orientations", 2022, elsewhere) is kept
    assert (found.former("orientations", elsewhere) is not None) is kept
    cell = found.cell(Reference("orientations", "total", "nombre", 2022, elsewhere))
    assert cell.etat == ("ok" if kept else "nc")


def test_a_year_in_which_situations_were_not_noted_is_no_year_of_nobody(root: Path, records: Records) -> None:
    noted = records["situations"]
    begun = replace(records, frames={**records.frames, "situations": noted[noted["annee"] == 2023]})
    found = lookup(root, begun)
    assert found.table("situations", 2022, "service")["valeur"].any()  # they are not known, and are counted so
    assert found.former("situations", "service") is None
    assert found.cell(Reference("situations", "college", "total", 2022, "service")).etat == "nc"
    assert found.former("accompagnes", "service") is not None
