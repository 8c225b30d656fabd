"""Our client of a kernel gives the notebook what nbclient's gives it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat import v4

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
