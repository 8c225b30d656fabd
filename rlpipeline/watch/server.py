"""The pages served on this machine alone, and the line along which each open page hears of a new report."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from rlpipeline.errors import ToolError
from rlpipeline.watch.served_pages import ASSETS, PAGES, Publications, first_page, reloading
from rlpipeline.watch.state import State

ADDRESS = "127.0.0.1"
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
STARTING_SECONDS = 10.0
BEATING_SECONDS = 20.0
"""How often a line without news is sent a comment, so that a page that went away is noticed."""


class ReportServer:
    """The server, in a thread of its own until the block ends.

    Parameters
    ----------
    port
        Port to listen to; any free one when None.

    Notes
    -----
    Exact figures are served, and every user of the machine can reach 127.0.0.1: the addresses begin with a secret
    that is made at each start, and a page of another site that has the browser ask for it (DNS rebinding) is refused by
    its Host header.
    """

    _loop: asyncio.AbstractEventLoop
    _ended: asyncio.Event
    _news: asyncio.Future[None]

    def __init__(self, publications: Publications, port: int | None = None) -> None:
        self.publications = publications
        self.state = State()
        self.root = f"/{secrets.token_urlsafe(18)}/"
        self._sockets = _listening(port)
        self.port = int(self._sockets[0].getsockname()[1])
        self.hosts = frozenset({f"{ADDRESS}:{self.port}", f"localhost:{self.port}"})
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="pages", daemon=True)

    @property
    def url(self) -> str:
        """Address of the first page."""
        return f"http://{ADDRESS}:{self.port}{self.root}"

    def __enter__(self) -> ReportServer:
        self._thread.start()
        self._started.wait(STARTING_SECONDS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(STARTING_SECONDS)

    def tell(self, state: State) -> None:
        """Tell every open page where things are."""
        self.state = state
        self._loop.call_soon_threadsafe(self._wake)

    async def next_state(self) -> State | None:
        """Wait for news; None where the server ends or nothing came for a while."""
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._news), BEATING_SECONDS)
            return None if self._ended.is_set() else self.state
        return None

    @property
    def ended(self) -> bool:
        """Whether the server is ending."""
        return self._ended.is_set()

    def _wake(self) -> None:
        self._news.set_result(None)
        self._news = self._loop.create_future()

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self._news = self._loop.create_future()
        logging.getLogger("tornado.access").setLevel(logging.ERROR)  # a refused address is told to whoever asked
        given: dict[str, Any] = {"server": self}
        routes = [(r"/[^/]+/etat", _News, given), (r"/.*", _Page, given)]
        server = HTTPServer(Application(routes))
        server.add_sockets(self._sockets)
        self._started.set()
        await self._ended.wait()
        server.stop()
        self._wake()
        await server.close_all_connections()


def _listening(port: int | None) -> list[socket.socket]:
    try:
        return bind_sockets(port or 0, ADDRESS)
    except OSError as error:
        raise ToolError(
            "Le port demandé n'est pas libre.",
            where=f"{ADDRESS}:{port}",
            got=error.strerror,
            todo="arrêter le programme qui l'occupe, ou ne pas donner --port",
        ) from error


class _Handler(RequestHandler):
    def initialize(self, server: ReportServer) -> None:
        self.server = server

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.clear_header("Server")

    def prepare(self) -> None:
        """Refuse whatever was not asked by a page of ours, in the browser of whoever started the server."""
        if self.request.headers.get("Host", "") not in self.server.hosts:
            raise HTTPError(403)
        if not self.request.path.startswith(self.server.root):
            raise HTTPError(404)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        words = {403: "Accès refusé.", 404: "Cette page n'existe pas (ou l'aperçu a été relancé à une autre adresse)."}
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(words.get(status_code, f"Erreur {status_code}."))


class _Page(_Handler):
    def get(self) -> None:
        server, name = self.server, self.request.path.removeprefix(self.server.root)
        version = server.state.version  # before the file is read: a page too old reloads, a page too new does as well
        if name in ASSETS:
            self.set_header("Content-Type", f"{ASSETS[name]}; charset=utf-8")
            self.write((PAGES / name).read_bytes())
        elif not name:
            self.write(first_page(server.publications, server.root, version))
        else:
            self.write(reloading(self._published(name), server.root, version))

    def _published(self, name: str) -> str:
        path: Path | None = self.server.publications.pages().get(name)
        try:
            return "" if path is None else path.read_text(encoding="utf-8")
        except OSError:
            path = None
            return ""
        finally:
            if path is None:
                raise HTTPError(404)


class _News(_Handler):
    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        state: State | None = self.server.state
        with suppress(StreamClosedError):
            while not self.server.ended:
                self.write(f"data: {state.to_json()}\n\n" if state else ": \n\n")
                await self.flush()
                state = await self.server.next_state()
