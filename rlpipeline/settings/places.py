"""The project file read strictly, where its lines are not all plain."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rlpipeline.settings import strict_yaml

Place = Annotated[str, Field(min_length=1)]


class Places(BaseModel):
    """What ``rlpipeline.yml`` may say."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source: Place | None = None
    params: Place | None = None
    out: Place | None = None
    notebooks: Place | None = None


def read_places(path: Path) -> Mapping[str, str]:
    """Read what the file says.

    Raises
    ------
    SettingsError
        It is not YAML, or breaks the model.
    """
    return strict_yaml.read(path, Places).model_dump(exclude_none=True)
