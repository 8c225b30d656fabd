"""The cache of builds: an entry stands while all that it was made from is the same, whole, under its own name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rlpipeline.execution.cache import Cache
from rlpipeline.execution.code import PACKAGE, Code, code_now, sha256

MADE_FROM = {("chiffres", "accompagnes", "2023", "62215"): "a", ("texte", "edito"): "absent"}
CONTENT = b"un\ncontenu\r\n\x00"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    made = Cache(tmp_path / ".2023-memoire", code_now())
    made.prepare()
    made.put("page-62215", MADE_FROM, CONTENT)
    return made


def test_what_was_made_from_the_same_is_given_again(cache: Cache) -> None:
    assert cache.get("page-62215", dict(reversed(MADE_FROM.items()))) == CONTENT
    assert cache.get("page-62637", MADE_FROM) is None
    cache.put("page-62215", MADE_FROM, b"autre")
    assert cache.get("page-62215", MADE_FROM) == b"autre"
    cache.forget("page-62215")
    assert cache.get("page-62215", MADE_FROM) is None


@pytest.mark.parametrize(
    "dependencies",
    [
        {**MADE_FROM, ("texte", "edito"): "b"},
        {**MADE_FROM, ("texte", "accueil"): "absent"},
        {("texte", "edito"): "absent"},
    ],
    ids=["another digest", "one thing more", "one thing less"],
)
def test_what_was_made_from_anything_else_is_not(cache: Cache, dependencies: dict[tuple[str, ...], str]) -> None:
    assert cache.get("page-62215", dependencies) is None


def test_other_code_or_libraries_make_everything_again(cache: Cache) -> None:
    for change in ({"package": "autre"}, {"libraries": "autres"}):
        assert replace(cache, code=replace(cache.code, **change)).get("page-62215", MADE_FROM) is None


def test_it_is_the_owners_alone(cache: Cache) -> None:
    cache.directory.chmod(0o755)
    cache.prepare()
    assert cache.directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in cache.directory.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data.replace(b"contenu", b"contenv"),
        lambda data: data.replace(b'"a"', b'"b"'),
        lambda data: b"",
        lambda data: b"\n".join(data.split(b"\n")[:2]),
    ],
)
def test_a_damaged_entry_is_none(cache: Cache, damage: object) -> None:
    path = cache.directory / "page-62215"
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert cache.entry("page-62215") is None


def test_an_entry_put_in_the_place_of_another_is_none(cache: Cache) -> None:
    (cache.directory / "page-62215").rename(cache.directory / "page-62637")
    assert cache.entry("page-62637") is None


def test_nothing_is_kept_once_our_code_was_touched(cache: Cache) -> None:
    name, (written, size) = next(iter(cache.code.stamps.items()))
    touched = replace(cache.code, stamps={**cache.code.stamps, name: (written + 1, size)})
    replace(cache, code=touched).put("page-62215", MADE_FROM, b"autre")
    assert cache.get("page-62215", MADE_FROM) == CONTENT


def test_every_file_of_the_package_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "rlpipeline"
    (package / "display").mkdir(parents=True)
    (package / "__pycache__").mkdir()
    (package / "display" / "methode.md").write_text("a", encoding="utf-8")
    monkeypatch.setattr("rlpipeline.execution.code.PACKAGE", package)
    digests: list[Code] = [code_now()]
    (package / "__pycache__" / "x.pyc").touch()
    assert code_now().package == digests[0].package
    assert digests[0].still()
    for name in ("display/methode.md", "report.py"):
        (package / name).write_text("b", encoding="utf-8")
        assert not digests[-1].still()
        digests.append(code_now())
    assert len({one.package for one in digests}) == 3
    assert len({one.libraries for one in digests}) == 1
    assert sha256(PACKAGE / "report.py")
