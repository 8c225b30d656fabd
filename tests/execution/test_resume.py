from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from rlpipeline.execution.code import Code
from rlpipeline.execution.freshness import UNTOLD, Now, Trace
from rlpipeline.execution.outcome import Failure, Outcome
from rlpipeline.execution.plan import Task
from rlpipeline.execution.resume import Kept
from rlpipeline.execution.workspace import Workspace
from rlpipeline.reads import Read
from tests.execution.made_up import task, write_chapter

SOURCES = {"__init__.py": "a", "report.py": "b", "execution/runner.py": "c", "cli.py": "d", "display/methode.md": "e"}
READ = ("tranche", "suivis", "2023", "62215")


@dataclass
class World:
    """All that a task may depend on, to be changed."""

    sources: dict[str, str] = field(default_factory=lambda: dict(SOURCES) | {"display/__init__.py": "f"})
    versions: dict[str, str] = field(default_factory=lambda: {"pandas": "3.0", "autre": "1.0"})
    python: str = "3.11.7"
    kernel: str | None = "rlpipeline"
    digests: dict[Read, str] = field(default_factory=lambda: {READ: "x"})
    still: bool = True

    def kept(self, place: Path) -> Kept:
        class Known(Code):
            def still(known) -> bool:  # noqa: N805
                return self.still

        code = Known(self.sources, self.versions, self.python)
        now = Now(code, lambda read: self.digests.get(read, UNTOLD), self.kernel, {"62215": "Carvin"})
        kept = Kept(place / "out" / ".2023-memoire", Workspace(place / "travail"), now)
        kept.directory.parent.mkdir(exist_ok=True)
        kept.prepare()
        return kept


@pytest.fixture
def own(tmp_path: Path) -> Task:
    return task(write_chapter(tmp_path / "nb" / "01_edito.ipynb", ["1"]))


@pytest.fixture
def world() -> World:
    return World()


def done(kept: Kept, own: Task, text: str = "exécuté") -> Outcome:
    executed = kept.workspace.executed(own)
    executed.parent.mkdir(parents=True, exist_ok=True)
    executed.write_text(text, encoding="utf-8")
    read = kept._digest_of(own.notebook)
    trace = Trace(read, (READ,), ("rlpipeline", "rlpipeline.report", "rlpipeline.display"), ("pandas",), "3.11.7")
    return Outcome(own, "ok", executed, None, 1.0, trace)


@pytest.fixture
def former(tmp_path: Path, own: Task, world: World) -> Kept:
    kept = world.kept(tmp_path)
    kept.keep(done(kept, own))
    return kept


def test_the_next_build_takes_what_stands(former: Kept, tmp_path: Path, own: Task, world: World) -> None:
    again = world.kept(tmp_path)
    assert again.changes(own) == ()
    outcome = again.take(own)
    assert outcome is not None
    assert outcome.trace is None
    assert outcome.notebook.read_text(encoding="utf-8") == "exécuté"
    again.forget()
    assert again.take(own) is None
    assert not list((tmp_path / "out").iterdir())


def test_it_is_the_owners_alone(former: Kept) -> None:
    folders = [former.directory, *(path for path in former.directory.rglob("*") if path.is_dir())]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
    files = [path for path in former.directory.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert len(files) == 2


CHANGES: dict[str, tuple[Callable[[World], None], str]] = {
    "a slice": (lambda world: world.digests.update({READ: "y"}), "table suivis, 2023, Carvin"),
    "what nobody can tell": (lambda world: world.digests.clear(), "table suivis, 2023, Carvin"),
    "a module": (lambda world: world.sources.update({"report.py": "z"}), "module rlpipeline.report"),
    "a package": (lambda world: world.sources.update({"__init__.py": "z"}), "module rlpipeline"),
    "a module less": (lambda world: world.sources.pop("report.py") and None, "module rlpipeline.report"),
    "the data of a package": (
        lambda world: world.sources.update({"display/methode.md": "z"}),
        "fichier rlpipeline/display/methode.md",
    ),
    "what runs it": (
        lambda world: world.sources.update({"execution/runner.py": "z"}),
        "module rlpipeline.execution.runner",
    ),
    "a version": (lambda world: world.versions.update(pandas="3.1"), "version de pandas (3.0, puis 3.1)"),
    "a library less": (lambda world: world.versions.pop("pandas") and None, "version de pandas (3.0, puis absente)"),
    "Python": (lambda world: setattr(world, "python", "3.13.0"), "version de python (3.11.7, puis 3.13.0)"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_is_named_and_the_task_runs_again(
    former: Kept, tmp_path: Path, own: Task, world: World, name: str
) -> None:
    change, words = CHANGES[name]
    change(world)
    again = world.kept(tmp_path)
    assert [one.what for one in again.changes(own)] == [words]
    assert again.take(own) is None


def test_what_the_task_did_not_use_may_change(former: Kept, tmp_path: Path, own: Task, world: World) -> None:
    world.sources["cli.py"], world.sources["nouveau.py"] = "z", "z"
    world.versions["autre"] = "2.0"
    world.digests["tranche", "suivis", "2023", "62637"] = "y"
    assert world.kept(tmp_path).changes(own) == ()


def test_the_notebook_and_who_it_is_for_count(former: Kept, tmp_path: Path, own: Task, world: World) -> None:
    for other in (replace(own, territory="62215"), replace(own, year=2022), replace(own, edition="diffusion")):
        assert [one.what for one in world.kept(tmp_path).changes(other)] == [
            "jamais exécuté, ou interrompu avant la fin"
        ]
    world.kernel = "python3"
    assert world.kept(tmp_path).take(own) is None
    world.kernel = "rlpipeline"
    write_chapter(own.notebook, ["2"])
    assert [one.what for one in world.kept(tmp_path).changes(own)] == ["notebook 01_edito.ipynb"]


def test_force_takes_nothing(former: Kept, own: Task) -> None:
    former.prepare(force=True)
    assert former.take(own) is None


def test_what_is_damaged_swapped_or_half_written_is_not_taken(former: Kept, own: Task) -> None:
    (record,) = former.directory.glob("*.json")
    (notebook,) = (former.directory / "notebooks").iterdir()
    (former.directory / "notebooks" / "abc.ipynb.partiel").write_text("x", encoding="utf-8")
    former.prepare()
    assert [path.name for path in (former.directory / "notebooks").iterdir()] == [notebook.name]
    notebook.write_text("un autre", encoding="utf-8")
    assert [one.what for one in former.changes(own)] == ["copie conservée abîmée"]
    assert former.take(own) is None
    notebook.unlink()
    assert former.take(own) is None
    entry = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps(entry | {"territoire": "62637"}), encoding="utf-8")
    assert former.changes(own)[0].kind == "absent"
    record.write_text("{", encoding="utf-8")
    assert former.take(own) is None


def test_failures_untold_runs_and_runs_of_changing_code_are_not_kept(tmp_path: Path, own: Task, world: World) -> None:
    kept = world.kept(tmp_path)
    outcome = done(kept, own)
    kept.keep(replace(outcome, state="echec", error=Failure("c0", "raison", Path("k"))))
    kept.keep(replace(outcome, trace=None))
    world.still = False
    kept.keep(outcome)
    assert not [path for path in kept.directory.rglob("*") if path.is_file()]


def test_a_chapter_that_reads_beyond_its_inputs_is_told(former: Kept, own: Task, world: World) -> None:
    assert former.within_reach([own])
    assert not former.within_reach([own, replace(own, territory="62215")])
    for kind in ("exterieur", "liste", "hors_de_portee"):
        outcome = done(former, own)
        assert outcome.trace is not None
        former.keep(replace(outcome, trace=replace(outcome.trace, reads=((kind, "x"),))))
        assert not former.within_reach([own])


def test_only_what_the_last_build_used_is_left(former: Kept, tmp_path: Path, own: Task) -> None:
    other = replace(own, territory="62215")
    former.keep(done(former, other, "autre"))
    former.keep(done(former, own, "refait"))
    assert len(list((former.directory / "notebooks").iterdir())) == 3
    former.prune([own])
    assert len(list(former.directory.glob("*.json"))) == len(list((former.directory / "notebooks").iterdir())) == 1
    assert former.take(own) is not None
