"""What the edition to share prints that somebody typed, and who has read it: ``params/<year>/relecture.yml``."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rlpipeline.checks.forms import Span, suspicions
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.execution.install import (
    DIFFUSION,
    PROOFREADING,
    disk_errors_in_french,
    now,
    write_whole,
)
from rlpipeline.execution.notebook import read_notebook
from rlpipeline.importing.people import KEY, Pseudonyms, read_key
from rlpipeline.our_notebooks import OURS
from rlpipeline.pictures import FOLDER, LIST, every_picture
from rlpipeline.records.frames import FreeCell
from rlpipeline.records.names import given_names
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Settings
from rlpipeline.settings.project import FILE

MOST_LINES = 4
"""Lines that a place names."""
Decision = Literal["lu", "non diffusé"]
READ: Decision = "lu"
LEFT_OUT: Decision = "non diffusé"
TEXT, CELL, OTHER = "texte", "cellule", "autre"
HEADER = """\
# Écrit par « rlpipeline relire » : qui a lu quoi de l'édition à diffuser. Les empreintes sont faites avec la clé du
# service. À garder avec les paramètres, à ne jamais diffuser. Retirer une ligne, c'est redemander la lecture.
lectures:
"""
_TEXT_NAME = re.compile(r"[a-z0-9_]+(?:-[0-9AB]+)?")
_SHOWN_TEXT = re.compile(r"""\.text\(["']([a-z0-9_]+)["']""")
_CALL = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_CODE = re.compile(r"[a-z0-9_./+%-]*|[A-Z]{1,3}")


@dataclass(frozen=True)
class Passage:
    """A text, or a free cell of the records, that the edition to share prints.

    ``where``: Path of its file in the settings of the year, name of its notebook, or ``table/column``; ``lines``: lines
    that it is on: of its file, or of the source; of a notebook, the rank of the cell; ``section``: what it is told
    with, in French; ``text``: as it is typed; ``kind``: ``TEXT`` or ``CELL``, which can be left out; ``OTHER``, which
    is changed where it is written; ``left_out``: whether the edition does without it.
    """

    where: str
    lines: tuple[int, ...]
    section: str
    text: str
    kind: str
    left_out: bool = False

    def place(self, params: Path, year: int, after: int = 0) -> str:
        """Say where it is written, in French, ``after`` lines below its first."""
        numbers = [str(line + after) for line in self.lines[:MOST_LINES]]
        more = "…" if len(self.lines) > MOST_LINES else ""
        line = (
            f", ligne{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}{more}"
            if numbers
            else ""
        )
        if self.kind == CELL:
            table, column = self.where.split("/")
            return f"table {table}, colonne {column}{line}"
        if self.where.endswith(".ipynb"):
            return f"{self.where}, cellule {self.lines[0]}"
        of_every_year = self.where.startswith("../")
        return (
            f"{params / self.where[3:] if of_every_year else params / str(year) / self.where}{line}"
        )

    def suspicions(self, threshold: int) -> list[Span]:
        """What of it makes one think of a person; calls of figures are no words."""
        return suspicions(
            _CALL.sub(lambda call: "¤" * len(call[0]), self.text), threshold, given_names()
        )


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Reading(_Frozen):
    """What somebody decided of a passage: ``empreinte`` is its digest, ``ou`` its place."""

    empreinte: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    decision: Decision
    par: strict_yaml.Words
    le: date
    ou: str


class Readings(_Frozen):
    """The file: ``lectures`` and nothing else."""

    lectures: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Proofread:
    """What was read of a year, by the digests of what was read.

    ``key``: the private key of the project; without it nothing that is there can be recognised.
    """

    path: Path
    readings: Mapping[str, Reading]
    key: bytes | None

    def decision(self, passage: Passage) -> Decision | None:
        """What was decided of a passage as it is; None where nobody has read it."""
        reading = self.readings.get(_digest(self.key, passage.text)) if self.key else None
        return reading.decision if reading else None

    def unread(self, passages: Iterable[Passage]) -> list[Passage]:
        """Passages that are printed and that nobody has read as they are."""
        return [
            passage
            for passage in passages
            if not passage.left_out and self.decision(passage) is None
        ]

    def still_printed(self, passages: Iterable[Passage]) -> list[Passage]:
        """Passages that a reader left out since the edition was made."""
        return [
            passage
            for passage in passages
            if not passage.left_out and self.decision(passage) == LEFT_OUT
        ]

    def changed(self, passage: Passage) -> Reading | None:
        """Who had read a text before it was changed."""
        former = (
            reading
            for reading in self.readings.values()
            if reading.ou == passage.where and passage.kind == TEXT
        )
        return next(former, None)


def read_proofread(params: Path, year: int, create: bool = False) -> Proofread:
    """Read what was read of a year; nothing where there is no file.

    ``create``: make the key of the project where there is none, unless something was read with another. Raises
    SettingsError: the file breaks its contract; the key is damaged, or lost.
    """
    path = params / str(year) / PROOFREADING
    above = params.resolve().parents
    root = next((folder for folder in above if (folder / FILE).is_file()), above[0])
    readings = strict_yaml.read(path, Readings).lectures if path.is_file() else ()
    key = read_key(root, create and not readings)
    if create and key is None:
        raise SettingsError(
            "La clé du service manque : on ne reconnaît plus ce qui a été lu.",
            where=str(root / KEY),
            todo=f"la remettre d'une sauvegarde ; sinon, supprimer {path} et tout relire",
        )
    return Proofread(path, {reading.empreinte: reading for reading in readings}, key)


def note_readings(
    params: Path, year: int, passages: Iterable[Passage], decision: Decision, by: str
) -> None:
    """Note that somebody has read passages, and what was decided of them; the file is written whole or not at all.

    Raises UsageError: nobody is named, or the passage cannot be left out; SettingsError: as :func:`read_proofread`;
    ToolError: the disk refuses.
    """
    if not by.strip() or not by.isprintable():
        raise UsageError("Il faut le nom de qui relit.", expected="--par suivi d'un nom", got=by)
    proofread = read_proofread(params, year, create=True)
    readings, key = dict(proofread.readings), proofread.key or b""
    for passage in passages:
        if decision == LEFT_OUT and passage.kind == OTHER:
            raise UsageError(
                "Ce passage ne peut pas être retiré.",
                where=passage.where,
                todo="le changer où il est écrit",
            )
        digest = _digest(key, passage.text)
        if passage.kind == TEXT:  # its former wording is of no use any more
            readings = {
                name: reading for name, reading in readings.items() if reading.ou != passage.where
            }
        readings[digest] = Reading(
            empreinte=digest, decision=decision, par=by, le=now().date(), ou=passage.where
        )
    lines = [
        f"  - {{empreinte: {json.dumps(reading.empreinte)}, decision: {reading.decision}, "
        f"par: {json.dumps(reading.par, ensure_ascii=False)}, le: {reading.le}, ou: {json.dumps(reading.ou)}}}\n"
        for reading in readings.values()
    ]
    with disk_errors_in_french(proofread.path):
        proofread.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(proofread.path, HEADER + ("".join(lines) or "  []\n"))


class Secret(_Frozen):
    """What the service alone knows of an edition to share, kept beside it.

    ``edition``: SHA-256 of its manifest; ``donnees``: SHA-256 of each table of the records that it was made from, as
    the manifest of the edition ``interne`` has them; ``parametres``: SHA-256 of each file of the settings: in the
    edition they would confirm guesses of what a text or a report says; ``suivis_seuls``: whether issues and referrals
    are all those of young people followed in the year; ``passages``: what it prints that somebody typed.
    """

    edition: str
    donnees: Mapping[str, str]
    parametres: Mapping[str, str]
    suivis_seuls: bool
    passages: tuple[Passage, ...]


def read_secret(path: Path) -> Secret:
    """Read it again. Raises UsageError: it is missing or damaged."""
    try:
        return Secret.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            "On ne sait pas de quelles données vient l'édition à diffuser.",
            where=str(path),
            todo="refaire l'année avec « rlpipeline build »",
        ) from error


def passages_of(
    settings: Settings, cells: Iterable[FreeCell], chapters: Sequence[Path], proofread: Proofread
) -> tuple[Passage, ...]:
    """List what the edition to share of a year prints that somebody typed, in the order of the report.

    ``settings``: those of the edition to share, in whose folder the texts are; ``cells``: the free texts of the
    records; ``chapters``: notebooks that are run; those that are rlpipeline's have been read.
    """
    chapters = [*dict.fromkeys(chapters)]
    every = [*_texts(settings, chapters), *_settings(settings), *_chapters(chapters)]
    rows: dict[tuple[str, str, str], list[int]] = {}
    for cell in cells:
        if cell.is_printed(settings.year):
            rows.setdefault((cell.table, cell.column, cell.text), []).extend(cell.lines)
    for (table, column, text), lines in rows.items():
        every.append(
            Passage(f"{table}/{column}", tuple(sorted(lines)), f"Table {table}", text, CELL)
        )
    return tuple(
        replace(passage, left_out=passage.kind != OTHER and proofread.decision(passage) == LEFT_OUT)
        for passage in every
    )


def _texts(settings: Settings, chapters: Sequence[Path]) -> Iterator[Passage]:
    """Give the texts of the year, in the order of the chapters that show them, then those of each commune."""
    folder = settings.directory / str(settings.year) / "textes"
    names = {path.stem for place in (folder, folder / DIFFUSION) for path in place.glob("*.md")}
    cells = (cell for chapter in chapters for cell in read_notebook(chapter).cells)
    shown = [name for cell in cells for name in _SHOWN_TEXT.findall(cell.source)]
    rank = {name: place for place, name in reversed([*enumerate(shown)])}
    communes = {commune.code: commune.nom for commune in settings.service.communes}

    def order(name: str) -> tuple[str, int, str]:
        base, _, code = name.partition("-")
        return code, rank.get(base, len(rank)), base

    for name in sorted((name for name in names if _TEXT_NAME.fullmatch(name)), key=order):
        text = settings.text(name)
        if text is not None:
            where = settings.text_path(name).relative_to(folder.parent).as_posix()
            code = name.partition("-")[2]
            section = (
                f"Textes du portrait de {communes.get(code, code)}" if code else "Textes du rapport"
            )
            first = text[: len(text) - len(text.lstrip())].count("\n") + 1
            yield Passage(where, (first,), section, text.strip(), TEXT)


def _settings(settings: Settings) -> Iterator[Passage]:
    """Give the sentences of the settings: findings in the service's own words, breaks, objectives, pictures."""
    report, service, year = (
        settings.report,
        settings.service,
        settings.directory / str(settings.year),
    )
    sentences = {
        settings.report_path: [
            *report.constats.mots.values(),
            *(rupture.raison for rupture in report.ruptures),
        ],
        settings.directory / "service.yml": [
            *(objectif.texte for objectif in service.objectifs),
            *([service.echelle_diagnostics] if service.echelle_diagnostics else []),
        ],
        year / FOLDER / LIST: [
            words
            for picture in every_picture(settings)
            if picture.autorisation == "oui"
            for words in (picture.legende, picture.alternative)
        ],
    }
    for path, texts in sentences.items():
        lines = path.read_text(encoding="utf-8-sig").splitlines() if texts else []
        for text in texts:
            of_text = [
                rank for rank, line in enumerate(lines, 1) if text.split("\n")[0][:40] in line
            ]
            where = path.relative_to(year) if path.is_relative_to(year) else Path("..") / path.name
            yield Passage(where.as_posix(), tuple(of_text[:1]), "Réglages", text, OTHER)


def _chapters(chapters: Sequence[Path]) -> Iterator[Passage]:
    """Give what the service's own chapters say and ours of the same name do not: Markdown, texts in the code."""
    for path in chapters:
        ours = OURS / path.name
        if path.resolve() == ours.resolve():
            continue
        known = {cell.source for cell in read_notebook(ours).cells} if ours.is_file() else set()
        for rank, cell in enumerate(read_notebook(path).cells, 1):
            text = (
                cell.source
                if cell.cell_type == "markdown"
                else "\n".join(_texts_of_code(cell.source))
            )
            if text.strip() and cell.source not in known:
                yield Passage(
                    f"notebooks/{path.name}", (rank,), "Chapitres du service", text.strip(), OTHER
                )


def _texts_of_code(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a command of IPython
        yield source
        return
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and not _CODE.fullmatch(node.value)
        ):
            yield node.value


def _digest(key: bytes, text: str) -> str:
    written = unicodedata.normalize("NFC", text).strip()
    return Pseudonyms(key).digest(f"relecture\x1f{written}")
