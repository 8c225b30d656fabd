"""What an executed chapter was made from, hence what makes it run again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rlpipeline.execution.chapters import EACH_TIME, NEVER, Chapters, ChapterSources
from rlpipeline.execution.memory import Memory, sha256, state_of
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import Task, Workspace
from rlpipeline.execution.tracing import Trace, trace_path
from rlpipeline.figures.store import contents_served
from tests.execution.made_up import OPEN, task, write_chapter

TABLES = json.dumps({"accompagnes": {"rows": [1]}, "durees": {"rows": [2]}})
ENSEMBLE = "chiffres de 2023, ensemble du service"


def service(**durees: int) -> str:
    """The figures of the service: a table of one line, by column."""
    rows = [
        ["durees", 2023, "service", "total", column, value, "jeunes", "ok", 0]
        for column, value in durees.items()
    ]
    return json.dumps({"durees": {"figures": rows}})


GIVEN = {
    "figures/2023/service.json": service(total=7, G=4),
    "figures/2023/62215.json": TABLES,
    "figures/chiffres.json": json.dumps({"years": [2023], "places": {}}),
    "params/service.yml": "nom",
    "params/2023/textes/edito.md": "Bonjour.",
    "echelles.json": json.dumps({"accompagnes": 5}),
}
PARTS = {
    "figures/2023/62215.json": [["accompagnes"], ["objectifs"]],
    "figures/2022/62215.json": [["accompagnes"]],
    "figures/2023/service.json": [["durees", "total", "total"], ["durees", "total", "F"]],
    "figures/chiffres.json": [["years"]],
    "echelles.json": [["accompagnes"]],
}
FILES = ("params/service.yml", "params/2023/textes/edito.md", "params/2023/textes/bilan.md")
NAMES = {"service": "Service", "62215": "Carvin", "62637": "Oignies"}
EXACT_ELSEWHERE = '{"accompagnes": {"rows": [9]}}'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "espace"
    for name, text in GIVEN.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Workspace(root)


def chapters(workspace: Workspace) -> Chapters:
    memory = Memory(workspace.root.with_name("memoire"), {"code": "c"})
    return Chapters(memory, workspace, NAMES, ChapterSources(workspace.root, contents_served))


def ran(workspace: Workspace, unseen: str = "", more: dict[str, str] | None = None) -> Outcome:
    """A chapter that has run, and left its trace."""
    notebook = write_chapter(workspace.root.with_name("nb") / "01_edito.ipynb", [OPEN])
    own, executed = task(notebook, "62215"), workspace.root / "execute.ipynb"
    executed.write_text("exécuté\nen deux lignes", encoding="utf-8")
    states = {name: state_of(name, workspace.root) for name in FILES} | (more or {})
    left = trace_path(workspace.log(own))
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(Trace(PARTS, states, unseen).written())
    return Outcome(own, executed, digest=sha256(notebook))


def kept(workspace: Workspace) -> Task:
    """The same, kept."""
    outcome = ran(workspace)
    chapters(workspace).keep(outcome)
    return outcome.task


@pytest.mark.parametrize(
    ("changed", "content", "told"),
    [
        ("figures/2023/62215.json", EXACT_ELSEWHERE, "chiffres de 2023, Carvin (62215)"),
        (
            "figures/2023/62215.json",
            TABLES.replace("2", "3"),
            "",
        ),  # a table that it did not ask for
        (
            "figures/2023/62215.json",
            TABLES.replace("durees", "objectifs"),  # one that it did not find
            "chiffres de 2023, Carvin (62215)",
        ),
        ("figures/2022/62215.json", TABLES, "chiffres de 2022, Carvin (62215)"),
        ("figures/2023/service.json", service(total=7, G=5), ""),  # a cell that it did not ask for
        (
            "figures/2023/service.json",
            service(total=7, G=4, F=3),
            ENSEMBLE,
        ),  # one that it did not find
        ("figures/2023/service.json", service(total=9, G=4), ENSEMBLE),
        ("figures/2023/service.json", "{}", ENSEMBLE),
        ("figures/chiffres.json", '{"years": [2023], "places": {"a": "62215"}}', ""),
        ("figures/chiffres.json", '{"years": [2022]}', "années, actions et réserves des chiffres"),
        ("echelles.json", '{"accompagnes": 6}', "échelles communes des graphiques"),
        ("echelles.json", '{"accompagnes": 5, "durees": 6}', ""),
        ("params/service.yml", "autre", "fichier service.yml des paramètres"),
        ("params/2023/textes/edito.md", "autre", "texte edito.md"),
        ("params/2023/textes/bilan.md", "il manquait", "texte bilan.md"),
        ("params/2023/textes/diffusion/edito.md", "autre", ""),
    ],
)
def test_what_changed_is_named_and_nothing_else_runs_again(
    workspace: Workspace, changed: str, content: str, told: str
) -> None:
    own = kept(workspace)
    assert chapters(workspace).changes(own) == ()
    (workspace.root / changed).parent.mkdir(exist_ok=True)
    (workspace.root / changed).write_text(content, encoding="utf-8")
    assert chapters(workspace).changes(own) == ((told,) if told else ())
    taken = chapters(workspace).take(own)
    assert (taken is None) == bool(told)
    if taken:
        assert taken.notebook.read_text(encoding="utf-8") == "exécuté\nen deux lignes"
        assert not taken.digest
        assert taken.notebook.stat().st_mode & 0o777 == 0o600


def test_the_notebook_and_who_it_is_for_count(workspace: Workspace) -> None:
    own = kept(workspace)
    assert chapters(workspace).changes(replace(own, territory="62637")) == (NEVER,)
    assert chapters(workspace).changes(replace(own, edition="diffusion")) == (
        "édition, territoire ou année",
    )
    write_chapter(own.notebook, [OPEN, 'report.text("edito")'])
    assert chapters(workspace).changes(own) == ("notebook 01_edito.ipynb",)


def test_what_was_saved_while_it_ran_is_not_kept(workspace: Workspace) -> None:
    outcome = ran(workspace)
    chapters(workspace).keep(replace(outcome, digest="un autre"))
    assert chapters(workspace).changes(outcome.task) == (NEVER,)
    outcome = ran(workspace, more={"params/service.yml": "comme il était alors"})
    chapters(workspace).keep(outcome)
    assert chapters(workspace).changes(outcome.task) == (NEVER,)
    assert chapters(workspace).outside_states([outcome.task]) is None


def test_one_whose_inputs_nobody_sees_runs_each_time(workspace: Workspace) -> None:
    outcome = ran(workspace, unseen="interroge le réseau")
    chapters(workspace).keep(outcome)
    assert chapters(workspace).changes(outcome.task) == (EACH_TIME.format("interroge le réseau"),)
    assert chapters(workspace).take(outcome.task) is None
    assert chapters(workspace).outside_states([outcome.task]) is None


def test_files_from_elsewhere_are_given_for_the_whole_publication(
    workspace: Workspace, tmp_path: Path
) -> None:
    table = tmp_path / "loyers.csv"
    table.write_text("a\n1\n", encoding="utf-8")
    outcome = ran(workspace, more={str(table): sha256(table)})
    chapters(workspace).keep(outcome)
    assert chapters(workspace).outside_states([outcome.task]) == {str(table): sha256(table)}
    trace_path(workspace.log(outcome.task)).unlink()
    assert (
        chapters(workspace).outside_states([outcome.task]) is None
    )  # it was neither taken nor kept
    assert chapters(workspace).take(outcome.task)
    assert chapters(workspace).outside_states([outcome.task]) == {str(table): sha256(table)}
    table.write_text("a\n2\n", encoding="utf-8")
    assert chapters(workspace).changes(outcome.task) == (f"fichier {table}",)
