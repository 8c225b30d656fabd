"""The pages served on this machine alone, and where the watching is, which each open page asks for."""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal

from rlpipeline.errors import RlpipelineError, ToolError
from rlpipeline.watch.served_pages import ASSETS, PAGES, Publications, first_page, reloading

Stage = Literal["calcul", "ok", "erreur"]


@dataclass(frozen=True)
class Trouble:
    """An error as the page shows it: a sentence, then what is said of it, by French name."""

    what: str
    details: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, error: Exception) -> Trouble:
        """Tell any error in French; one that is not ours is named, and its message stays in the terminal."""
        if isinstance(error, RlpipelineError):
            return cls(error.what, tuple((name, _flush(words)) for name, words in error.details))
        kind = type(error).__name__
        return cls(
            f"Erreur inattendue ({kind}).",
            (("à faire", "voir le terminal où rlpipeline watch a été lancé ; enregistrer de nouveau pour réessayer"),),
        )


def _flush(words: str) -> str:
    """Take away the margin that a terminal needs."""
    return re.sub(r"^\s*\n", "", re.sub(r"^ {1,6}", "", words, flags=re.MULTILINE))


@dataclass(frozen=True)
class State:
    """Where the watching is.

    ``version``: number of the report in place: a page of another number is out of date; ``words``: one line on what
    happened last.
    """

    version: int = 0
    stage: Stage = "calcul"
    words: str = ""
    trouble: Trouble | None = None

    def to_json(self) -> str:
        """Write the state as the page's script reads it."""
        values: dict[str, object] = {"version": self.version, "etape": self.stage, "message": self.words}
        if self.trouble is not None:
            values["erreur"] = {"message": self.trouble.what, "details": self.trouble.details}
        return json.dumps(values, ensure_ascii=False)


ADDRESS = "127.0.0.1"
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
GONE = "Cette page n'existe pas (ou l'aperçu a été relancé à une autre adresse)."
STATE = "etat"
WAITS, WAIT_SECONDS = 100, 0.1


class ReportServer:
    """The server, in threads of its own until the block ends.

    ``port``: port to listen to; any free one when None. Exact figures are served, and every user of the machine can
    reach 127.0.0.1: the addresses begin with a secret that is made at each start, and a page of another site that has
    the browser ask for it (DNS rebinding) is refused by its Host header.
    """

    def __init__(self, publications: Publications, port: int | None = None) -> None:
        self.publications, self.state = publications, State()
        self.root = f"/{secrets.token_urlsafe(18)}/"
        try:
            self._http = ThreadingHTTPServer((ADDRESS, port or 0), lambda *given: _Handler(self, *given))
        except OSError as error:
            raise ToolError(
                "Le port demandé n'est pas libre.",
                where=f"{ADDRESS}:{port}",
                got=error.strerror,
                todo="arrêter le programme qui l'occupe, ou ne pas donner --port",
            ) from error
        place = f"{ADDRESS}:{self._http.server_port}"
        self.url = f"http://{place}{self.root}"
        self._hosts = {place, f"localhost:{self._http.server_port}"}

    def __enter__(self) -> ReportServer:
        threading.Thread(target=self._http.serve_forever, name="pages", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()

    def tell(self, state: State) -> None:
        """Have every open page know where things are, the next time that it asks."""
        self.state = state

    def answer(self, host: str, address: str) -> tuple[int, str, str]:
        """Give what is asked by a page of ours, in the browser of whoever started the server, and nothing else.

        Gives status, kind and text.
        """
        if host not in self._hosts:
            return 403, "text/plain", "Accès refusé."
        name, version = address.removeprefix(self.root), self.state.version  # before the page is read, lest it be new
        if name == address:
            return 404, "text/plain", GONE
        if name == STATE:
            return 200, "application/json", self.state.to_json()
        if name in ASSETS:
            return 200, ASSETS[name], (PAGES / name).read_text(encoding="utf-8")
        page = self._page(name) if name else first_page(self.publications, self.root)
        return (200, "text/html", reloading(page, self.root, version)) if page else (404, "text/plain", GONE)

    def _page(self, name: str) -> str:
        for _ in range(WAITS):
            with suppress(KeyError, OSError):
                return self.publications.pages()[name].read_text(encoding="utf-8")
            if self.state.stage != "calcul":
                break
            time.sleep(WAIT_SECONDS)  # it is being replaced
        return ""


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, server: ReportServer, *given: Any) -> None:
        self._report = server
        super().__init__(*given)

    def do_GET(self) -> None:
        status, kind, text = self._report.answer(self.headers.get("Host", ""), self.path)
        self.send_response_only(status)
        for name, value in {**HEADERS, "Content-Type": f"{kind}; charset=utf-8"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *words: Any) -> None:
        """Keep silent: a refused address is told to whoever asked."""
