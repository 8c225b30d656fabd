"""What a cell of a notebook shows, and the attributes that say what each figure of the page is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from rlpipeline.display import french
from rlpipeline.display.cells import Reference
from rlpipeline.figures import TableData

TEXT_MIME = "application/vnd.rlpipeline.text+json"
FILE_MIME = "application/vnd.rlpipeline.file+json"


@dataclass(frozen=True)
class Shown:
    """A fragment of the report.

    ``html``: fragment without id, inline style or script; ``plain``: the same in plain text; ``mime``, ``bundle``: kind
    and content of what publication reads (JSON values); ``more``: other contents by kind: the chart that a table stands
    under, whose words are before a blank line in ``plain``.
    """

    html: str
    plain: str
    mime: str
    bundle: Mapping[str, Any]
    more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """Give Jupyter every form at once."""
        return {"text/html": self.html, "text/plain": self.plain, self.mime: dict(self.bundle), **self.more}


def words(said: str) -> str:
    """Write words in HTML, with the no-break spaces of French."""
    return french.spaced(escape(said, quote=False))


def paragraph(said: str, css: str = "rl-note") -> str:
    """Write a paragraph of words; nothing where there are none."""
    return f'<p class="{css}">{words(said)}</p>' if said else ""


def framed(label: str, inside: str, css: str = "rl-table", address: str = "") -> str:
    """Write a table that can be scrolled across, its caption, and what is inside."""
    caption = escape(label)
    return (
        f'<div class="rl-table-wrap" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="{css}"{address}><caption>{caption}</caption>{inside}</table></div>'
    )


def attributes(**values: object) -> str:
    """Write ``data-…`` attributes, a space before each; those without a value are left out."""
    return "".join(f' data-{name}="{escape(str(value))}"' for name, value in values.items() if value not in (None, ""))


def place(kind: str, data: TableData) -> str:
    """Say which table (``tableau``) or chart (``graphique``) this is, of which territory and year."""
    return attributes(**{kind: data.id}, territoire=data.territory, annee=data.year)


def address(of: Reference, function: str) -> str:
    """Say which figure this is, and what wrote it."""
    return attributes(ref=of.path, fonction=function, territoire=of.territory, annee=of.year)


def folded(summary: str, html: str, css: str = "") -> str:
    """Fold what few readers come for behind its name; on paper it is set small, in two columns."""
    classes = f"rl-plie {css}".strip()
    return f'<details class="{classes}"><summary>{escape(summary, quote=False)}</summary>\n{html}</details>'
