"""Bytes of a CSV file into text: UTF-8 with or without BOM, else Windows-1252."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from rlpipeline.records.findings import Finding, finding

WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
SAMPLE = 4096


@dataclass(frozen=True)
class Decoded:
    """The text, or None where the encoding is not one of those read."""

    value: str | None
    findings: tuple[Finding, ...] = ()


def decoded(data: bytes, table: str) -> Decoded:
    """The text of a file; a byte that stands for nothing becomes U+FFFD, which the cells' reading refuses."""
    if data.startswith(WIDE_BOMS) or _looks_wide(data[:SAMPLE]):
        message = "Le fichier est en UTF-16 ; l'enregistrer de nouveau en « CSV UTF-8 »."
        return Decoded(None, (finding("E004", table, message),))
    try:
        return Decoded(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _decoded_by_line(data.removeprefix(codecs.BOM_UTF8), table, data.startswith(codecs.BOM_UTF8))


def _looks_wide(sample: bytes) -> bool:
    """UTF-16 without its mark: every other byte of a text in French is zero."""
    return len(sample) >= 8 and max(sample[0::2].count(0), sample[1::2].count(0)) > 0.4 * (len(sample) / 2)


def _decoded_by_line(data: bytes, table: str, marked: bool) -> Decoded:
    """Each line in its own encoding; where two are mixed, the lines of the rarer one are findings.

    No French text in Windows-1252 reads as UTF-8 by chance, so each line tells its own.
    """
    lines = data.splitlines(keepends=True)
    utf8 = {index for index, line in enumerate(lines) if not line.isascii() and _is_utf8(line)}
    other = {index for index, line in enumerate(lines) if not line.isascii()} - utf8
    rare = other if marked or len(utf8) >= len(other) else utf8
    text = "".join(
        line.decode("utf-8") if index in utf8 else line.decode("cp1252", errors="replace")
        for index, line in enumerate(lines)
    )
    return Decoded(text, tuple(_mixed(table, index + 1) for index in sorted(rare)))


def _mixed(table: str, line: int) -> Finding:
    message = (
        "Le fichier mêle deux encodages : cette ligne n'est pas dans celui des autres ; "
        "vérifier ses accents et enregistrer de nouveau le fichier en « CSV UTF-8 »."
    )
    return finding("E004", table, message, line)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
