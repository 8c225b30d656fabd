"""Nothing that somebody typed is in the package that nobody was asked to read: each text is a mark, looked for."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from html import unescape
from io import StringIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rlpipeline.cli import main
from rlpipeline.execution.output_folder import secret_path
from rlpipeline.pipeline.build import BuildRequest, build_years
from rlpipeline.pipeline.proofreading import LEFT_OUT, OTHER, READ, note_readings, read_secret
from rlpipeline.publication.release import DATA
from tests.hostile.every_text import YEAR, Marks, write_service

NAMES = {"nom de la carte", "nom du logo", "nom de la photographie", "nom du chapitre"}
"""What no package has, read or not."""
ADDRESS = re.compile(r"data:[a-z/+-]+;base64,([A-Za-z0-9+/=]+)")


@dataclass(frozen=True)
class Built:
    """A service in which each text is a mark, built and shared, then built without what may be left out.

    ``listed``: what « relire --liste » says; ``shared``, ``without``: texts of every file, before and after.
    """

    place: Path
    marks: Marks
    listed: str
    shared: str
    left_out: frozenset[str]
    without: str


def texts_of(path: Path, content: bytes) -> Iterator[str]:
    """Everything that a file says, unpacked as far as it goes."""
    if path.suffix in {".zip", ".xlsx"}:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from texts_of(Path(name), archive.read(name))
    elif path.suffix == ".parquet":
        table = pq.read_table(io.BytesIO(content))
        yield f"{table.to_pydict()} {table.schema}"
    else:
        text = unescape(content.decode("utf-8", "replace"))
        yield f"{path} {text}"
        for coded in ADDRESS.findall(text):
            yield base64.b64decode(coded).decode("utf-8", "replace")


def said_by(paths: list[Path]) -> str:
    assert len(paths) >= len(DATA) + 3
    return "\n".join(text for path in paths for text in texts_of(path, path.read_bytes()))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    place = tmp_path_factory.mktemp("textes")
    marks = write_service(place, place / "notebooks")
    out, params = place / "outputs", place / "params"
    places = {"source": str(place / "source"), "params": params, "out": out}
    both = {"notebooks": place / "notebooks", "ours": True, "stream": StringIO()}
    request = BuildRequest(**places, **both, editions=("interne", "diffusion"))
    assert len(list(build_years(request, (YEAR,)))) == 2
    where, listing = ["--out", str(out), "--params", str(params)], StringIO()
    with redirect_stdout(listing):
        assert main(["relire", *where, "--liste"]) == 4
    passages = read_secret(secret_path(out, YEAR)).passages
    note_readings(params, YEAR, passages, READ, "Lectrice")
    assert main(["share", *where, "--oui"]) == 0
    shared = said_by([path for path in (out / "partage").rglob("*") if path.is_file()])
    assert said_by([out / "partage.zip"] * 9)
    may = [passage for passage in passages if passage.kind != OTHER]
    note_readings(params, YEAR, may, LEFT_OUT, "Lectrice")
    request = BuildRequest(**places, **both, editions=("diffusion",))
    assert len(list(build_years(request, (YEAR,)))) == 1
    edition = out / str(YEAR) / "diffusion"
    taken = [*edition.glob("*.html"), *edition.glob("communes/*"), *map(edition.joinpath, DATA)]
    gone = frozenset(mark for mark in marks.places if any(mark in of.text for of in may))
    return Built(place, marks, listing.getvalue(), shared, gone, said_by(taken))


def test_each_text_of_the_package_was_listed(built: Built) -> None:
    found = {mark: place for mark, place in built.marks.places.items() if mark in built.shared}
    assert len(found) > 100
    assert not [place for mark, place in found.items() if mark not in built.listed]
    assert not NAMES & {*found.values()}
    handed = [mark for mark, place in built.marks.places.items() if place.startswith("chapitre, ")]
    assert len(handed) > 15  # those of a picture are pixels in the package
    assert not [built.marks.places[mark] for mark in handed if mark not in built.listed]


def test_what_is_left_out_is_nowhere(built: Built) -> None:
    were_there = {mark for mark in built.left_out if mark in built.shared}
    assert len(were_there) > 40
    assert not [built.marks.places[mark] for mark in built.left_out if mark in built.without]


def test_a_notebook_that_is_published_holds_no_private_record(built: Built) -> None:
    out = built.place / "outputs"
    published = [*out.glob(f"{YEAR}/diffusion/notebooks/**/*.ipynb")]
    assert len(published) > 10
    assert not [path for path in published if "handed" in path.read_text("utf-8")]
    kept = out / f".{YEAR}-diffusion-memoire"
    assert any(b"rlpipeline.handed" in path.read_bytes() for path in kept.iterdir())


def test_what_was_read_stays_read_where_nothing_changed(built: Built) -> None:
    passages = read_secret(secret_path(built.place / "outputs", YEAR)).passages
    assert len([passage for passage in passages if not passage.left_out]) > 60
    with redirect_stdout(StringIO()) as said:
        where = ["--out", str(built.place / "outputs"), "--params", str(built.place / "params")]
        assert main(["relire", *where, "--liste"]) == 0, said.getvalue()
