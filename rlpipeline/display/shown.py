"""What a cell of a notebook shows: HTML for readers, text for terminals, a bundle for publication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
