"""Where jupyter_client gets a warm kernel from: a provisioner that papermill, nbclient and JupyterLab use unchanged."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from pathlib import Path
from typing import Any, ClassVar

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from rlpipeline.execution.kernels.parent import LINUX, SHUTDOWN_SECONDS, ForkedKernel, KernelParent

LOG = logging.getLogger(__name__)


class ForkingProvisioner(LocalProvisioner):
    """Forks warm kernels on Linux; elsewhere, where forking is not safe, starts ordinary ones.

    Kernels talk over IPC sockets in a private directory, never over TCP: records about minors do not travel over
    a port that any process of the machine can open.
    """

    _said: ClassVar[bool] = False

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Give the kernel sockets of its own in the parent's private directory."""
        manager = self.parent
        if LINUX and manager is not None and manager.transport != "ipc":
            parent = await _in_thread(KernelParent.running)
            manager.transport = "ipc"
            manager.ip = str(parent.directory / secrets.token_hex(4))
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel, or start an ordinary one where forking is not safe."""
        if not LINUX:
            self._say_once()
            return await super().launch_kernel(cmd, **kwargs)
        request = {
            "argv": cmd[cmd.index("-f") :],
            "cwd": str(kwargs.get("cwd") or Path.cwd()),
            "env": dict(kwargs.get("env") or os.environ),
            "log": _path_of(kwargs.get("stdout")),
        }
        self.process = await _in_thread(lambda: KernelParent.running().fork(request))
        self.pid, self.pgid, self.cwd = self.process.pid, None, request["cwd"]
        return self.connection_info

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Wait for the kernel's end where it is said, instead of asking every tenth of a second."""
        if isinstance(self.process, ForkedKernel):
            process = self.process
            await _in_thread(lambda: process.wait(SHUTDOWN_SECONDS))

    async def kill(self, restart: bool = False) -> None:
        """End the kernel, and wait here for its end to be said, instead of letting jupyter_client ask for it."""
        await super().kill(restart)
        await self.shutdown_requested(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Give the lease back."""
        if isinstance(self.process, ForkedKernel):
            self.process.close()
        await super().cleanup(restart)

    @classmethod
    def _say_once(cls) -> None:
        if not cls._said:
            LOG.warning("Noyaux ordinaires : ce système ne permet pas d'en dériver d'un processus déjà chargé.")
            cls._said = True


def _path_of(stream: object) -> str | None:
    """Absolute path of an open file; None for a pipe or an inherited stream."""
    name = getattr(stream, "name", None)
    return str(Path(name).absolute()) if isinstance(name, str) else None


async def _in_thread(call: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, call)
