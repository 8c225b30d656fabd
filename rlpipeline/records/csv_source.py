"""The text of a CSV file, as the import asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from rlpipeline.records import tabular
from rlpipeline.records.findings import Finding, finding


@dataclass(frozen=True)
class Decoded:
    """The text, or None where the encoding is not one of those read."""

    value: str | None
    findings: tuple[Finding, ...] = ()


def decoded(data: bytes, table: str) -> Decoded:
    """The text of a file; a byte that stands for nothing becomes U+FFFD, which the cells' reading refuses."""
    try:
        read = tabular.decoded(data)
    except tabular.UnreadError as error:
        return Decoded(None, (finding(error.code, table, error.what),))
    return Decoded(None, (finding("E004", table, tabular.IN_UTF_16),)) if read.wide else Decoded(read.text)
