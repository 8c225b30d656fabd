"""Our client of a kernel gives the notebook what nbclient's gives it."""

from __future__ import annotations

import asyncio
import copy
from concurrent.futures import ThreadPoolExecutor
from queue import Empty
from typing import Any

import pytest
from jupyter_core.utils import ensure_event_loop
from nbclient import NotebookClient
from nbformat import v4

from rlpipeline.execution import engine
from rlpipeline.execution.engine import ChapterClient

DATA = {"text/plain": "1", "application/x+json": {"a": [{"b": 1}]}}
MESSAGES: dict[str, dict[str, Any]] = {
    "stream": {"name": "stderr", "text": "un\ndeux"},
    "display_data": {"data": DATA, "metadata": {"a": {"b": 1}}, "transient": {}},
    "execute_result": {"data": DATA, "metadata": {}, "execution_count": 3},
    "error": {"ename": "KeyError", "evalue": "x", "traceback": ["un", "deux"]},
}


def message(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    header = {"msg_type": kind, "msg_id": "m"}
    return {"header": header, "msg_type": kind, "parent_header": {"msg_id": "p"}, "content": content, "metadata": {}}


def outputs(kind: type[NotebookClient], *messages: dict[str, Any]) -> list[Any]:
    """What a client makes of the messages that a cell sends."""
    cell = v4.new_code_cell("1")
    client = kind(v4.new_notebook(cells=[cell]))
    client.clear_before_next_output = False  # nbclient sets it before it runs a cell
    for each in copy.deepcopy(messages):
        client.process_message(each, cell, 0)
    return list(cell.outputs)


@pytest.mark.parametrize("kind", MESSAGES)
def test_outputs_are_those_of_nbclient(kind: str) -> None:
    ours, theirs = (outputs(client, message(kind, MESSAGES[kind])) for client in (ChapterClient, NotebookClient))
    assert ours == theirs
    assert type(ours[0]) is type(theirs[0])
    assert [type(value) for value in ours[0].values()] == [type(value) for value in theirs[0].values()]


@pytest.mark.parametrize("wait", [False, True])
def test_what_is_updated_or_cleared_is_too(wait: bool) -> None:
    shown = {**MESSAGES["display_data"], "transient": {"display_id": "d"}}
    sent = [
        message("stream", MESSAGES["stream"]),
        message("display_data", shown),
        message("update_display_data", {**shown, "data": {"text/plain": "2"}}),
        message("clear_output", {"wait": wait}),
        message("display_data", shown),
        message("unknown", {}),
    ]
    for count in range(1, len(sent) + 1):
        ours, theirs = (outputs(client, *sent[:count]) for client in (ChapterClient, NotebookClient))
        assert ours == theirs
        assert ours or count > 3


class Channel:
    """A channel on which a kernel says so many things, then nothing."""

    def __init__(self, said: int) -> None:
        self.said = said

    async def get_msg(self, timeout: float) -> dict[str, Any]:
        await asyncio.sleep(0)
        if not self.said:
            raise Empty
        self.said -= 1
        return {}


class Kernel:
    """A kernel and its client in one."""

    def __init__(self, answers: int, published: int, lives: int = 1_000_000) -> None:
        self.shell_channel, self.iopub_channel = Channel(answers), Channel(published)
        self.asked, self.lives = 0, lives

    def kernel_info(self) -> None:
        self.asked += 1

    async def is_alive(self) -> bool:
        self.lives -= 1
        return self.lives >= 0


def wait_for(kernel: Kernel, seconds: float = 5) -> int:
    """How many times the kernel was asked before it was heard."""
    asyncio.run(engine._until_heard(kernel, kernel, seconds))  # type: ignore[arg-type]
    return kernel.asked


def test_a_kernel_is_ready_once_it_answers_and_what_it_publishes_arrives() -> None:
    assert wait_for(Kernel(answers=1, published=1)) == 1


def test_a_kernel_whose_publications_do_not_arrive_yet_is_asked_again() -> None:
    kernel = Kernel(answers=3, published=0)
    with pytest.raises(RuntimeError, match="did not answer"):
        wait_for(kernel, 0.05)
    assert kernel.asked > 3


def test_a_kernel_that_died_is_not_waited_for() -> None:
    with pytest.raises(RuntimeError, match="died"):
        wait_for(Kernel(answers=0, published=0, lives=2))


def test_a_run_ends_well_though_other_code_took_the_loop_of_its_thread_away() -> None:
    def run() -> bool:
        loop = ensure_event_loop()
        with engine.own_event_loop():
            asyncio.set_event_loop(None)  # as asyncio.run does when it ends
        return loop.is_closed()

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(run).result()
