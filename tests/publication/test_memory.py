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
TIMES = 3
"""The least of them counts: when Python collects its garbage moves a peak by twice what is measured."""
LINES, COLUMNS = 20, 12
MOST_BYTES = 8_000
"""For each more territory: its name in the settings, its path, its place in the order, its part of Parquet. Held as
objects, its figures alone were thirty-five times as many."""


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
    peak(tmp_path / "chauffe", 1)  # what is loaded and compiled once
    pairs = [(tmp_path / f"beaucoup-{time}", tmp_path / f"peu-{time}") for time in range(TIMES)]
    grown = min(peak(many, MANY) - peak(few, FEW) for many, few in pairs)
    assert grown < MOST_BYTES * (MANY - FEW)
    assert (tmp_path / "beaucoup-0/out/indicateurs.csv").read_text().count("\n") == 1 + (1 + MANY) * LINES * COLUMNS
