"""Warm kernels: none lost, none left behind, none that takes another along.

Slow: endings seldom met, each of which costs a parent with its libraries.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from rlpipeline.execution.kernels import provisioner
from rlpipeline.execution.kernels.parent import KernelParent
from tests.waiting import alive, eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")


@contextmanager
def kernel(**options: object) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    manager = KernelManager(kernel_name="rlpipeline")
    manager.start_kernel(**options)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=30)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def evaluate(client: BlockingKernelClient, expression: str) -> str:
    reply = client.execute("", user_expressions={"x": expression}, reply=True, timeout=30)
    return reply["content"]["user_expressions"]["x"]["data"]["text/plain"]


def pid_of(client: BlockingKernelClient) -> int:
    return int(evaluate(client, "__import__('os').getpid()"))


def test_a_kernel_has_the_libraries_loaded_and_its_own_settings(tmp_path: Path) -> None:
    environment = {**os.environ, "TZ": "Asia/Tokyo", "RL_PROBE": "42"}
    with kernel(cwd=str(tmp_path), env=environment) as (_, client):
        assert evaluate(client, "'pandas' in __import__('sys').modules") == "True"
        assert evaluate(client, "__import__('os').getcwd()") == repr(str(tmp_path))
        assert evaluate(client, "__import__('os').environ['RL_PROBE']") == "'42'"
        assert evaluate(client, "__import__('time').tzname[0]") == "'JST'"


def test_the_parent_that_forks_has_one_thread_even_of_its_libraries() -> None:
    with kernel():
        assert len(list(Path(f"/proc/{KernelParent.running().process.pid}/task").iterdir())) == 1


def test_passwords_stay_out_of_kernels_and_of_their_parent(monkeypatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret-de-test")
    parent = KernelParent()
    try:
        assert b"secret-de-test" not in Path(f"/proc/{parent.process.pid}/environ").read_bytes()
    finally:
        parent.process.kill()


def test_kernels_share_nothing() -> None:
    with kernel() as (_, first), kernel() as (_, second):
        first.execute("import pandas; pandas.probe = 1", reply=True, timeout=30)
        assert evaluate(second, "hasattr(__import__('pandas'), 'probe')") == "False"
        random = "__import__('numpy').random.random()"
        assert evaluate(first, random) != evaluate(second, random)


def test_sockets_are_private_files_and_no_port_is_open() -> None:
    with kernel() as (manager, _):
        directory = Path(manager.ip).parent
        assert manager.transport == "ipc"
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert directory == KernelParent.running().directory


def test_a_killed_kernel_is_noticed_and_takes_nothing_along() -> None:
    with kernel() as (manager, victim), kernel() as (_, witness):
        os.kill(pid_of(victim), signal.SIGKILL)
        assert eventually(lambda: not manager.is_alive())
        assert evaluate(witness, "1 + 1") == "2"


SLOW = pytest.mark.slow
DAEMON = """
import subprocess
command = "setsid sh -c 'sleep 600 & echo $! > {place}/in; sleep 600' & echo $! > {place}/out"
subprocess.Popen(command, shell=True).wait()
"""


@pytest.mark.parametrize("ending", ["shutdown", *(pytest.param(one, marks=SLOW) for one in ("killed", "exits"))])
def test_what_a_kernel_started_in_a_session_of_its_own_ends_with_it(tmp_path: Path, ending: str) -> None:
    with kernel() as (_, witness):
        kept = int(evaluate(witness, "__import__('subprocess').Popen(['sleep', '600'], start_new_session=True).pid"))
        with kernel() as (manager, client):
            client.execute(DAEMON.format(place=tmp_path), reply=True, timeout=30)
            assert eventually(lambda: len([path for path in tmp_path.iterdir() if path.read_text().strip()]) == 2)
            strays = [int(path.read_text()) for path in tmp_path.iterdir()]
            assert all(alive(pid) for pid in strays)
            if ending == "killed":
                os.kill(pid_of(client), signal.SIGKILL)
            elif ending == "exits":
                client.execute("import os; os._exit(3)")
            if ending != "shutdown":
                assert eventually(lambda: not manager.is_alive())
        assert eventually(lambda: not any(alive(pid) for pid in strays))
        assert alive(kept)
    assert eventually(lambda: not alive(kept))


@pytest.mark.parametrize("moment", ["at the start", pytest.param("while a cell runs", marks=SLOW)])
def test_a_stopped_parent_goes_on_within_seconds(moment: str) -> None:
    with kernel() as (manager, client):
        parent, pid, begun = KernelParent.running().process.pid, pid_of(client), time.monotonic()
        os.kill(parent, signal.SIGSTOP)
        if moment == "at the start":
            with kernel() as (_, other):
                assert evaluate(other, "1 + 1") == "2"
        else:
            os.kill(pid, signal.SIGKILL)
            assert eventually(lambda: not manager.is_alive())
        assert time.monotonic() - begun < 10


def test_a_dead_parent_takes_its_kernels_and_the_next_start_has_a_new_one() -> None:
    with kernel() as (manager, client):
        pid = pid_of(client)
        os.kill(KernelParent.running().process.pid, signal.SIGKILL)
        assert eventually(lambda: not alive(pid))
        assert eventually(lambda: not manager.is_alive())
    with kernel() as (_, client):
        assert evaluate(client, "1 + 1") == "2"


def test_an_interrupt_reaches_the_running_cell(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    with kernel() as (manager, client):
        message = client.execute(f"open({str(begun)!r}, 'w').close(); import time; time.sleep(600)")
        assert eventually(begun.exists)
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=60)
        assert reply["parent_header"]["msg_id"] == message
        assert reply["content"]["ename"] == "KeyboardInterrupt"


@pytest.mark.slow
def test_no_process_outlives_a_killed_owner(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, time
        from jupyter_client.manager import KernelManager
        from rlpipeline.execution.kernels.parent import KernelParent
        manager = KernelManager(kernel_name="rlpipeline")
        manager.start_kernel()
        parent = KernelParent.running()
        print(manager.provisioner.pid, parent.process.pid, parent.directory, flush=True)
        time.sleep(600)
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        kernel_pid, parent_pid, directory = owner.stdout.readline().split()
        pids = [int(kernel_pid), int(parent_pid)]
        assert Path(directory).is_dir()
        owner.kill()
    assert eventually(lambda: not any(alive(pid) for pid in pids))
    assert not Path(directory).exists()


@pytest.mark.slow
def test_where_forking_is_not_safe_ordinary_kernels_are_started_and_it_is_said_once(monkeypatch, caplog) -> None:
    monkeypatch.setattr(provisioner, "LINUX", False)
    monkeypatch.setattr(provisioner.ForkingProvisioner, "_said", False)
    for _ in range(2):
        with kernel() as (manager, client):
            assert manager.transport == "tcp"
            assert evaluate(client, "1 + 1") == "2"
    assert [record.message for record in caplog.records].count(
        "Noyaux ordinaires : ce système ne permet pas d'en dériver d'un processus déjà chargé."
    ) == 1
