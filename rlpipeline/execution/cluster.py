"""Tasks sent to the workers of a dask cluster: one more executor, no second way to run them.

Records and outputs lie on a path that every worker sees; what travels is a task, its workspace's path and its outcome.
dask runs whatever it is sent (it unpickles it), so it is spoken to over TLS beyond this machine.
"""

from __future__ import annotations

import importlib
import re
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, TypeVar

from rlpipeline.errors import ToolError, UsageError, with_extra
from rlpipeline.execution.memory import code_now
from rlpipeline.execution.plan import Workspace

CONNECT_SECONDS = 30.0
ALONE_SECONDS = 60.0
"""How long a build waits for a worker where there is none left."""
WATCH_SECONDS = 1.0
ADDRESS = re.compile(r"(?:tcp|tls)://(?:\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}", re.ASCII | re.IGNORECASE)
SAFE = re.compile(
    r"tls://.*|tcp://(?:localhost|\[::1\]|127(?:\.\d{1,3}){3}):\d+", re.ASCII | re.IGNORECASE
)
"""An address where what is sent is encrypted, or stays on this machine."""
T = TypeVar("T")


def executor_on(address: str) -> Callable[[int], Executor]:
    """Give what makes the executor of a cluster, as ``BuildRequest.chapter_executor`` wants it.

    ``address``: the scheduler's: ``tls://host:8786``, or ``tcp://127.0.0.1:8786`` on this machine alone. Certificates
    come from dask's own settings (``distributed.comm.tls``). Raises UsageError: the address is not one, or would speak
    in clear beyond this machine.
    """
    if not ADDRESS.fullmatch(address):
        raise UsageError(
            "Adresse de grappe de calcul illisible.",
            where="--cluster",
            expected="tls://machine:8786, ou tcp://127.0.0.1:8786 sur cette machine",
            got=address,
        )
    if not SAFE.fullmatch(address):
        raise UsageError(
            "La grappe de calcul serait jointe en clair au-delà de cette machine.",
            where="--cluster",
            expected="une adresse tls://… : dask exécute ce qu'il reçoit",
            got=address,
            todo="donner des certificats à l'ordonnanceur et aux postes de calcul (docs/cluster.md)",
        )
    return lambda _workers: ClusterExecutor(address)


class ClusterExecutor(Executor):
    """An executor whose tasks run on the workers of a cluster.

    A worker that dies costs its tasks one more run elsewhere; a chapter ends with its build, whose workspace goes.

    Raises ToolError: ``distributed`` is not installed, or the scheduler or its workers do not answer.
    """

    def __init__(self, address: str) -> None:
        try:
            distributed: Any = importlib.import_module(
                "distributed"
            )  # an optional dependency, slow to load
        except ImportError as error:
            raise ToolError(
                "La bibliothèque distributed, dont --cluster a besoin, n'est pas installée.",
                todo=with_extra("cluster"),
            ) from error
        try:
            client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except (
            Exception
        ) as error:  # a refusal, a time-out, a certificate: dask has many ways to say it
            raise ToolError(
                "La grappe de calcul ne répond pas.",
                where=address,
                expected="un ordonnanceur et au moins un poste de calcul",
                got=type(error).__name__,
                todo="les démarrer, et vérifier les certificats (docs/cluster.md)",
            ) from error
        in_clear = [worker for worker in client.nthreads() if not SAFE.fullmatch(worker)]
        if in_clear:
            client.close()
            raise ToolError(
                "Un poste de calcul parle en clair au-delà de cette machine.", where=in_clear[0]
            )
        self._client = client
        self._executor = self._client.get_executor(pure=False)
        self._ended = threading.Event()
        self._lost = "L'ordonnanceur de la grappe ne répond plus."
        threading.Thread(target=self._watch, name="cluster-watch", daemon=True).start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Have a call run by a worker."""
        outer: Future[T] = Future()
        inner = self._executor.submit(on_worker, code_now(), partial(fn, *args, **kwargs))
        inner.add_done_callback(partial(self._pass_on, outer))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; with ``cancel_futures``, what has not ended is given up and its chapters are ended."""
        self._ended.set()
        if cancel_futures:
            self._executor.shutdown(wait=False)
        if wait:
            self._client.close()

    def _pass_on(self, outer: Future[T], inner: Future[T]) -> None:
        lost = self._lost if inner.cancelled() else ""
        error = None if lost else inner.exception()
        if type(error).__name__ == "KilledWorker":
            lost = "Plusieurs postes de calcul se sont arrêtés sur le même chapitre."
        if lost:
            todo = "voir les journaux des postes de calcul, puis relancer : le reste est gardé"
            error = ToolError(lost, where="--cluster", todo=todo)
        if error is None:
            outer.set_result(inner.result())
        else:
            outer.set_exception(error)

    def _watch(self) -> None:
        answered = time.monotonic()
        while not self._ended.wait(WATCH_SECONDS):
            try:
                workers = len(self._client.nthreads())
            except Exception:  # whatever dask says of a scheduler that is gone
                workers = 0
            if workers:
                answered = time.monotonic()
            elif time.monotonic() - answered > ALONE_SECONDS:  # dask itself would wait for ever
                self._lost = "Plus aucun poste de calcul ne répond dans la grappe."
                self._executor.shutdown(wait=False)
                return


def on_worker(code: Any, call: partial[T]) -> T:
    """Make one call where it is sent to, once this machine is seen to have the same code and the same files.

    Raises ToolError: the worker runs another version, or does not see the workspace.
    """
    if code_now() != code:
        raise ToolError(
            "Un poste de calcul n'a pas la même version de rlpipeline et de ses bibliothèques.",
            where=socket.gethostname(),
            todo="l'installer depuis les mêmes fichiers (constraints.txt), puis le redémarrer",
        )
    (workspace,) = (given for given in call.args if isinstance(given, Workspace))
    if not workspace.root.is_dir():
        raise ToolError(
            "Un poste de calcul ne voit pas le dossier de travail.",
            where=f"{socket.gethostname()}, {workspace.root}",
            expected="--out sur un disque partagé, sous le même chemin partout",
        )
    return call()
