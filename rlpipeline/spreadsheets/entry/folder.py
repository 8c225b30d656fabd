"""A new service's folder: settings, texts to write, the workbook to type in; what is asked before and said after."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rlpipeline.errors import ToolError, UsageError
from rlpipeline.settings.models import Service
from rlpipeline.settings.project import FILE, project_file
from rlpipeline.spreadsheets.entry.communes import epci_of, find_communes
from rlpipeline.spreadsheets.entry.schemas import FOLDER as SCHEMAS
from rlpipeline.spreadsheets.entry.schemas import schemas
from rlpipeline.spreadsheets.entry.settings_files import filled, report_yaml, section_texts, service_yaml, to_complete
from rlpipeline.spreadsheets.entry.workbook_file import entry_workbook

WORKBOOK = "saisie.xlsx"
NAME = "Nom du service (Entrée : plus tard) : "
COMMUNES = "Ses communes, par leur nom ou leur code, séparées par des virgules (Entrée : plus tard) : "
IGNORED = """\
# Les données et les rapports internes restent hors du contrôle de version.
*.xlsx
*.ods
/outputs/
/source/
/copies/
/.rlpipeline-cle
"""


@dataclass(frozen=True)
class NewService:
    """What a new folder holds.

    Parameters
    ----------
    directory, year
        Where, and the first year reported on.
    service
        The service as far as it is known.
    missing
        The keys of ``service.yml`` that are still empty, each with its line.
    texts
        How many texts are to be written.
    """

    directory: Path
    year: int
    service: Service
    missing: tuple[str, ...]
    texts: int


def year_of(day: date) -> int:
    """The year whose records are being typed: until June, that which has just ended."""
    return day.year if day.month > 6 else day.year - 1


def ask_missing(
    name: str | None, communes: Sequence[str], ask: Callable[[str], str] | None
) -> tuple[str, tuple[str, ...]]:
    """The name and the communes, asked for where they were not given and somebody is there to answer."""
    if ask is None:
        return name or "", tuple(communes)
    wanted = communes or [word.strip() for word in ask(COMMUNES).split(",") if word.strip()]
    return name if name is not None else ask(NAME), tuple(wanted)


def service_of(name: str, departement: str | None, communes: Sequence[str]) -> Service:
    """The service as far as it is described: the rest is empty, and its settings are not valid yet.

    Parameters
    ----------
    communes
        INSEE codes or names.

    Raises
    ------
    UsageError
        A commune is unknown, or several bear its name.
    """
    official = find_communes(communes, departement)
    return Service.model_construct(
        nom=name.strip(),
        departement=departement or (official[0].departement if official else ""),
        communes=tuple(one.settled for one in official),
        epci=epci_of(official),
    )


def write_new_service(directory: Path, service: Service, year: int) -> NewService:
    """Write the folder; all of it appears at once, or an empty one is filled.

    Raises
    ------
    UsageError
        The folder exists and is not empty, or its name is that of a file.
    ToolError
        The system refuses to write there.
    """
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        what = "Ce dossier existe et n'est pas vide." if directory.is_dir() else "Ce nom est celui d'un fichier."
        raise UsageError(f"{what} Rien n'y est écrit.", str(directory), todo="choisir un autre nom de dossier")
    files = dict(_files(service, year))
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        home = directory if directory.is_dir() else directory.parent
        with tempfile.TemporaryDirectory(prefix=f".{directory.name}-", dir=home) as workshop:
            new = Path(workshop) / "new"
            _write(new, files)
            if directory.is_dir():  # an empty one is filled: the user may stand in it
                for path in new.iterdir():
                    path.rename(directory / path.name)
            else:
                new.rename(directory)
    except OSError as error:
        raise ToolError(
            "Le dossier ne peut pas être écrit.", str(directory), got=error.strerror, todo="choisir un autre endroit"
        ) from error
    missing = to_complete(files["params/service.yml"].decode())
    return NewService(directory, year, service, missing, sum("/textes/" in name for name in files))


def next_steps(new: NewService, command: str) -> str:
    """What was written, what is still missing, and the commands that follow."""
    folder, places = new.directory, ", ".join(f"{one.nom} ({one.code})" for one in new.service.communes)
    lines = [
        f"Dossier créé : {folder}",
        f"  {WORKBOOK} : les données, une feuille par table",
        f"  params/service.yml : le service{f', {places}' if places else ''}",
        f"  params/{new.year}/ : le rapport de {new.year}, {new.texts} textes à rédiger",
    ]
    if new.missing:
        lines += ["", f"À compléter d'abord dans {folder / 'params' / 'service.yml'} : {', '.join(new.missing)}."]
    lines += [
        "",
        f"Remplir {WORKBOOK}, puis, dans ce dossier (cd {_typed(folder)}), vérifier, et faire le rapport :",
        f"  {command} check",
        f"  {command} build --year {new.year}",
    ]
    return "\n".join(lines)


def _typed(path: object) -> str:
    """A path as it is typed in a terminal."""
    text = str(path)
    return f'"{text}"' if " " in text else text


def _files(service: Service, year: int) -> Iterator[tuple[str, bytes]]:
    """Path in the folder to content."""
    yield "LISEZMOI.md", filled("lisezmoi.modele.md", annee=str(year)).encode()
    yield FILE, project_file(WORKBOOK, f"{SCHEMAS}/rlpipeline.json").encode()
    yield ".gitignore", IGNORED.encode()
    yield WORKBOOK, entry_workbook(service, year)
    yield "params/service.yml", service_yaml(service).encode()
    yield f"params/{year}/rapport.yml", report_yaml(year).encode()
    for name, content in schemas().items():
        yield f"{SCHEMAS}/{name}", content.encode()
    for name, text in section_texts(service).items():
        yield f"params/{year}/textes/{name}", text.encode()


def _write(directory: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
