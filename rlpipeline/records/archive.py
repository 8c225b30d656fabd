"""A workbook is a zip archive of XML: bounded, and free of DTD, before any reader opens it."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

MAX_MEMBERS = 10_000
MAX_BYTES = 2 * 1024**3
FREE_BYTES = 32 * 1024**2
MAX_RATIO = 100
"""A workbook of real tables is 5 to 40 times smaller than what it holds; a bomb is 1,000 times smaller."""

CHUNK = 1 << 20
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_OLE = b"\xd0\xcf\x11\xe0"
_XML = (".xml", ".rels", ".vml", ".rdf")
_DTD = re.compile(b"<!(?:DOCTYPE|ENTITY)")


class UnsafeWorkbook(Exception):  # noqa: N818
    """The file must not be opened; the message says why and what to do, in French."""


class UnreadableWorkbook(Exception):  # noqa: N818
    """The file is not a workbook that can be read; the message says why and what to do, in French."""


def inspect_archive(path: Path) -> None:
    """Refuse an archive that would expand beyond reason, or whose XML declares a document type.

    The sizes declared are summed first, so that nothing is expanded to find a plain bomb; then every member is
    expanded once, no further than it declared, because a size can lie.

    Raises
    ------
    UnsafeWorkbook
        A bomb, or a DTD (it can name external entities).
    UnreadableWorkbook
        Not an archive, an encrypted one, or a damaged one.
    """
    with path.open("rb") as stream:
        _refuse_ole(stream)
        try:
            members = zipfile.ZipFile(stream).infolist()
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise UnreadableWorkbook(
                "Le fichier n'est pas un classeur, ou il est abîmé ; l'enregistrer de nouveau en .xlsx ou .ods."
            ) from error
        _refuse_declared(members, path.stat().st_size)
        for member in members:
            _inspect_member(stream, member)


def member_chunks(path: Path, name: str) -> Iterator[bytes]:
    """The content of one member, piece by piece; nothing where there is no such member."""
    with path.open("rb") as stream:
        archive = zipfile.ZipFile(stream)
        if name in archive.namelist():
            yield from _expanded(stream, archive.getinfo(name))


def _refuse_ole(stream: IO[bytes]) -> None:
    start = stream.read(4)
    stream.seek(0)
    if start == _OLE:
        raise UnreadableWorkbook(
            "Le classeur est protégé par un mot de passe, ou c'est un ancien .xls ; "
            "l'enregistrer en .xlsx ou .ods sans mot de passe."
        )


def _refuse_declared(members: list[zipfile.ZipInfo], archive_bytes: int) -> None:
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or total > MAX_BYTES:
        raise _bomb(total)
    if total > FREE_BYTES and total > MAX_RATIO * archive_bytes:
        raise _bomb(total)
    if any(member.flag_bits & 0x1 for member in members):
        raise UnreadableWorkbook("Le classeur est protégé par un mot de passe ; l'enregistrer sans mot de passe.")


def _bomb(total: int) -> UnsafeWorkbook:
    return UnsafeWorkbook(
        f"Le classeur occuperait au moins {total // 10**6} Mo une fois ouvert, bien plus que sa taille : il n'est pas "
        "ouvert ; le recréer en copiant ses tables dans un classeur neuf, ou fournir des fichiers .csv."
    )


def _inspect_member(stream: IO[bytes], member: zipfile.ZipInfo) -> None:
    is_xml = member.filename.lower().endswith(_XML)
    tail = b""
    for rank, chunk in enumerate(_expanded(stream, member)):
        is_xml = is_xml or (rank == 0 and _looks_like_xml(member, chunk))
        if not is_xml:
            continue
        # Without its zero bytes, XML in UTF-16 reads as the same letters.
        window = tail + chunk.replace(b"\0", b"")
        if _DTD.search(window):
            raise UnsafeWorkbook(
                "Le classeur contient une déclaration de type de document (DTD), qu'aucun tableur n'écrit : il n'est "
                "pas ouvert ; le recréer en copiant ses tables dans un classeur neuf."
            )
        tail = window[-16:]


def _looks_like_xml(member: zipfile.ZipInfo, start: bytes) -> bool:
    """Whether a member of another name could be a sheet; a drawing in SVG, which nobody opens here, may have a DTD."""
    return start.lstrip(b"\0\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<") and not member.filename.endswith(".svg")


def _expanded(stream: IO[bytes], member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member, which may not pass the size it declares."""
    left = member.file_size
    try:
        for chunk in _inflated(stream, member):
            left -= len(chunk)
            if left < 0:
                raise _bomb(member.file_size)
            yield chunk
    except (zlib.error, struct.error, EOFError) as error:
        raise UnreadableWorkbook("Le classeur est abîmé ; l'enregistrer de nouveau.") from error
    if left:
        raise UnreadableWorkbook("Le classeur est abîmé ; l'enregistrer de nouveau.")


def _inflated(stream: IO[bytes], member: zipfile.ZipInfo) -> Iterator[bytes]:
    stream.seek(member.header_offset)
    header = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    stream.seek(header[-2] + header[-1], 1)
    compressed = member.compress_size
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableWorkbook("Le classeur est compressé d'une façon inconnue ; l'enregistrer de nouveau.")
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    while compressed > 0:
        piece = stream.read(min(CHUNK, compressed))
        if not piece:
            raise EOFError
        compressed -= len(piece)
        if member.compress_type == zipfile.ZIP_STORED:
            yield piece
            continue
        while piece and not engine.eof:
            yield engine.decompress(piece, CHUNK)
            piece = engine.unconsumed_tail
    if member.compress_type == zipfile.ZIP_DEFLATED:
        yield engine.flush()
