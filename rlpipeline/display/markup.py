"""Attributes that say what a published figure is, so that a reader of the finished page needs nothing else."""

from __future__ import annotations

from html import escape

from rlpipeline.figures import TableData


def attributes(**values: object) -> str:
    """Write ``data-…`` attributes, a space before each; those without a value are left out."""
    return "".join(f' data-{name}="{escape(str(value))}"' for name, value in values.items() if value not in (None, ""))


def place(kind: str, data: TableData) -> str:
    """Say which table (``tableau``) or chart (``graphique``) this is, of which territory and year."""
    return attributes(**{kind: data.id}, territoire=data.territory, annee=data.year)


def folded(summary: str, html: str, css: str = "") -> str:
    """Fold what few readers come for behind its name; on paper it is set small, in two columns."""
    classes = f"rl-plie {css}".strip()
    return f'<details class="{classes}"><summary>{escape(summary, quote=False)}</summary>\n{html}</details>'
