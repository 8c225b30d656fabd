"""What is asked before a new folder is written, and what is said once it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from rlpipeline.spreadsheets.entry.folder import WORKBOOK, NewService

NAME = "Nom du service (Entrée : plus tard) : "
COMMUNES = "Ses communes, par leur nom ou leur code, séparées par des virgules (Entrée : plus tard) : "


def year_of(day: date) -> int:
    """The year whose records are being typed: until June, that which has just ended."""
    return day.year if day.month > 6 else day.year - 1


def asked(name: str | None, communes: Sequence[str], ask: Callable[[str], str] | None) -> tuple[str, tuple[str, ...]]:
    """The name and the communes, asked for where they were not given and somebody is there to answer."""
    if ask is None:
        return name or "", tuple(communes)
    told = communes or [word.strip() for word in ask(COMMUNES).split(",") if word.strip()]
    return name if name is not None else ask(NAME), tuple(told)


def told(made: NewService, command: str) -> str:
    """What was written, what is still missing, and the commands that follow."""
    folder, places = made.directory, ", ".join(f"{one.nom} ({one.code})" for one in made.service.communes)
    lines = [
        f"Dossier créé : {folder}",
        f"  {WORKBOOK} : les données, une feuille par table",
        f"  params/service.yml : le service{f', {places}' if places else ''}",
        f"  params/{made.year}/ : le rapport de {made.year}, {made.texts} textes à rédiger",
    ]
    if made.missing:
        lines += ["", f"À compléter d'abord dans {folder / 'params' / 'service.yml'} : {', '.join(made.missing)}."]
    lines += [
        "",
        f"Remplir {WORKBOOK}, puis, dans ce dossier (cd {_typed(folder)}), vérifier, et faire le rapport :",
        f"  {command} check",
        f"  {command} build --year {made.year}",
    ]
    return "\n".join(lines)


def _typed(path: object) -> str:
    """A path as it is typed in a terminal."""
    text = str(path)
    return f'"{text}"' if " " in text else text
