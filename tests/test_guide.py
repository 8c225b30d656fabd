"""The guide and the commands say the same: every command and option is explained, and none that does not exist."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rlpipeline import cli
from rlpipeline.records.findings import CODES
from rlpipeline.settings.acceptances import CHECKS

ROOT = Path(__file__).parents[1]
GUIDE, FINDINGS = ROOT / "docs/guide.md", ROOT / "docs/constats.md"
OTHERS = ("changer", "jupyter", "automatiser")
FOR_THE_SERVICE = (GUIDE, FINDINGS, *(ROOT / f"docs/{name}.md" for name in OTHERS))
SHARED = "Options communes"
PLANS = ROOT / "docs/planification"
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
HEAVIEST = 80_000


def commands() -> Mapping[str, argparse.ArgumentParser]:
    actions = cli._parser()._actions
    found = next(action for action in actions if isinstance(action, argparse._SubParsersAction))
    return found.choices


def sections(page: Path = GUIDE) -> Mapping[str, str]:
    """What stands under each heading, by heading."""
    parts = HEADING.split(page.read_text("utf-8"))
    return {parts[rank + 1].strip(): parts[rank + 2] for rank in range(1, len(parts), 3)}


def of_commands() -> Mapping[str, str]:
    """The section of each command: « Faire le rapport : `build` »."""
    named = ((re.search(r": `([a-z-]+)`$", heading), body) for heading, body in sections().items())
    return {match[1]: body for match, body in named if match}


def test_every_command_has_its_section() -> None:
    assert set(of_commands()) == set(commands())


@pytest.mark.parametrize("command", commands())
def test_every_option_is_in_the_table_of_its_command_with_its_default(command: str) -> None:
    section, actions = of_commands()[command], commands()[command]._actions
    real = {option for action in actions for option in action.option_strings}
    own, shared = (
        re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE)
        for text in (section, sections()[SHARED])
    )
    assert len(own) == len(set(own)) and set(own) <= real
    assert {*own, *shared} >= real - {"-h", "--help"}
    for action in actions:
        if isinstance(action.default, Path | str) and action.default != argparse.SUPPRESS:
            row = re.search(rf"^\| `{action.option_strings[0]}.*$", section, re.MULTILINE)
            assert row and f"(`{Path(action.default).as_posix()}`)" in row[0], action.option_strings


def written() -> Iterator[tuple[str, str]]:
    """Every command line of the documentation and of the examples, with the file it is in."""
    for path in (
        *sorted((ROOT / "docs").glob("*.md")),
        ROOT / "README.md",
        *sorted(PLANS.iterdir()),
    ):
        text = path.read_text("utf-8").replace("%h", "/home").replace("$HOME", "/home")
        found = re.findall(r"(?:start\.py run|\.venv/bin/rlpipeline) ([^`\n|#]*)", text)
        yield from ((path.name, re.split(r"\s>|\s*&&", line)[0]) for line in found)


@pytest.mark.parametrize(("file", "line"), sorted(set(written())))
def test_every_command_line_that_is_shown_can_be_typed(file: str, line: str) -> None:
    words = [word for word in shlex.split(line) if word not in {"…", "COMMAND", "--help"}]
    if words:
        cli._parser().parse_args(words)


def rows(heading: str) -> list[list[str]]:
    lines = re.findall(r"^\| (`.*) \|$", sections(FINDINGS)[heading], re.MULTILINE)
    return [line.split(" | ") for line in lines]


def test_every_kind_of_finding_on_the_records_is_explained() -> None:
    told = [
        name
        for cells in rows("Les constats sur les données")
        if len(cells) == 3
        for name in re.findall(r"`(\w+)…`", cells[0])
    ]
    assert [code for code in CODES if not code.startswith(tuple(told))] == []
    assert [name for name in told if not any(code.startswith(name) for code in CODES)] == []


def test_every_check_of_the_report_is_explained() -> None:
    told = [
        name
        for cells in rows("Les constats sur le rapport")
        for name in re.findall(r"`([a-z_]+)`", cells[0])
    ]
    assert sorted(told) == sorted(CHECKS)


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", FOR_THE_SERVICE, ids=lambda page: page.stem)
def test_every_link_of_the_guide_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        place, _, inside = target.partition("#")
        other = page.parent / place if place else page
        assert "://" in target or other.exists(), target
        assert not inside or inside in {anchor(heading) for heading in sections(other)}, target


def test_the_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs/captures").glob("guide-*.png"))
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > HEAVIEST] == []
