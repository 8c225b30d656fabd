"""Is a suite of tests blinder than another? One line of the product is changed at a time, and who notices is told.

``python -m benchmarks.planted_changes COVERAGE --number 30`` draws changes over all rooms (a comparison, a number, a
label, two swapped names, a condition turned round, a row that is never given), makes each in this checkout, and runs
the tests that executed the line when COVERAGE was written (``pytest --cov=rlpipeline --cov-context=test``): the
golden cases with those that ``--kept FILE`` names (a node id a line) are the new suite, all but the cases the old one.
A change a line is printed as JSON, with who noticed. The checkout is put back after each, also when interrupted.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS, MOST_TESTS = 150, 20
TURNED = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
}
OTHER = {"min": "max", "max": "min", "any": "all", "all": "any", "first": "last", "sum": "len"}


@dataclass(frozen=True)
class Change:
    """One line of a file, as it is and as it is made."""

    path: str
    line: int
    before: str
    after: str


def changes_of(path: Path) -> Iterator[Change]:
    """Every change that this script knows to make in a file, each within one line inside a function."""
    source = path.read_text("utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {
        line
        for node in functions
        for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)
    }
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if line in inside and node.end_lineno == line:
            for start, end, text in _edits(node, lines[line - 1]):
                before = lines[line - 1].encode()
                after = (before[:start] + text.encode() + before[end:]).decode()
                if after != lines[line - 1]:
                    yield Change(path.relative_to(ROOT).as_posix(), line, lines[line - 1], after)


def _edits(node: ast.AST, line: str) -> Iterator[tuple[int, int, str]]:
    def words(part: ast.expr) -> str:
        return line.encode()[part.col_offset : part.end_col_offset].decode()

    if isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED and len(node.ops) == 1:
        left, right = node.left, node.comparators[0]
        yield left.end_col_offset, right.col_offset, f" {TURNED[type(node.ops[0])]} "
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield node.col_offset, node.end_col_offset, str(node.value + 1)
    elif (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and " " in node.value
        and words(node)[0] == '"'
    ):
        yield node.col_offset, node.end_col_offset, words(node)[:-1] + ' ?"'
    elif (
        isinstance(node, ast.Call)
        and len(node.args) > 1
        and all(isinstance(arg, ast.Name) for arg in node.args[:2])
    ):
        first, second = node.args[:2]
        yield first.col_offset, second.end_col_offset, f"{words(second)}, {words(first)}"
    elif isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        if name in OTHER:
            yield node.end_col_offset - len(name), node.end_col_offset, OTHER[name]
    elif (
        isinstance(node, ast.IfExp | ast.comprehension) and getattr(node, "test", None) is not None
    ):
        yield node.test.col_offset, node.test.end_col_offset, f"(not ({words(node.test)}))"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
        yield node.col_offset, node.end_col_offset, "pass"


def drawn(number: int, seed: int, executed: dict[str, dict[int, list[str]]]) -> list[Change]:
    """As many changes, room after room, of lines that a test executes."""
    draw = random.Random(seed)
    by_room: dict[str, list[Change]] = {}
    for name in sorted(executed):
        known = [change for change in changes_of(ROOT / name) if executed[name].get(change.line)]
        by_room.setdefault(Path(name).parts[1], []).extend(known)
    rooms = sorted(room for room, known in by_room.items() if known)
    draw.shuffle(rooms)
    return [draw.choice(by_room[rooms[rank % len(rooms)]]) for rank in range(number)]


def executed_by(coverage_file: Path) -> dict[str, dict[int, list[str]]]:
    """Node ids of the tests that executed each line, by file."""
    import coverage

    data = coverage.CoverageData(str(coverage_file))
    data.read()
    return {
        Path(name).relative_to(ROOT).as_posix(): {
            line: sorted(
                {context.rpartition("|")[0] for context in contexts if context.endswith("|run")}
            )
            for line, contexts in data.contexts_by_lineno(name).items()
        }
        for name in data.measured_files()
        if name.endswith(".py")
    }


def noticed(change: Change, tests: list[str]) -> list[str]:
    """Node ids of the tests that fail once the line is changed; « … » where they did not end in time."""
    path = ROOT / change.path
    source = path.read_text("utf-8")
    lines = source.splitlines(keepends=True)
    lines[change.line - 1] = change.after + "\n"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--tb=no",
        "-rfE",
        "-m",
        "",
        *tests,
    ]
    try:
        path.write_text("".join(lines), "utf-8")
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return ["…"]
    finally:
        path.write_text(source, "utf-8")
    found = [
        line.split()[1] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))
    ]
    return found or (["…"] if done.returncode not in {0, 5} else [])


def main() -> None:
    """Draw, change, run and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("coverage", type=Path)
    parser.add_argument("--number", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path)
    asked = parser.parse_args()
    executed = executed_by(asked.coverage)
    kept = set(asked.kept.read_text("utf-8").split()) if asked.kept else set()
    draw = random.Random(asked.seed)
    for change in drawn(asked.number, asked.seed, executed):
        tests = executed[change.path][change.line]
        suites = {
            "old": [test for test in tests if "tests/cases/" not in test],
            "new": [test for test in tests if "tests/cases/" in test or test in kept],
        }
        chosen = {
            name: draw.sample(suite, min(MOST_TESTS, len(suite))) for name, suite in suites.items()
        }
        failed = noticed(change, sorted({test for suite in chosen.values() for test in suite}))
        told = {
            name: len([test for test in failed if test in suites[name] or test == "…"])
            for name in suites
        }
        sizes = {f"{name} run": len(suite) for name, suite in chosen.items()}
        sys.stdout.write(
            json.dumps({**vars(change), **sizes, **told, "failed": failed}, ensure_ascii=False)
            + "\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
