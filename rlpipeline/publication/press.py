"""The process that prints: a page in, a PDF out, until its standard input is closed (``printing.py`` starts it)."""

from __future__ import annotations

import gc
import importlib
import json
import os
import queue
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import IO, Any

LAYOUT = "rlpipeline.publication.pdf"


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer each page by a line of JSON, then its PDF.

    A request is a line of JSON with the page's length and the identifier of its PDF, then the page.
    """
    try:
        layout = importlib.import_module(LAYOUT)
    except (ImportError, OSError):
        _answer(answers, {"missing": True})
        return
    gc.disable()  # it would go through the boxes of a page again and again, a fifth of the time, and free none
    for html, identifier in _leased(requests):
        gc.collect()
        try:
            pdf = layout.pdf_of(html, identifier)
        except Exception as error:  # the page is whole without its PDF: the build says so and goes on
            _answer(answers, {"failed": type(error).__name__})
        else:
            _answer(answers, {"pdf": len(pdf)}, pdf)


def _leased(requests: IO[bytes]) -> Iterator[tuple[str, str]]:
    """Give each page asked for; when the other end is closed, end the process, even in the midst of a page."""
    pages: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    def listen() -> None:
        for line in requests:
            asked = json.loads(line)
            pages.put((requests.read(asked["length"]).decode("utf-8"), asked["identifier"]))
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield pages.get()


def _answer(answers: IO[bytes], answer: Mapping[str, Any], pdf: bytes = b"") -> None:
    with suppress(BrokenPipeError):
        answers.write(json.dumps(answer).encode() + b"\n" + pdf)
        answers.flush()


def main() -> None:
    """Serve on the standard streams, kept from whatever a library prints."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
