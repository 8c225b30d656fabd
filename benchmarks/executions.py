"""The year's chapter executions by us and by our peers, in one run: ``python benchmarks/executions.py``.

Every peer runs the same notebooks on the same figures, counted before, with the same parameters, in a process of its
own, several times in turn. Wall time and CPU of the whole process tree (kernels included) come from the operating
system; what is printed are medians, and medians of the ratios round by round. Bytecode is compiled first, for everyone.
"""

from __future__ import annotations

import argparse
import compileall
import importlib.util
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = "rlpipeline"
BARE = "bare computation"
YEAR = 2023


@dataclass(frozen=True)
class Cost:
    """What one process tree took, in seconds."""

    wall_s: float
    cpu_s: float


def prepare(directory: Path) -> list[Path]:
    """Count the figures, and write them, the settings and one parametrised notebook an execution."""
    import papermill

    from rlpipeline.execution.plan import plan_counting, plan_tasks
    from rlpipeline.records.store import open_records, write_store
    from rlpipeline.settings.models import load_settings

    settings = load_settings(ROOT / "params", YEAR)
    write_store(open_records(str(ROOT / "data/exemple"), settings.service), directory / "records")
    shutil.copytree(ROOT / "params", directory / "params")
    counting = plan_counting(ROOT / "notebooks", [YEAR])
    counted = {"parameters": counting.parameters, "cwd": str(directory), "kernel_name": "python3"}
    papermill.execute_notebook(str(counting.notebook), None, progress_bar=False, **counted)
    notebooks = []
    for task in plan_tasks(settings, ROOT / "notebooks", settings.service.commune_codes):
        path = directory / f"{task.territory}-{task.chapter}.ipynb"
        papermill.execute_notebook(
            str(task.notebook), str(path), task.parameters, prepare_only=True, progress_bar=False
        )
        notebooks.append(path)
    return notebooks


def papermill_loop(notebooks: list[Path], kernel: str = "python3") -> None:
    """Plain papermill, one notebook after the other."""
    for path in notebooks:
        _papermill(path, kernel)


def papermill_threads(notebooks: list[Path], kernel: str = "python3") -> None:
    """Papermill in as many threads as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda path: _papermill(path, kernel), notebooks))


def _papermill(path: Path, kernel: str) -> None:
    import papermill

    papermill.execute_notebook(
        str(path), str(path.with_suffix(".out.ipynb")), kernel_name=kernel, progress_bar=False
    )


def nbclient_loop(notebooks: list[Path]) -> None:
    """The client under papermill, one notebook after the other."""
    import nbclient
    import nbformat

    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        nbclient.NotebookClient(notebook, kernel_name="python3").execute()
        nbformat.write(notebook, str(path.with_suffix(".out.ipynb")))


def nbconvert_loop(notebooks: list[Path]) -> None:
    """``jupyter nbconvert --execute``, a process a notebook."""
    for path in notebooks:
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", path.name]
        subprocess.run(
            [*command, "--output", path.with_suffix(".out.ipynb").name],
            check=True,
            capture_output=True,
        )


def ploomber_loop(notebooks: list[Path]) -> None:
    """ploomber-engine, which runs notebooks in its own process."""
    os.environ["PLOOMBER_STATS_ENABLED"] = "false"
    from ploomber_engine import execute_notebook

    for path in notebooks:
        execute_notebook(
            str(path), str(path.with_suffix(".out.ipynb")), progress_bar=False, log_output=False
        )


def bare(notebooks: list[Path]) -> None:
    """The code of the cells in one process, every shown object rendered: the limit."""
    import ast

    import nbformat

    for path in notebooks:
        namespace: dict[str, object] = {}
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code" or not (body := ast.parse(cell.source).body):
                continue
            *before, last = body
            exec(compile(ast.Module(before, []), str(path), "exec"), namespace)
            if isinstance(last, ast.Expr):
                shown = eval(compile(ast.Expression(last.value), str(path), "eval"), namespace)
                if hasattr(shown, "_repr_mimebundle_"):
                    shown._repr_mimebundle_()
            else:
                exec(compile(ast.Module([last], []), str(path), "exec"), namespace)


def ours(_: list[Path]) -> None:
    """rlpipeline's runner: forked chapters side by side, the start of their server included."""
    from rlpipeline.execution.plan import Workspace, plan_tasks
    from rlpipeline.execution.runner import run_tasks
    from rlpipeline.settings.models import load_settings

    settings = load_settings(Path("params"), YEAR)
    tasks = plan_tasks(settings, ROOT / "notebooks", settings.service.commune_codes)
    failed = [
        outcome for outcome in run_tasks(tasks, Workspace(Path.cwd())) if outcome.state != "ok"
    ]
    if failed:
        raise SystemExit(f"{len(failed)} executions failed")


PEERS: dict[str, Callable[[list[Path]], None]] = {
    "papermill, loop": papermill_loop,
    "papermill, threads": papermill_threads,
    "nbclient, loop": nbclient_loop,
    "nbconvert --execute": nbconvert_loop,
    "ploomber-engine": ploomber_loop,
    OURS: ours,
    BARE: bare,
}


def measure(name: str, directory: Path) -> Cost:
    """Run one peer in a process of its own and ask the system what the tree of processes took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, __file__, "--peer", name, "--directory", directory], check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def run_all(rounds: int, names: list[str], prepared: Path) -> dict[str, list[Cost]]:
    """Every peer in turn, round after round, each on a fresh copy of the same notebooks."""
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names:
            with tempfile.TemporaryDirectory() as directory:
                shutil.copytree(prepared, directory, dirs_exist_ok=True)
                costs[name].append(measure(name, Path(directory)))
            print(f"round {turn + 1}: {name}: {costs[name][-1]}", file=sys.stderr, flush=True)
    return costs


def table(costs: dict[str, list[Cost]], executions: int) -> str:
    """Markdown table: medians, and medians of the ratios to ours in the same round."""
    mine = costs[OURS]
    rows = [
        "| peer | wall s | CPU s | CPU s a notebook | wall / ours | CPU / ours |",
        "|---|---|---|---|---|---|",
    ]
    for name, each in costs.items():
        wall, cpu = (
            statistics.median(c.wall_s for c in each),
            statistics.median(c.cpu_s for c in each),
        )
        walls = statistics.median(c.wall_s / m.wall_s for c, m in zip(each, mine, strict=True))
        cpus = statistics.median(c.cpu_s / m.cpu_s for c, m in zip(each, mine, strict=True))
        rows.append(
            f"| {name} | {wall:.1f} | {cpu:.1f} | {cpu / executions:.2f} | {walls:.2f} | {cpus:.2f} |"
        )
    return "\n".join(rows)


def above_bare(costs: dict[str, list[Cost]], executions: int) -> str:
    """CPU of ours above the bare computation of the same round, a notebook: median and extremes."""
    each = [
        (mine.cpu_s - bare.cpu_s) / executions
        for mine, bare in zip(costs[OURS], costs[BARE], strict=True)
    ]
    median, ends = statistics.median(each), f"{min(each):.2f}-{max(each):.2f}"
    return f"CPU above the bare computation: {median:.2f} s a notebook ({ends})."


def machine() -> str:
    """What the figures were measured on."""
    models = [
        line
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    model = models[0].split(":", 1)[1].strip() if models else platform.machine()
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} processors, {system}"


def main() -> None:
    """Run every peer that is installed, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--peer", choices=list(PEERS), help=argparse.SUPPRESS)
    parser.add_argument("--directory", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        os.chdir(options.directory)
        PEERS[options.peer](sorted(Path.cwd().glob("*.ipynb")))
        return
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for place in {Path(sys.prefix) / "lib", ROOT / "rlpipeline"}:
        compileall.compile_dir(place, quiet=2)
    names = [
        name
        for name in dict.fromkeys([*options.only, OURS])
        if name != "ploomber-engine" or _has_ploomber()
    ]
    with tempfile.TemporaryDirectory() as directory:
        executions = len(prepare(Path(directory)))
        print(f"{executions} executions, {options.rounds} rounds, on {machine()}.\n")
        costs = run_all(options.rounds, names, Path(directory))
    print(table(costs, executions))
    if BARE in costs:
        print(f"\n{above_bare(costs, executions)}")


def _has_ploomber() -> bool:
    found = importlib.util.find_spec("ploomber_engine") is not None
    if not found:
        print(
            "left out: ploomber-engine is not installed (pip install -c constraints.txt -e .[bench])"
        )
    return found


if __name__ == "__main__":
    main()
