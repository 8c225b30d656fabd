"""What the service accepts, each with its reason: disagreements between published figures, implausible records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import field_validator, model_validator

from rlpipeline.errors import nearest
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.strict_yaml import Frozen, Words, packaged

CHECKS: Mapping[str, str] = packaged("controles.yml")


FILE = "ecarts.yml"
PLAUSIBLE_FILE = "plausibilite.yml"


class Acceptance(Frozen):
    """One finding accepted."""

    controle: Words
    cle: Words
    raison: Words
    valeurs: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_as_the_audit_gives_it(self) -> Acceptance:
        if self.controle not in CHECKS:
            near = nearest(self.controle, CHECKS)
            raise ValueError(
                f"contrôle inconnu « {self.controle} » ; le plus proche est « {near} »"
            )
        if len(self.valeurs) not in {0, 2}:
            raise ValueError(
                f"deux valeurs attendues, celles que l'audit affiche (ici {len(self.valeurs)})"
            )
        if not self.cle.startswith(f"{self.controle}:"):
            raise ValueError(
                f"cle : doit commencer par « {self.controle}: », comme dans audit.html"
            )
        return self


class _Acceptances(Frozen):
    ecarts: tuple[Acceptance, ...] = ()

    @model_validator(mode="after")
    def _once_each(self) -> _Acceptances:
        keys = [acceptance.cle for acceptance in self.ecarts]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"écart accepté deux fois ({', '.join(twice)})")
        return self


def read_acceptances(params: Path, year: int) -> tuple[Acceptance, ...]:
    """Read what is accepted for a year; nothing where there is no file. Raises as ``strict_yaml.read``."""
    path = params / str(year) / FILE
    return strict_yaml.read(path, _Acceptances).ecarts if path.is_file() else ()


class Plausible(Frozen):
    """Implausible records that the service accepts: the findings of one code that fit all that is given."""

    code: Words
    table: Words | None = None
    colonne: Words | None = None
    valeur: Words | None = None
    cle: Words | None = None
    raison: Words

    @model_validator(mode="before")
    @classmethod
    def _has_no_line(cls, data: object) -> object:
        if isinstance(data, dict) and "ligne" in data:
            raise ValueError(
                "ligne : une ligne change de place ; la désigner par cle, celle que « check » affiche"
            )
        return data

    @field_validator("code")
    @classmethod
    def _is_of_what_is_plausible(cls, value: str) -> str:
        if re.fullmatch(r"[PQ]\d{3}", value):
            return value
        raise ValueError(
            f"« {value} » n'est pas un code qui s'accepte : un P majuscule et trois chiffres, comme P304"
        )

    def fits(self, item: Any) -> bool:
        """Say whether a finding is one of those accepted: what is given here is what it has."""
        given = self.model_dump(exclude={"raison"}, exclude_none=True)
        return all(getattr(item, name) == value for name, value in given.items())


class _PlausibleRecords(Frozen):
    acceptes: tuple[Plausible, ...] = ()


def read_plausible(params: Path) -> tuple[Plausible, ...]:
    """Read what is accepted of the records, whatever the year; nothing where there is no file. Raises the same."""
    path = params / PLAUSIBLE_FILE
    return strict_yaml.read(path, _PlausibleRecords).acceptes if path.is_file() else ()
