"""Passages of the edition to share, and who has read them: ``params/<year>/relecture.yml``."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rlpipeline import french
from rlpipeline.checks.forms import Span, suspicions
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.execution.output_folder import (
    PROOFREADING,
    disk_errors_in_french,
    now,
    write_whole,
)
from rlpipeline.importing.people import KEY, Pseudonyms, read_key
from rlpipeline.records.names import given_names
from rlpipeline.settings import strict_yaml
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
_CALL = re.compile(r"\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True)
class Passage:
    """What the edition to share prints that somebody typed, or a picture that somebody chose.

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

    @property
    def place_and_words(self) -> tuple[str, str]:
        """What a reading is of."""
        return self.where, self.text

    @property
    def of_records(self) -> bool:
        """Whether it is a cell of a table, and no file."""
        return "." not in self.where

    @property
    def cell(self) -> tuple[str, str, str]:
        """Table, column and text of a cell of the records."""
        table, _, column = self.where.partition("/")
        return table, column, self.text

    def place(self, params: Path, year: int, after: int = 0) -> str:
        """Say where it is written, in French, ``after`` lines below its first."""
        lines = self._lines_in_words(after)
        if self.of_records:
            table, column, _ = self.cell
            return f"table {table}, colonne {column}{lines}"
        if self.where.endswith(".ipynb"):
            return f"{self.where}, cellule {self.lines[0]}"
        if self.where.startswith("../"):  # of every year
            return f"{params / self.where[3:]}{lines}"
        return f"{params / str(year) / self.where}{lines}"

    def _lines_in_words(self, after: int) -> str:
        """Name its first lines; nothing where they are not known."""
        numbers = [str(line + after) for line in self.lines[:MOST_LINES]]
        if not numbers:
            return ""
        more = "…" if len(self.lines) > MOST_LINES else ""
        return f", ligne{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}{more}"

    def suspicions(self, threshold: int) -> list[Span]:
        """What of it makes one think of a person; calls of figures are no words."""
        return suspicions(
            _CALL.sub(lambda call: "¤" * len(call[0]), self.text), threshold, given_names()
        )


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ReadPassage(_Frozen):
    """What somebody decided of a passage: ``empreinte`` is its digest, ``ou`` its place."""

    empreinte: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    decision: Decision
    par: strict_yaml.Words
    le: date
    ou: str


class Readings(_Frozen):
    """The file: ``lectures`` and nothing else."""

    lectures: tuple[ReadPassage, ...] = ()


@dataclass(frozen=True)
class Proofread:
    """What was read of a year, by the digests of what was read.

    ``key``: the private key of the project; without it nothing that is there can be recognised.
    """

    path: Path
    readings: Mapping[str, ReadPassage]
    key: bytes | None

    def decision(self, passage: Passage) -> Decision | None:
        """What was decided of a passage as it is; None where nobody has read it."""
        if self.key is None:
            return None
        reading = self.readings.get(_digest(self.key, passage))
        former = self.readings.get(_former_digest(self.key, passage))
        if reading is None and former is not None and former.ou == passage.where:
            reading = former
        return reading.decision if reading else None

    def unread(self, passages: Iterable[Passage]) -> list[Passage]:
        """Passages that are printed and that nobody has read as they are."""
        return [passage for passage in _printed(passages) if self.decision(passage) is None]

    def still_printed(self, passages: Iterable[Passage]) -> list[Passage]:
        """Passages that a reader left out since the edition was made."""
        return [passage for passage in _printed(passages) if self.decision(passage) == LEFT_OUT]

    def changed(self, passage: Passage) -> ReadPassage | None:
        """Who had read a text before it was changed."""
        if passage.kind != TEXT:
            return None
        former = (reading for reading in self.readings.values() if reading.ou == passage.where)
        return next(former, None)


def _printed(passages: Iterable[Passage]) -> Iterator[Passage]:
    """Give those that the edition prints."""
    return (passage for passage in passages if not passage.left_out)


def root_of(params: Path) -> Path:
    """Give the folder of the project, where its private key is."""
    above = params.resolve().parents
    return next((folder for folder in above if (folder / FILE).is_file()), above[0])


def read_proofread(params: Path, year: int, create: bool = False) -> Proofread:
    """Read what was read of a year; nothing where there is no file.

    ``create``: make the key of the project where there is none, unless something was read with another. Raises
    SettingsError: the file breaks its contract; the key is damaged, or lost.
    """
    path, root = params / str(year) / PROOFREADING, root_of(params)
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
    passages = [*passages]
    _check_decision(passages, decision, by)
    proofread = read_proofread(params, year, create=True)
    readings, key = dict(proofread.readings), proofread.key or b""
    for passage in passages:
        if passage.kind == TEXT:  # its former wording is of no use any more
            others = (reading for reading in readings.values() if reading.ou != passage.where)
            readings = {reading.empreinte: reading for reading in others}
        digest, day = _digest(key, passage), now().date()
        readings[digest] = ReadPassage(
            empreinte=digest, decision=decision, par=by, le=day, ou=passage.where
        )
    lines = "".join(map(_written, readings.values()))
    with disk_errors_in_french(proofread.path):
        proofread.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(proofread.path, HEADER + (lines or "  []\n"))


def _check_decision(passages: Iterable[Passage], decision: Decision, by: str) -> None:
    """Refuse a decision of nobody, or to leave out what has no text; UsageError."""
    if not by.strip() or not by.isprintable():
        raise UsageError("Il faut le nom de qui relit.", expected="--par suivi d'un nom", got=by)
    for passage in passages:
        if decision == LEFT_OUT and passage.kind == OTHER:
            what, todo = "Ce passage ne peut pas être retiré.", "le changer où il est écrit"
            raise UsageError(what, where=passage.where, todo=todo)


def _written(reading: ReadPassage) -> str:
    """Write a reading on a line of the file."""
    by, place = json.dumps(reading.par, ensure_ascii=False), json.dumps(reading.ou)
    return (
        f"  - {{empreinte: {json.dumps(reading.empreinte)}, decision: {reading.decision}, "
        f"par: {by}, le: {reading.le}, ou: {place}}}\n"
    )


class Reprise(_Frozen):
    """Of a year released before: the day, who differs (None where nobody can count), the names of what is withdrawn."""

    diffusee: date
    seuil: int
    changes: int | None
    retires: tuple[str, ...]

    def said(self, year: int) -> str:
        """Tell the service, and nobody else, what of a correction is published."""
        day = french.day(self.diffusee)
        as_released = f"chiffres de jeunes tels que diffusés le {day}"
        if self.changes is None:
            return (
                f"{as_released} : sans leurs empreintes, ou sans la clé du service, une correction ne se compte pas "
                "et n'y paraît pas"
            )
        if not self.changes:
            return as_released
        plural = "s" if self.changes > 1 else ""
        corrected = f"{self.changes} jeune{plural} de {year} corrigé{plural} depuis"
        if not self.retires:
            return f"{as_released} ; {corrected}, moins de {self.seuil} : rien n'en paraît"
        return (
            f"{corrected}, {self.seuil} au moins : les chiffres de jeunes sont retirés (« masqué ») pour "
            f"{french.listing(self.retires)}. Les chiffres exacts se remettent à qui y a droit "
            f"(share --edition interne --pour NOM) ; pour en rester à la diffusion du {day}, ne pas partager {year} de "
            "nouveau"
        )


class Secret(_Frozen):
    """What the service alone knows of an edition to share, kept beside it.

    ``edition``: SHA-256 of its manifest; ``donnees``: SHA-256 of each table of the records that it was made from, as
    the manifest of the edition ``interne`` has them; ``parametres``: SHA-256 of each file of the settings: in the
    edition they would confirm guesses of what a text or a report says; ``suivis_seuls``: whether issues and referrals
    are all those of young people followed in the year; ``passages``: what it prints that somebody typed;
    ``empreintes``: digests of those that it counts, to be kept with a first release; ``reprise``: how it is published
    again where there was one.
    """

    edition: str
    donnees: Mapping[str, str]
    parametres: Mapping[str, str]
    suivis_seuls: bool
    passages: tuple[Passage, ...]
    empreintes: str = ""
    reprise: Reprise | None = None


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


def _digest(key: bytes, passage: Passage) -> str:
    """Digest of words where they are typed: the same words elsewhere are read again."""
    return Pseudonyms(key).digest(f"relecture\x1f{passage.where}\x1f{_normal(passage.text)}")


def _former_digest(key: bytes, passage: Passage) -> str:
    """Digest of words wherever they are, of readings noted before places were part of it."""
    return Pseudonyms(key).digest(f"relecture\x1f{_normal(passage.text)}")


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
