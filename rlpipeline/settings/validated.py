"""Settings that were validated, kept as JSON beside a copy of their files: a kernel does not parse the YAML again.

What is kept is named after the digest of the file that it was read from: where the file is another, nothing is found.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from rlpipeline.settings import strict_yaml

FOLDER = "valides"
"""Beside the settings' folder, in the workspace of a build alone."""

M = TypeVar("M", bound=BaseModel)


def read(path: Path, model: type[M], params_dir: Path) -> M:
    """Read a settings file as it was validated before, else as YAML. Raises as ``strict_yaml.read``."""
    if (params_dir.parent / FOLDER).is_dir():
        stored = _stored(path, model, params_dir)
        if stored.is_file():
            return model.model_validate_json(stored.read_bytes())
    return strict_yaml.read(path, model)


def keep(path: Path, values: BaseModel, params_dir: Path) -> None:
    """Keep what a settings file says; for its owner alone, as the folder is."""
    stored = _stored(path, type(values), params_dir)
    stored.parent.mkdir(mode=0o700, exist_ok=True)
    stored.write_text(values.model_dump_json(), encoding="utf-8")


def _stored(path: Path, model: type[BaseModel], params_dir: Path) -> Path:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return params_dir.parent / FOLDER / f"{model.__name__}-{digest}.json"
