"""The kernel's application: the same kernel as ipykernel's, with less done in vain."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp

from rlpipeline.execution.kernels.application import SparingStream, WarmKernelApp, read_arguments

CONNECTION = ["-f", "kernel-1.json"]


@pytest.fixture
def flushes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reached ipykernel's own stream: its writes, and an empty word for each flush."""
    reached: list[str] = []
    monkeypatch.setattr(OutStream, "write", lambda stream, text: reached.append(text) or len(text))
    monkeypatch.setattr(OutStream, "flush", lambda stream: reached.append(""))
    monkeypatch.setattr(OutStream, "__del__", lambda stream: None, raising=False)
    return reached


def test_a_stream_is_flushed_once_after_what_was_written(flushes: list[str]) -> None:
    stream = SparingStream.__new__(SparingStream)
    stream.flush()
    assert not flushes
    assert stream.write("un") == 2
    stream.write("deux")
    stream.flush()
    stream.flush()
    stream.write("trois")
    stream.flush()
    assert flushes == ["un", "deux", "", "trois", ""]


def test_the_usual_arguments_mean_what_they_mean_to_ipykernel() -> None:
    arguments = [*CONNECTION, "--HistoryManager.hist_file=:memory:", "--IPKernelApp.parent_handle=12"]
    usual, ours = IPKernelApp(), WarmKernelApp()
    for app in (usual, ours):
        app.parse_command_line(arguments)
    assert ours.connection_file == usual.connection_file == CONNECTION[1]
    assert ours.parent_handle == usual.parent_handle == 12
    assert str(ours.config.HistoryManager.hist_file.get_value(None)) == ":memory:"


@pytest.mark.parametrize("unusual", [["--debug"], ["--profile", "essai"], ["fichier.py"], ["-f"]])
def test_other_arguments_are_left_to_the_usual_parser(unusual: list[str]) -> None:
    assert read_arguments([*unusual]) is None


def test_the_usual_parser_reads_them() -> None:
    app = WarmKernelApp()
    app.parse_command_line([*CONNECTION, "--debug"])
    assert app.log_level == logging.DEBUG


def test_a_kernel_s_application_keeps_no_history_and_makes_no_message_for_nobody(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import logging
        from rlpipeline.execution.kernels import application
        application.rehearse()
        app = application.make_application(parent_handle=1)
        assert app.config.HistoryManager.enabled is False
        assert app.log.level == app.log_level == logging.WARNING
        assert app.outstream_class.endswith("SparingStream")
        """
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)
