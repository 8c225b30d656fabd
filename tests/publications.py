"""What was published, byte for byte: where two publications part, and what should not be in any."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pikepdf

Tree = Mapping[str, bytes]
"""Path in the publication to content."""
Contents = Sequence[tuple[str, bytes]]
"""Every text that somebody could read, with its place."""
SHOWN = 60
IMAGE = re.compile(rb"data:image/(?:png|svg\+xml);base64,([A-Za-z0-9+/=]+)")
IMAGE_NAME = "!image "
PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IDAT", b"IEND"}
ANYWHERE = {
    "memory address": re.compile(rb"\b0x[0-9a-fA-F]{6,}"),
    "absolute path": re.compile(
        rb"(?<![\w.:/<-])/(?:home|root|tmp|usr|var|opt|mnt|work|Users|private)/\w"
    ),
    "Windows path": re.compile(rb"\b[A-Z]:\\+(?:Users|Windows|Temp)"),
    "file address": re.compile(rb"file://"),
}


def published(directory: Path) -> Tree:
    """Every file, its path in the publication first; the manifests without their durations, which alone may vary."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    tree = {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}
    return tree | {
        name: _without_durations(tree[name])
        for name in tree
        if name.rpartition("/")[2] == "manifest.json"
    }


def _without_durations(content: bytes) -> bytes:
    manifest = json.loads(content)
    assert manifest.pop("durees")
    return json.dumps(manifest, ensure_ascii=False, indent=1).encode()


def differences(expected: Tree, found: Tree) -> str:
    """A line for each file that is missing, is one too many, or differs, with the first place where it does."""
    lines = [f"{name}: missing" for name in sorted(expected.keys() - found.keys())]
    lines += [f"{name}: unexpected" for name in sorted(found.keys() - expected.keys())]
    for name in sorted(expected.keys() & found.keys()):
        if expected[name] != found[name]:
            lines += (
                f"{part}: {place}" for part, place in _parting(name, expected[name], found[name])
            )
    return "\n".join(lines)


def traces(contents: Contents, words: Iterable[str]) -> list[str]:
    """Where the machine, the run or one of the words shows, also inside workbooks and images."""
    sought = {f"« {word} »": re.compile(re.escape(word.encode())) for word in words} | ANYWHERE
    return [
        f"{name}: {what}: {_around(content, match.start())}"
        for name, content in contents
        for what, pattern in sought.items()
        if (match := pattern.search(content))
    ] + [
        f"{name}: PNG chunk {chunk!r}"
        for name, image in contents
        if IMAGE_NAME in name
        for chunk in _chunks(image) - PNG_CHUNKS
    ]


def _parting(name: str, expected: bytes, found: bytes) -> Iterator[tuple[str, str]]:
    """Part of the file and first place where it differs; the members of a workbook are compared each."""
    if name.endswith(".xlsx"):
        mine, theirs = dict(_members(name, expected)), dict(_members(name, found))
        parts = [part for part in sorted(mine.keys() & theirs.keys()) if mine[part] != theirs[part]]
        yield from ((part, _first_place(mine[part], theirs[part])) for part in parts)
        if parts:
            return
    yield name, _first_place(expected, found)


def _first_place(expected: bytes, found: bytes) -> str:
    pairs = enumerate(zip(expected, found, strict=False))
    place = next(
        (index for index, (one, other) in pairs if one != other), min(len(expected), len(found))
    )
    line = expected.count(b"\n", 0, place) + 1
    return f"byte {place}, line {line}: expected {_around(expected, place)}, found {_around(found, place)}"


def _around(content: bytes, place: int) -> str:
    return repr(content[max(0, place - SHOWN) : place + SHOWN].decode(errors="replace"))


def contents_of(tree: Tree) -> Contents:
    """Open every file: the members of workbooks, the words of PDFs and the images of pages each by itself."""
    return [*_contents(tree)]


def _contents(tree: Tree) -> Iterator[tuple[str, bytes]]:
    for name, content in tree.items():
        if name.endswith(".xlsx"):
            yield from _members(name, content)
        elif name.endswith(".pdf"):
            yield from _printed(name, content)
        else:
            yield name, IMAGE.sub(b"", content)
    yield from _images(tree)


def _printed(name: str, pdf: bytes) -> Iterator[tuple[str, bytes]]:
    """What a PDF shows, what its tags and metadata say, and every stream, decompressed."""
    yield f"{name}!words", words_of(pdf).encode()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        said = [str(one) for found in document.objects for one in _strings(found)]
        yield f"{name}!strings", "\n".join(said).encode()
        streams = [one for one in document.objects if isinstance(one, pikepdf.Stream)]
        shown = [
            one for one in streams if one.get("/Subtype") != "/Image" and "/Length1" not in one
        ]
        yield f"{name}!streams", b"\n".join(one.read_bytes() for one in shown)


def _strings(found: pikepdf.Object) -> Iterator[pikepdf.Object]:
    if isinstance(found, pikepdf.String):
        yield found
    elif isinstance(found, pikepdf.Array):
        for one in found:
            if not getattr(one, "is_indirect", False):
                yield from _strings(one)
    elif isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
        for _, one in found.items():
            if not getattr(one, "is_indirect", False):
                yield from _strings(one)


@cache
def words_of(pdf: bytes, *options: str) -> str:
    """The words of a PDF as poppler reads them; a form feed ends each page."""
    command = ["pdftotext", *options, "-", "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()


def _members(name: str, workbook: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        for info in archive.infolist():
            yield f"{name}!{info.filename}", archive.read(info)
            yield (
                f"{name}!{info.filename} (entry)",
                repr((info.date_time, info.extra, info.comment)).encode(),
            )


def _images(tree: Tree) -> Iterator[tuple[str, bytes]]:
    for name, content in tree.items():
        for index, match in enumerate(IMAGE.finditer(content)):
            yield f"{name}{IMAGE_NAME}{index}", base64.b64decode(match[1])


def _chunks(image: bytes) -> set[bytes]:
    """Types of the chunks of a PNG image; a drawing has none."""
    if image.startswith(b"<svg"):
        return set()
    found, place = set(), 8
    while place < len(image):
        found.add(image[place + 4 : place + 8])
        place += 12 + int.from_bytes(image[place : place + 4])
    return found
