"""Warm kernels: none lost, none left behind, none that takes another along.

Slow: endings seldom met, each of which costs a parent with its libraries, and many starts at once.
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
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from rlpipeline.execution.kernels import parent as of_kernels
from rlpipeline.execution.kernels import provisioner
from rlpipeline.execution.kernels.parent import KernelParent, KernelStartError
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


def test_scipy_is_loaded_by_the_first_chart_that_needs_it_alone() -> None:
    with kernel() as (_, client):
        assert evaluate(client, "[name for name in __import__('sys').modules if name.startswith('scipy')]") == "[]"
        client.execute("import seaborn, pandas", reply=True, timeout=30)
        assert evaluate(client, "len(seaborn.kdeplot(x=[1.0, 2.0, 4.0]).lines[0].get_xdata())") == "200"
        clusters = "seaborn.clustermap(pandas.DataFrame([[1, 9], [8, 2], [1, 8]])).dendrogram_row.reordered_ind"
        assert evaluate(client, clusters) == "[1, 0, 2]"
        assert evaluate(client, "__import__('scipy.stats').stats.gaussian_kde.__module__") == "'scipy.stats._kde'"


def test_what_the_process_writes_outside_of_cells_goes_to_the_log(tmp_path: Path) -> None:
    with (tmp_path / "noyau.log").open("ab") as log, kernel(stdout=log, stderr=log) as (_, client):
        client.execute("import os; os.write(2, b'dehors')", reply=True, timeout=30)
        assert eventually(lambda: b"dehors" in (tmp_path / "noyau.log").read_bytes())


def test_the_parent_that_forks_has_one_thread_even_of_its_libraries() -> None:
    with kernel():
        assert len(list(Path(f"/proc/{KernelParent.running().process.pid}/task").iterdir())) == 1


def test_a_parent_that_a_busy_machine_does_not_run_does_not_hang(monkeypatch) -> None:
    with kernel():
        parent = KernelParent.running()
        assert eventually(parent.hangs)  # it waits for a request that it should have had
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        monkeypatch.setattr(parent, "process", busy)
        try:
            assert eventually(lambda: not parent.hangs())
        finally:
            monkeypatch.undo()
            busy.kill()
            busy.wait()


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


def test_what_a_kernel_started_ends_with_it() -> None:
    with kernel() as (_, client):
        child = int(evaluate(client, "__import__('subprocess').Popen(['sleep', '600']).pid"))
        assert alive(child)
    assert eventually(lambda: not alive(child))


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


@pytest.mark.slow
def test_a_parent_that_hangs_is_given_up_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with kernel():
        hung = KernelParent.running()
    monkeypatch.setattr(of_kernels, "START_SECONDS", 0.5)
    monkeypatch.setattr(KernelParent, "wake", lambda parent: None)
    os.kill(hung.process.pid, signal.SIGSTOP)
    with pytest.raises(KernelStartError):
        hung.fork({"argv": [], "cwd": "/", "env": {}})
    assert eventually(lambda: hung.process.poll() is not None)
    monkeypatch.undo()
    with kernel() as (_, client):
        assert evaluate(client, "1 + 1") == "2"
    assert KernelParent.running() is not hung


@pytest.mark.slow
def test_a_parent_still_loading_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = KernelParent()
    monkeypatch.setattr(of_kernels, "START_SECONDS", 0.01)
    try:
        with pytest.raises(KernelStartError):
            parent.fork({"argv": [], "cwd": "/", "env": {}})
        assert parent.process.poll() is None
    finally:
        parent.process.kill()


def test_a_dead_parent_takes_its_kernels_and_the_next_start_has_a_new_one() -> None:
    with kernel() as (manager, client):
        pid = pid_of(client)
        os.kill(KernelParent.running().process.pid, signal.SIGKILL)
        assert eventually(lambda: not alive(pid))
        assert eventually(lambda: not manager.is_alive())
    with kernel() as (_, client):
        assert evaluate(client, "1 + 1") == "2"


@pytest.mark.slow
def test_a_kernel_just_forked_ends_when_its_parent_is_dead_already() -> None:
    """Killed between the fork and the child's first step, the parent is no longer there to be asked for its number."""
    script = textwrap.dedent(
        """
        import os, signal, socket, time
        from rlpipeline.execution.kernels import forkserver
        fork, parent = os.fork, os.getpid()
        def fork_and_die():
            pid = fork()
            if pid:
                print(pid, flush=True)
                os.kill(parent, signal.SIGKILL)
            while os.getppid() == parent:
                time.sleep(0.01)
            return pid
        os.fork = fork_and_die
        forkserver.run_kernel = lambda *_: time.sleep(600)
        listener = socket.socket(socket.AF_UNIX)
        forkserver.ForkServer(listener, os.pipe()[0])._fork(forkserver.Lease(socket.socketpair()[0]), {})
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as dying:
        assert dying.stdout is not None
        pid = int(dying.stdout.readline())
        assert eventually(lambda: not alive(pid))


@pytest.mark.slow
def test_a_kernel_just_forked_is_ended_before_it_leads_a_group() -> None:
    """Its owner is gone before it had time for its first step: nothing of it stays, nor of its parent."""
    script = textwrap.dedent(
        """
        import os, socket, time
        from rlpipeline.execution.kernels import forkserver
        fork = os.fork
        def fork_slowly():
            pid = fork()
            if not pid:
                time.sleep(600)
            print(pid, flush=True)
            return pid
        os.fork = fork_slowly
        ours, theirs = socket.socketpair()
        owned, owner = os.pipe()
        server = forkserver.ForkServer(socket.socket(socket.AF_UNIX), owned)
        server._fork(forkserver.Lease(theirs), {})
        server._end()
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        try:
            assert parent.wait(60) == 0
        finally:
            parent.kill()
    assert not alive(pid)


def test_a_fork_of_the_owner_leaves_it_its_parent() -> None:
    with kernel() as (_, client):
        directory = KernelParent.running().directory
        finalizer = KernelParent.running()._finalizer
        copy = os.fork()
        if not copy:
            finalizer()  # as at the end of an ordinary process
            os._exit(0)
        os.waitpid(copy, 0)
        assert directory.is_dir()
        assert evaluate(client, "1 + 1") == "2"


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before the request", "after the request"])
def test_a_parent_slow_to_die_costs_one_start(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """On a loaded machine its sockets are closed long before it counts as ended: all starts would go to it."""
    with kernel():
        dying = KernelParent.running()
    seen = dying.process.poll
    monkeypatch.setattr(dying.process, "poll", lambda: seen() if dying.process.returncode is not None else None)
    if moment == "before the request":
        os.kill(dying.process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, dying.process.pid, os.WEXITED | os.WNOWAIT)
    else:
        monkeypatch.setattr(dying, "wake", lambda: os.kill(dying.process.pid, signal.SIGKILL))
        os.kill(dying.process.pid, signal.SIGSTOP)
    with pytest.raises(KernelStartError):
        dying.fork({"argv": [], "cwd": "/", "env": {}})
    assert KernelParent.running() is not dying


def test_an_interrupt_reaches_the_running_cell(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    with kernel() as (manager, client):
        message = client.execute(f"open({str(begun)!r}, 'w').close(); import time; time.sleep(600)")
        assert eventually(begun.exists)
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=60)
        assert reply["parent_header"]["msg_id"] == message
        assert reply["content"]["ename"] == "KeyboardInterrupt"


def test_restart_gives_a_fresh_kernel() -> None:
    with kernel() as (manager, client):
        before = pid_of(client)
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=30)
        assert pid_of(client) != before


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
def test_a_request_to_a_dead_parent_is_refused_at_once() -> None:
    parent = KernelParent()
    parent.process.kill()
    parent.process.wait()
    with pytest.raises(KernelStartError):
        parent.fork({"argv": [], "cwd": "/", "env": {}})


def test_a_kernel_that_cannot_start_says_so() -> None:
    with pytest.raises(KernelStartError):
        KernelParent.running().fork({"argv": ["-f", "nowhere.json"], "cwd": "/does/not/exist", "env": {}})


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


def start_and_end(_: int) -> int:
    with kernel() as (_, client):
        return pid_of(client)


@pytest.mark.slow
def test_a_hundred_starts_eight_at_a_time_lose_none() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start_and_end, range(100)))) == 100
