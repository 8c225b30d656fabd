"""What the service accepts, each with its reason: disagreements between published figures, implausible records."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rlpipeline import reads
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.checks import CHECKS

FILE = "ecarts.yml"
PLAUSIBLE_FILE = "plausibilite.yml"
Words = Annotated[str, Field(min_length=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Acceptance(_Frozen):
    """One finding accepted.

    Parameters
    ----------
    controle
        One of the checks.
    cle
        Key of the finding, as the audit's page gives it.
    raison
        Why it is accepted, printed in the report.
    valeurs
        The two values that were accepted: others are a new finding. Any when empty.
    """

    controle: Words
    cle: Words
    raison: Words
    valeurs: tuple[str, ...] = ()

    @field_validator("controle")
    @classmethod
    def _is_a_check(cls, value: str) -> str:
        if value in CHECKS:
            return value
        near = difflib.get_close_matches(value, CHECKS, n=1, cutoff=0)[0]
        raise ValueError(f"contrôle inconnu « {value} » ; le plus proche est « {near} »")

    @field_validator("valeurs")
    @classmethod
    def _are_two(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) not in {0, 2}:
            raise ValueError(f"deux valeurs attendues, celles que l'audit affiche (ici {len(value)})")
        return value

    @model_validator(mode="after")
    def _key_is_of_the_check(self) -> Acceptance:
        if not self.cle.startswith(f"{self.controle}:"):
            raise ValueError(f"cle : doit commencer par « {self.controle}: », comme dans audit.html")
        if not self.raison.strip():
            raise ValueError("raison : texte vide")
        return self


class Acceptances(_Frozen):
    """The file: ``ecarts`` and nothing else."""

    ecarts: tuple[Acceptance, ...] = ()

    @model_validator(mode="after")
    def _once_each(self) -> Acceptances:
        keys = [one.cle for one in self.ecarts]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"écart accepté deux fois ({', '.join(twice)})")
        return self


def read_acceptances(params: Path, year: int) -> tuple[Acceptance, ...]:
    """Read what is accepted for a year; nothing where there is no file.

    Raises
    ------
    SettingsError
        The file breaks its contract; every problem at once, with its line.
    """
    path = params / str(year) / FILE
    reads.note(reads.SETTINGS_FILE, f"{year}/{FILE}")
    return strict_yaml.read(path, Acceptances).ecarts if path.is_file() else ()


class Plausible(_Frozen):
    """Implausible records that the service accepts: the findings of one code that fit all that is given.

    Parameters
    ----------
    code
        Code of the findings, as ``check`` prints it.
    table, colonne, valeur
        Where they are and what is written there; anywhere and anything when None.
    cle
        Key of the one row, as ``check`` prints it; every row when None.
    raison
        Why it is accepted, printed in the report's annex.
    """

    code: Words
    table: Words | None = None
    colonne: Words | None = None
    valeur: Words | None = None
    cle: Words | None = None
    raison: Words

    @model_validator(mode="before")
    @classmethod
    def _has_no_line(cls, data: object) -> object:
        """A line moves with each export."""
        if isinstance(data, dict) and "ligne" in data:
            raise ValueError("ligne : une ligne change de place ; la désigner par cle, celle que « check » affiche")
        return data

    @field_validator("code")
    @classmethod
    def _is_of_what_is_plausible(cls, value: str) -> str:
        if re.fullmatch(r"P\d{3}", value):
            return value
        raise ValueError(f"« {value} » n'est pas un code qui s'accepte : un P majuscule et trois chiffres, comme P304")

    @model_validator(mode="after")
    def _has_a_reason(self) -> Plausible:
        if not self.raison.strip():
            raise ValueError("raison : texte vide")
        return self

    def fits(self, code: str, table: str, colonne: str | None, valeur: str | None, cle: str | None) -> bool:
        """Say whether a finding is one of those accepted."""
        asked = (self.table, self.colonne, self.valeur, self.cle)
        given = (table, colonne, valeur, cle)
        return code == self.code and all(want is None or want == got for want, got in zip(asked, given, strict=True))


class PlausibleRecords(_Frozen):
    """The file: ``acceptes`` and nothing else."""

    acceptes: tuple[Plausible, ...] = ()


def read_plausible(params: Path) -> tuple[Plausible, ...]:
    """Read what is accepted of the records, whatever the year; nothing where there is no file.

    Raises
    ------
    SettingsError
        The file breaks its contract; every problem at once, with its line.
    """
    path = params / PLAUSIBLE_FILE
    reads.note(reads.SETTINGS_FILE, PLAUSIBLE_FILE)
    return strict_yaml.read(path, PlausibleRecords).acceptes if path.is_file() else ()
