"""The published pages that are served, and the copy of one that reloads itself; the files are never changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from rlpipeline.execution.memory import sha256
from rlpipeline.page_templates import page_environment

PAGES = Path(__file__).parent / "pages"
SCRIPT, STYLE = "surveillance.js", "surveillance.css"
ASSETS = {SCRIPT: "text/javascript", STYLE: "text/css"}
POLICY = "default-src 'none';"
OPENED = "default-src 'none'; script-src 'self'; connect-src 'self';"
TITLE = re.compile(r"<title>(Portrait : .+?)(?: – .*)?</title>")
NAMES = {"rapport.html": "Rapport", "audit.html": "Audit"}


@dataclass(frozen=True)
class Publications:
    """Folders of the editions that are watched, by the name that their addresses begin with."""

    folders: Mapping[str, Path]

    def pages(self) -> Mapping[str, Path]:
        """List what may be served, by address: the report, the audit, the portraits of each edition; nothing else."""
        return {address: path for name in self.folders for address, path in self._of(name).items()}

    def digests(self) -> dict[str, str]:
        """Digest of each page that may be served, by address."""
        return {address: sha256(path) for address, path in self.pages().items()}

    def _of(self, name: str) -> Mapping[str, Path]:
        folder = self.folders[name]
        paths = (*(folder / page for page in NAMES), *sorted(folder.glob("communes/*.html")))
        files = (path for path in paths if path.is_file() and not path.is_symlink())
        return {f"{name}/{path.relative_to(folder).as_posix()}": path for path in files}

    def links(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Give what the first page lists: for each edition, words and address of its pages."""
        return [(name, [(_words(path), address) for address, path in self._of(name).items()]) for name in self.folders]


def _words(path: Path) -> str:
    """Name a page; a portrait is named as its own title names it: « Portrait : Hénin-Beaumont (62427) »."""
    if path.name in NAMES:
        return NAMES[path.name]
    title = TITLE.search(path.read_text(encoding="utf-8", errors="replace"))
    return f"{unescape(title[1]) if title else path.stem} ({path.name.partition('-')[0]})"


def reloading(html: str, root: str, version: int) -> str:
    """Give the served copy of a page: with our script and style, and a policy that lets them through.

    ``root``: address of the folder of the script, such as ``/secret/``.
    """
    added = (
        f'<meta name="rlpipeline-version" content="{version}">'
        f'<link rel="stylesheet" href="{root}{STYLE}"><script defer src="{root}{SCRIPT}"></script></head>'
    )
    opened = html.replace(POLICY, OPENED, 1).replace("style-src 'sha256-", "style-src 'self' 'sha256-", 1)
    return opened.replace("</head>", added, 1)


def first_page(publications: Publications, root: str) -> str:
    """Write the page that lists the others; it waits, and tells errors, as they do."""
    template = page_environment(PAGES).get_template("surveillance.html.j2")
    return template.render(links=publications.links(), root=root)
