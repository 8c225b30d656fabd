"""The lines of a CSV file that all territories share, found again where they lie: none of them is kept in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.spreadsheet_text import unguarded

Span = tuple[int, int]
"""Where lines that follow one another begin and end in the file, in bytes."""


@dataclass(frozen=True)
class CutFile:
    """Lines by territory and indicator.

    Parameters
    ----------
    header
        Empty where there is no such file.
    spans
        Where the lines of each territory and indicator lie, in the order of the file.
    """

    path: Path
    header: Sequence[str]
    spans: Mapping[str, Mapping[str, Sequence[Span]]]

    @property
    def territories(self) -> Iterator[str]:
        """In the order of the file."""
        yield from self.spans

    def indicators(self, territory: str) -> Iterator[str]:
        """Those that have lines about a territory, in the order of the file."""
        yield from self.spans.get(territory, ())

    def lines(self, territory: str, indicator: str) -> Sequence[tuple[str, ...]]:
        """The lines of one table of a territory; none where the file has none."""
        spans = self.spans.get(territory, {}).get(indicator, ())
        if not spans:
            return ()
        with self.path.open("rb") as stream:
            text = b"".join(_between(stream, span) for span in spans).decode("utf-8")
        return [_cells(row) for row in csv.reader(io.StringIO(text, newline=""))]


def cut_file(path: Path) -> CutFile:
    """Find the lines of each territory and indicator in a file.

    Raises
    ------
    OSError, ValueError
        It is absent, or is no such file.
    """
    spans: dict[str, dict[str, list[Span]]] = {}
    with path.open("rb") as stream:
        rows = _with_spans(stream)
        header, _ = next(rows, ((), (0, 0)))
        indicator, territory = header.index("indicateur"), header.index("territoire")
        for row, (start, end) in rows:
            own = spans.setdefault(row[territory], {}).setdefault(row[indicator], [])
            if own and own[-1][1] == start:
                own[-1] = (own[-1][0], end)
            else:
                own.append((start, end))
    return CutFile(path, header, spans)


def _with_spans(stream: io.BufferedReader) -> Iterator[tuple[tuple[str, ...], Span]]:
    """Each row of a file, which may run over several lines, and where it lies."""
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        for line in stream:
            end += len(line)
            yield line.decode("utf-8")

    start = 0
    for row in csv.reader(lines()):
        yield _cells(row), (start, end)
        start = end


def _between(stream: io.BufferedReader, span: Span) -> bytes:
    start, end = span
    stream.seek(start)
    return stream.read(end - start)


def _cells(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(unguarded(cell) for cell in row)
