"""What is kept in memory while a year is published, whatever the number of its territories.

Slow: sixteen portraits, with every allocation traced.
"""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from rlpipeline.publication.publish import Means, publish
from rlpipeline.settings.models import load_settings
from tests.publication.factory import bundle, markdown, table, write

FEW, MANY = 4, 12
LINES, COLUMNS = 20, 12
MOST_BYTES = 8_000
"""For each more territory: its name in the settings, its path, its place in the order, its part of Parquet; 1.2 kB on
Python 3.11 and 2.1 on 3.13, once as many were published before: what one territory alone does not load yet, the first
whole batch of Parquet above all, had counted for 14.9 kB. Held as objects, its figures are 500 kB."""


def codes(count: int) -> list[str]:
    return [f"{62000 + rank}" for rank in range(count)]


def peak(place: Path, count: int) -> int:
    """Most memory held at a time while so many portraits are published one after the other."""
    (place / "params" / "2023").mkdir(parents=True)
    communes = [{"code": code, "nom": f"C{code}"} for code in codes(count)]
    service = {"nom": "Service", "departement": "62", "communes": communes}
    (place / "params" / "service.yml").write_text(json.dumps(service), encoding="utf-8")
    settings = load_settings(place / "params", 2023)
    values = {(f"l{line}", f"c{column}"): line * column for line in range(LINES) for column in range(COLUMNS)}
    former = [
        {**row, "annee": 2022, "origine": "calculé", "comparable": True, "raison": ""}
        for row in bundle("durees", values)["figures"]
    ]
    chapters = {}
    for code in ("service", *codes(count)):
        then = [{**row, "territoire": code} for row in former]
        shown = table(bundle("durees", values, territory=code, former=then))
        chapters[code] = [write(place / "faits" / code / "05_activite.ipynb", markdown("# A"), shown)]
    (place / "out").mkdir()
    tracemalloc.start()
    publish(place / "out", settings, chapters, means=Means(jobs=1))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.slow
def test_what_one_more_territory_keeps_in_memory_is_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlpipeline.publication.publish.document_of", lambda _chapters, _cover: "<p>Page</p>")
    peak(tmp_path / "chauffe", MANY)  # what is loaded and compiled once
    grown = peak(tmp_path / "beaucoup", MANY) - peak(tmp_path / "peu", FEW)
    assert grown < MOST_BYTES * (MANY - FEW)
    assert (tmp_path / "beaucoup/out/indicateurs.csv").read_text().count("\n") == 1 + (1 + MANY) * LINES * COLUMNS
