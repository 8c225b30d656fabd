"""Whose an output folder is: one service's, told by a small file that its first publication leaves there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rlpipeline.errors import UsageError
from rlpipeline.execution.install import write_whole
from rlpipeline.settings.models import Service

MARKER = ".service.json"


def claim(out: Path, service: Service) -> None:
    """Write whose the folder is, readable by its owner alone, unless it says so already.

    Raises UsageError: it is another service's.
    Raises OSError: the folder refuses to be written.
    """
    refuse_another(out, service)
    owner = {"nom": service.nom, "departement": service.departement, "communes": list(service.commune_codes)}
    if _marker(out) != owner:
        write_whole(out / MARKER, json.dumps(owner, ensure_ascii=False))


def refuse_another(out: Path, service: Service) -> None:
    """See that the folder is nobody's yet, or this service's: of its name and département, with a commune of its own.

    Raises UsageError: it is another service's.
    """
    owner = _marker(out)
    if not owner:
        return
    named = _plain(str(owner["nom"])) == _plain(service.nom) and owner["departement"] == service.departement
    if named and not {*owner["communes"]}.isdisjoint(service.commune_codes):
        return
    raise UsageError(
        "Ce dossier contient les rapports d'un autre service : rien n'y est lu ni publié.",
        where=str(out),
        expected=f"un dossier vide, ou celui de « {service.nom} » ({service.departement})",
        got=f"celui de « {owner['nom']} » ({owner['departement']})",
        todo="donner à chaque service son dossier avec --out ; si c'est le même service, qui a changé de nom ou de "
        f"communes, effacer {out / MARKER} et relancer",
    )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _marker(out: Path) -> dict[str, Any]:
    """What the marker says; nothing where there is none, or one that says nothing."""
    try:
        owner: dict[str, Any] = json.loads((out / MARKER).read_text(encoding="utf-8"))
        return owner if {"nom", "departement", "communes"} <= owner.keys() else {}
    except (OSError, ValueError, AttributeError):
        return {}
