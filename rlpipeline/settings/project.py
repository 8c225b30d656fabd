"""The folder of a service: ``rlpipeline.yml`` at its root says where its records, settings and chapters are."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rlpipeline.errors import UsageError

FILE = "rlpipeline.yml"
CELL_MINUTES = 10
"""How long a cell of a notebook may run."""
LIMIT = "limite_cellule"
DEFAULTS: Mapping[str, str] = {
    "source": "source",
    "params": "params",
    "out": "outputs",
    "notebooks": "notebooks",
}
WORDS: Mapping[str, str] = {
    "source": "les données : dossier, classeur ou base",
    "params": "les réglages et les textes",
    "out": "où les rapports sont publiés",
    "notebooks": "vos chapitres et vos indicateurs, s'il y en a ; les autres viennent de rlpipeline",
}
PLAIN = re.compile(
    r"^(?:(?P<key>[a-z_]+): +(?P<value>(?:\.\./)*[A-Za-z][\w./-]*|\d{1,4}))?\s*(?:(?<!\S)#.*)?$"
)
"""A line that any reader of YAML takes for a path, a number, or nothing."""
NO_PATHS = frozenset({"null", "true", "false"})
MINUTES = re.compile(r"[1-9]\d{0,2}")
"""A limit that any reader takes for what it is; a longer one is left to the model."""


@dataclass(frozen=True)
class Project:
    """Where a service keeps what its report is made of, each path as seen from the working directory.

    ``cell_minutes``: how long a cell of its notebooks may run.
    """

    root: Path
    source: str
    params: Path
    out: Path
    notebooks: Path
    cell_minutes: int = CELL_MINUTES


def find_project(directory: Path) -> Project | None:
    """Read the project file of a folder, or of the nearest above; None without any. SettingsError where it is wrong."""
    for folder in (directory, *directory.parents):
        if (folder / FILE).is_file():
            places = {**DEFAULTS, **_read(folder / FILE)}
            minutes = int(places.pop(LIMIT, CELL_MINUTES))
            source = places.pop("source")
            if "://" not in source:
                source = _seen(directory, folder / source)
            seen = {name: _seen(directory, folder / place) for name, place in places.items()}
            paths = {name: Path(place) for name, place in seen.items()}
            return Project(folder, source, cell_minutes=minutes, **paths)
    return None


def opened_by(source: str, params: str, out: str = "") -> Project:
    """Give the places that a notebook opens: those that it names, else those of the project file. UsageError where
    nothing says where they are, SettingsError where the project file breaks its contract."""
    if source and params:
        written = Path(out or DEFAULTS["out"])
        return Project(Path(), source, Path(params), written, notebooks=Path())
    project = find_project(Path.cwd())
    if project is None:
        raise UsageError(
            "Rien ne dit où sont les données.",
            where=str(Path.cwd()),
            expected=f"un fichier {FILE} dans ce dossier ou au-dessus, ou les paramètres source et params",
            todo="se placer dans le dossier du service, ou donner source et params",
        )
    named = replace(project, source=source or project.source)
    if params:
        named = replace(named, params=Path(params))
    return replace(named, out=Path(out)) if out else named


def project_file(source: str, schema: str = "") -> str:
    """Give the content of the project file of a new folder; ``schema`` is where editors find what it may say."""
    places = {**DEFAULTS, "source": source}
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    lines.append(
        "# Les commandes de rlpipeline, lancées d'ici ou d'un sous-dossier, lisent où tout se trouve."
    )
    for name, place in places.items():
        written = f"{name}: {place}"
        lines.append(f"{written:<22}# {WORDS[name]}")
    lines.append(f"# {LIMIT}: {CELL_MINUTES}  # minutes qu'une cellule de notebook peut durer")
    return "\n".join([*lines, ""])


def _read(path: Path) -> Mapping[str, str]:
    """Read a project file; SettingsError where it is wrong."""
    # Plain lines are read without pydantic: a build with nothing to do ends before that is loaded.
    try:
        lines = [PLAIN.match(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        lines = [None]
    pairs = [(line["key"], line["value"]) for line in lines if line and line["key"]]
    are_known = {key for key, _ in pairs} <= {*DEFAULTS, LIMIT}
    if None not in lines and are_known and all(_is_plain(*pair) for pair in pairs):
        values = dict(pairs)
        if len(values) == len(pairs):  # no key comes twice
            return values
    from rlpipeline.settings import strict_yaml  # noqa: PLC0415 - see above
    from rlpipeline.settings.models import Places  # noqa: PLC0415

    return strict_yaml.read(path, Places).model_dump(exclude_none=True)


def _is_plain(key: str, value: str) -> bool:
    """Say whether any reader takes a value for what it is: a limit for a number, all else for a path."""
    return value.lower() not in NO_PATHS and (key == LIMIT) == bool(MINUTES.fullmatch(value))


def _seen(directory: Path, path: Path) -> str:
    """Give a path as seen from a folder."""
    try:
        return os.path.relpath(path, directory)
    except ValueError:  # another drive, on Windows
        return str(path)
