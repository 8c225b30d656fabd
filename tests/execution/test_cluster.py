"""Tasks on a real dask cluster, over TLS: a scheduler and workers in processes of their own.

Slow: a cluster's processes, which alone show what does not travel to another machine.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dask.config
import pytest
from distributed.security import Security

from rlpipeline.cli import main
from rlpipeline.errors import ToolError, UsageError
from rlpipeline.execution import cluster
from rlpipeline.execution.cluster import ClusterExecutor, executor_on
from rlpipeline.execution.plan import Workspace
from rlpipeline.execution.runner import run_tasks
from tests.execution.made_up import OPEN, task, write_chapter
from tests.made_once import write_short_report
from tests.publications import differences, published
from tests.waiting import eventually

LOOPBACK = "127.0.0.1"


@dataclass
class Cluster:
    """A scheduler and its workers, started by the commands that docs/cluster.md shows."""

    folder: Path
    environment: dict[str, str]
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        found = eventually(lambda: re.search(rf"tls://{LOOPBACK}:\d+", self._log("scheduler")))
        return found.group(0)

    def start(self, workers: int) -> Cluster:
        here = ["--host", LOOPBACK, "--protocol", "tls"]
        self.scheduler = self._dask(
            "scheduler", *here, "--port", "0", "--no-dashboard", "--no-jupyter"
        )
        options = [
            "--no-nanny",
            "--no-dashboard",
            "--nthreads",
            "2",
            *here,
            "--local-directory",
            str(self.folder),
        ]
        self.workers = [self._dask("worker", self.address, *options) for _ in range(workers)]
        return self

    def stop(self) -> None:
        for process in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            process.kill()
            process.wait()

    def _dask(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=self.folder,
                env=os.environ | self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def dask_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("dask")
    told = certificates(folder)
    of_processes = {
        f"DASK_{name.replace('.', '__').replace('-', '_').upper()}": path
        for name, path in told.items()
    }
    started = Cluster(folder, of_processes).start(2)
    with dask.config.set(told):
        yield started
    started.stop()


def certificates(folder: Path) -> dict[str, str]:
    """What dask is told of who has the certificate of a cluster."""
    made = Security.temporary()
    (folder / "ca.pem").write_text(made.tls_ca_file, encoding="utf-8")
    told = {"distributed.comm.tls.ca-file": str(folder / "ca.pem")}
    for role in ("scheduler", "worker", "client"):
        cert, key = getattr(made, f"tls_{role}_cert"), getattr(made, f"tls_{role}_key")
        path = folder / f"{role}.pem"
        path.touch(mode=0o600)
        path.write_text(cert + key, encoding="utf-8")
        told[f"distributed.comm.tls.{role}.cert"] = told[f"distributed.comm.tls.{role}.key"] = str(
            path
        )
    return told


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("grappe", "illisible"),
        ("http://127.0.0.1:8786", "illisible"),
        ("tls://machine", "illisible"),
        ("tcp://machine:8786", "en clair"),
        ("tcp://192.0.2.1:8786", "en clair"),
    ],
)
def test_an_address_that_cannot_serve_is_refused(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        executor_on(address)


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tls://machine:8786"]
)
def test_an_address_that_can_serve_is_taken(address: str) -> None:
    executor_on(address)


def test_a_cluster_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ToolError, match="ne répond pas"):
        ClusterExecutor("tcp://127.0.0.1:9")


@pytest.mark.slow
def test_chapters_run_on_the_workers_and_a_killed_one_costs_a_run(
    dask_cluster: Cluster, tmp_path: Path
) -> None:
    """One worker is killed, by a chapter, at its first run."""
    once = "import os, signal\nfrom pathlib import Path\nif not Path('vu').exists():\n    Path('vu').touch()\n"
    once += "    parent = int(Path(f'/proc/{os.getppid()}/stat').read_text().rpartition(')')[2].split()[1])\n"
    once += "    os.kill(parent, signal.SIGKILL)"
    sources = [["1"], ["1", once, "3"], ["2"], ["1/0"]]
    tasks = [
        task(write_chapter(tmp_path / f"0{n}_a.ipynb", source))
        for n, source in enumerate(sources, start=1)
    ]
    workers = executor_on(dask_cluster.address)
    outcomes = run_tasks(tasks, Workspace(tmp_path), workers=workers)
    assert [outcome.state for outcome in outcomes] == ["ok", "ok", "ok", "echec"]
    assert (tmp_path / "vu").exists()
    ended = eventually(
        lambda: [worker for worker in dask_cluster.workers if worker.poll() is not None]
    )
    assert [worker.returncode for worker in ended] == [
        -signal.SIGKILL
    ]  # the other is for the tests that follow


@pytest.mark.slow
def test_an_interruption_ends_the_chapters_of_the_workers(
    dask_cluster: Cluster, tmp_path: Path
) -> None:
    hung = write_chapter(
        tmp_path / "01_a.ipynb",
        [
            f"open({str(tmp_path / 'pid')!r}, 'w').write(str(__import__('os').getpid()))",
            "import time\ntime.sleep(600)",
        ],
    )
    (tmp_path / "travail").mkdir()
    executor = ClusterExecutor(dask_cluster.address)
    ran = threading.Thread(target=lambda: _quietly(hung, tmp_path / "travail", executor))
    ran.start()
    pid = int(eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    executor.shutdown(wait=False, cancel_futures=True)
    shutil.rmtree(tmp_path / "travail")  # as a build does that ends
    assert eventually(lambda: not Path(f"/proc/{pid}").exists())
    executor.shutdown()
    ran.join(60)
    assert not ran.is_alive()
    assert not (tmp_path / "travail").exists()


def _quietly(notebook: Path, place: Path, executor: ClusterExecutor) -> None:
    try:
        run_tasks([task(notebook)], Workspace(place), workers=lambda _: executor)
    except BaseException:  # it was interrupted
        return


@pytest.mark.slow
def test_a_worker_of_another_version_or_without_the_files_is_named(
    dask_cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = task(write_chapter(tmp_path / "01_a.ipynb", ["1"]))
    workers = executor_on(dask_cluster.address)
    with pytest.raises(ToolError, match="ne voit pas le dossier"):
        run_tasks([chapter], Workspace(tmp_path / "ailleurs"), workers=workers)
    monkeypatch.setattr(cluster, "code_now", lambda: {"code": "another"})
    with pytest.raises(ToolError, match="pas la même version"):
        run_tasks([chapter], Workspace(tmp_path), workers=workers)


@pytest.mark.slow
def test_a_build_on_a_cluster_gives_the_same_bytes(
    dask_cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_short_report(tmp_path, "10_jeunes")
    write_chapter(
        tmp_path / "notebooks" / "10_jeunes.ipynb",
        [OPEN, 'report.figure("accompagnes", table=True)'],
    )
    build = ["build", "--edition", "interne", "--sans-pdf", "--source", "source", "--out"]
    for words in (["ici"], ["grappe", "--cluster", dask_cluster.address]):
        assert main([*build, *words]) == 0
    local, remote = (published(tmp_path / name / "2023") for name in ("ici", "grappe"))
    assert not differences(local, remote), differences(local, remote)
