"""Attributes that say what a published figure is, so that a reader of the finished page needs nothing else."""

from __future__ import annotations

from html import escape

from rlpipeline.display import french
from rlpipeline.display.cells import Reference
from rlpipeline.figures import TableData


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
