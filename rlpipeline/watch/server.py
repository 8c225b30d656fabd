"""The pages served on this machine alone, with a script that reloads them; the files are never changed."""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from rlpipeline.errors import RlpipelineError, ToolError
from rlpipeline.page_templates import page_environment

PAGES = Path(__file__).parent / "pages"
SCRIPT, STYLE, STATE = "surveillance.js", "surveillance.css", "etat"
ASSETS = {SCRIPT: "text/javascript", STYLE: "text/css"}
POLICY = "default-src 'none';"
OPENED = "default-src 'none'; script-src 'self'; connect-src 'self';"
TITLE = re.compile(r"<title>(Portrait : .+?)(?: – .*)?</title>")
NAMES = {"rapport.html": "Rapport", "audit.html": "Audit"}
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
WAITS, WAIT_SECONDS = 100, 0.1
Folders = Mapping[str, Path]
"""Editions that are watched: their folders, by the name that their addresses begin with."""
Trouble = Mapping[str, object]
"""An error as the page's script reads it: a sentence, then what is said of it, by French name."""


def pages_of(folders: Folders) -> Iterator[tuple[str, str, Path]]:
    """Give what may be served, by edition and address: the report, the audit, the portraits; nothing else."""
    for name, folder in folders.items():
        pages = [folder / page for page in NAMES]
        for path in pages + sorted(folder.glob("communes/*.html")):
            if path.is_file() and not path.is_symlink():
                yield name, f"{name}/{path.relative_to(folder).as_posix()}", path


def links(folders: Folders) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give what the first page lists: for each edition, words and address of its pages.

    A portrait is named as its own title names it: « Portrait : Hénin-Beaumont (62427) ».
    """

    listed: dict[str, list[tuple[str, str]]] = {name: [] for name in folders}
    for name, address, path in pages_of(folders):
        listed[name].append((_name_of(path), address))
    return [*listed.items()]


def _name_of(page: Path) -> str:
    """Give what the first page calls a page."""
    if page.name in NAMES:
        return NAMES[page.name]
    title = TITLE.search(page.read_text(encoding="utf-8", errors="replace"))
    name = unescape(title[1]) if title else page.stem
    return f"{name} ({page.name.partition('-')[0]})"


def trouble_of(error: Exception) -> Trouble:
    """Tell any error in French; one that is not ours is named, and its message stays in the terminal."""
    if isinstance(error, RlpipelineError):
        details = [(name, _without_margin(words)) for name, words in error.details]
        return {"message": error.what, "details": details}
    what = f"Erreur inattendue ({type(error).__name__})."
    todo = "voir le terminal où rlpipeline watch a été lancé"
    details = [("à faire", f"{todo} ; enregistrer de nouveau pour réessayer")]
    return {"message": what, "details": details}


def _without_margin(words: str) -> str:
    """Leave out of what is told the margin that a terminal needs."""
    flush = re.sub(r"^ {1,6}", "", words, flags=re.MULTILINE)
    return re.sub(r"^\s*\n", "", flush)


@dataclass(frozen=True)
class WatchState:
    """Where the watching is.

    ``version``: number of the report in place: a page of another number is out of date; ``words``: one line on what
    happened last.
    """

    version: int = 0
    stage: Literal["calcul", "ok", "erreur"] = "calcul"
    words: str = ""
    trouble: Trouble | None = None

    def to_json(self) -> str:
        """Write the state as the page's script reads it."""
        values: dict[str, object] = {"version": self.version, "etape": self.stage}
        values["message"] = self.words
        if self.trouble:
            values["erreur"] = self.trouble
        return json.dumps(values, ensure_ascii=False)


class ReportServer:
    """The server, in threads of its own until the block ends; who makes the report changes ``folders`` and ``state``.

    ``port``: port to listen to; any free one when None. Exact figures are served, and every user of the machine can
    reach 127.0.0.1: the addresses begin with a secret that is made at each start, and a page of another site that has
    the browser ask for it (DNS rebinding) is refused by its Host header.
    """

    def __init__(self, folders: Folders, port: int | None = None) -> None:
        self.folders, self.state = folders, WatchState()
        self.root = f"/{secrets.token_urlsafe(18)}/"
        try:
            listened = ADDRESS, port or 0
            self._http = ThreadingHTTPServer(listened, lambda *given: _Handler(self, *given))
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, host: str, address: str) -> tuple[int, str, str]:
        """Give what is asked by a page of ours, in the browser of whoever started the server, and nothing else.

        Gives status, kind and text.
        """
        if host not in self._hosts:
            return 403, "text/plain", "Accès refusé."
        name = address.removeprefix(self.root)
        version = self.state.version  # before the page is read, lest it be new
        if name == address:
            return 404, "text/plain", GONE
        if name == STATE:
            return 200, "application/json", self.state.to_json()
        if name in ASSETS:
            return 200, ASSETS[name], (PAGES / name).read_text(encoding="utf-8")
        page = self._page(name) if name else self._first_page()
        if not page:
            return 404, "text/plain", GONE
        return 200, "text/html", self._reloading(page, version)

    def _first_page(self) -> str:
        """List what is served."""
        template = page_environment(PAGES).get_template("surveillance.html.j2")
        return template.render(links=links(self.folders), root=self.root)

    def _page(self, name: str) -> str:
        """Read a page; nothing where there is none, once nobody is replacing it."""
        for _ in range(WAITS):
            with suppress(KeyError, OSError):
                served = {address: path for _, address, path in pages_of(self.folders)}
                return served[name].read_text(encoding="utf-8")
            if self.state.stage != "calcul":
                break
            time.sleep(WAIT_SECONDS)  # it is being replaced
        return ""

    def _reloading(self, html: str, version: int) -> str:
        """The served copy of a page, with our script and style, and a policy that lets them through."""
        added = (
            f'<meta name="rlpipeline-version" content="{version}"><link rel="stylesheet" href="{self.root}{STYLE}">'
            f'<script defer src="{self.root}{SCRIPT}"></script></head>'
        )
        opened = html.replace(POLICY, OPENED, 1)
        styled = opened.replace("style-src 'sha256-", "style-src 'self' 'sha256-", 1)
        return styled.replace("</head>", added, 1)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, server: ReportServer, *given: Any) -> None:
        self._report = server
        super().__init__(*given)

    def do_GET(self) -> None:
        host = self.headers.get("Host", "")
        status, kind, text = self._report.answer(host, self.path)
        self.send_response_only(status)
        for name, value in {**HEADERS, "Content-Type": f"{kind}; charset=utf-8"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *words: Any) -> None:
        """Keep silent: a refused address is told to whoever asked."""
