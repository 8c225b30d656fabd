"""The memory of builds: an entry stands while all that it was made from is the same, whole, under its own name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rlpipeline.execution import memory as remembering
from rlpipeline.execution.memory import Memory, code_now

MADE_FROM = {"chiffres de 2023, Carvin": "a", "texte edito.md": "b"}
CONTENT = b"un\ncontenu\r\n\x00"


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    made = Memory(tmp_path / ".2023-memoire", {"code": "c"})
    made.put("page-62215", MADE_FROM, CONTENT)
    return made


def test_what_was_made_from_the_same_is_given_again_and_else_what_changed_is_named(
    memory: Memory,
) -> None:
    assert memory.memo("page-62215", dict(reversed(MADE_FROM.items())), lambda: b"autre") == CONTENT
    made_from, _ = memory.entry("page-62215") or ({}, b"")
    for inputs, changed in (
        (MADE_FROM, ()),
        ({**MADE_FROM, "texte edito.md": "c"}, ("texte edito.md",)),
        ({**MADE_FROM, "texte accueil.md": "c"}, ("texte accueil.md",)),
        ({"texte edito.md": "b"}, ("chiffres de 2023, Carvin",)),
    ):
        assert memory.differences(made_from, inputs) == changed
    other = Memory(memory.directory, {"code": "d"})
    assert other.differences(made_from, MADE_FROM) == ("code",)
    assert other.get("page-62215", MADE_FROM) is None
    assert memory.memo("page-62215", {"texte edito.md": "b"}, lambda: b"autre") == b"autre"
    assert memory.get("page-62215", MADE_FROM) is None


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
def test_a_damaged_entry_and_one_put_in_the_place_of_another_are_none(
    memory: Memory, damage: Callable[[bytes], bytes]
) -> None:
    path = memory.directory / "page-62215"
    (memory.directory / "page-62637").write_bytes(path.read_bytes())
    path.write_bytes(damage(path.read_bytes()))
    assert memory.entry("page-62215") is None
    assert memory.entry("page-62637") is None


def test_it_is_the_owner_s_alone_and_keeps_what_is_named(memory: Memory) -> None:
    memory.put("calcul", {}, b"")
    (memory.directory / ".page-62215-nouveau").touch()
    assert memory.directory.stat().st_mode & 0o777 == 0o700
    assert (memory.directory / "calcul").stat().st_mode & 0o777 == 0o600
    memory.prune({"calcul"})
    assert [path.name for path in memory.directory.iterdir()] == ["calcul"]


def test_every_file_of_the_package_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "PACKAGE", tmp_path)
    digests = []
    for name in ("methode.md", "__pycache__/x.pyc", "display/report.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
        code_now.cache_clear()
        digests.append(code_now()["code de rlpipeline"])
    code_now.cache_clear()
    assert digests[0] == digests[1] != digests[2]
