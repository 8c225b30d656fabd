"""ipykernel's application without what a forked kernel would do in vain: its classes replaced where it lets us."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from IPython.core.inputtransformer2 import TransformerManager
from traitlets import DottedObjectName
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString

OPTION = re.compile(r"--(\w+)\.(\w+)=(.*)", re.DOTALL)


class SparingStream(OutStream):
    """A kernel's ``sys.stdout`` or ``sys.stderr``, that wakes its sending thread only when there is something to send.

    ipykernel flushes both six times a cell, each time by waking that thread and waiting for it.
    """

    _written = False

    def write(self, string: str) -> int | None:  # type: ignore[override]  # as ipykernel has it
        """Write, and remember that there is something to send."""
        self._written = True
        return super().write(string)

    def flush(self) -> None:
        """Send what was written since the last time."""
        if self._written:
            self._written = False  # before sending: what another thread writes meanwhile is for the next time
            super().flush()  # type: ignore[no-untyped-call]


class WarmKernelApp(IPKernelApp):
    """The kernel's application, for arguments in their usual form: no parser of every option IPython has is made."""

    outstream_class = DottedObjectName(f"{__name__}.{SparingStream.__name__}")

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Read the arguments; those in another form than jupyter_client's are left to the usual parser."""
        config = read_arguments(argv or ())
        if config is None:
            super().parse_command_line(argv)
        else:
            self.argv, self.cli_config = argv or [], config
            self.update_config(config)


def read_arguments(argv: Sequence[str]) -> Config | None:
    """Settings of arguments like ``-f FILE --Class.option=value``, None where there is any other."""
    config, rest = Config(), list(argv)
    if rest[:1] == ["-f"] and len(rest) > 1:
        config.IPKernelApp.connection_file = rest[1]
        rest = rest[2:]
    for argument in rest:
        option = OPTION.fullmatch(argument)
        if option is None:
            return None
        section, name, value = option.groups()
        config[section][name] = DeferredConfigString(value)
    return config


def make_application(**options: Any) -> WarmKernelApp:
    """The process's application; nobody reads a kernel's history, nor what it would say when debugged."""
    app = WarmKernelApp.instance(config=Config({"HistoryManager": {"enabled": False}}), **options)
    app.log.setLevel(app.log_level)  # traitlets makes every debug message and lets a handler drop it
    return app


def rehearse() -> None:
    """Fill the caches of compiled expressions that every cell needs, in the process that the kernels come from."""
    transformer: Any = TransformerManager()  # type: ignore[no-untyped-call]
    transformer.transform_cell("%matplotlib inline\nvalue = 1 + 1\nvalue?\n")
