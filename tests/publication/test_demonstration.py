"""Records that are invented are said to be, wherever they are shown."""

from __future__ import annotations

import csv
from html import unescape
from pathlib import Path

import pandas as pd

from rlpipeline.demo import write_demo
from rlpipeline.page_templates import typographic
from rlpipeline.publication.figures import COLUMNS, write_csv
from rlpipeline.publication.index import write_index, write_internal_index
from rlpipeline.publication.page import DEMONSTRATION, cover_for, css_string, render_page
from rlpipeline.publication.share import mark_of, marked_page
from rlpipeline.settings.models import load_service, load_settings
from tests.figures.factory import SERVICE

ROWS = [
    ("accompagnes", 2023, "service", "total", "total", 114, "jeunes", "ok"),
    *(("x", 2023, "service", "a", "b", None, "", "nc"),),
]


def test_every_page_and_each_printed_page_says_so(tmp_path: Path) -> None:
    write_demo(tmp_path, 1, (2023,))
    settings = load_settings(tmp_path / "params", 2023)
    for place in ("service", settings.service.commune_codes[0]):
        for edition in ("interne", "diffusion"):
            page = render_page([], cover_for(settings, place, edition))
            assert unescape(page).partition("<body>")[2].count(typographic(DEMONSTRATION)) == 2  # above and below
            assert str(css_string(DEMONSTRATION))[1:-1] in page  # at the head of each printed page


def test_indexes_say_so(tmp_path: Path) -> None:
    write_demo(tmp_path, 1, (2023,))
    write_internal_index(tmp_path, load_service(tmp_path / "params"), tmp_path / "params")
    assert typographic(DEMONSTRATION) in unescape((tmp_path / "index.html").read_text("utf-8"))
    write_index(tmp_path, SERVICE.model_copy(update={"demonstration": True}), [])
    assert typographic(DEMONSTRATION) in unescape((tmp_path / "index.html").read_text("utf-8"))
    write_index(tmp_path, SERVICE, [])
    assert typographic(DEMONSTRATION) not in unescape((tmp_path / "index.html").read_text("utf-8"))


def test_a_sealed_copy_still_says_so(tmp_path: Path) -> None:
    write_demo(tmp_path, 1, (2023,))
    page = render_page([], cover_for(load_settings(tmp_path / "params", 2023), "service", "interne"))
    copy = unescape(marked_page(page, mark_of("Une lectrice")))
    assert f"{mark_of('Une lectrice')} · {typographic(DEMONSTRATION)}" in copy
    assert "chiffres exacts, ne pas diffuser" not in copy


def test_a_csv_file_says_so_and_is_read_as_before(tmp_path: Path) -> None:
    for name, said in (("marked.csv", DEMONSTRATION), ("bare.csv", "")):
        write_csv(tmp_path / name, COLUMNS, ROWS, said)
    both = [pd.read_csv(tmp_path / name) for name in ("marked.csv", "bare.csv")]
    assert both[0].columns[-1] == DEMONSTRATION
    pd.testing.assert_frame_equal(both[0][list(COLUMNS)], both[1])
    with (tmp_path / "marked.csv").open(encoding="utf-8", newline="") as stream:
        assert {len(row) for row in csv.reader(stream)} == {len(COLUMNS) + 1}
