"""``service.yml`` and ``rapport.yml`` of a new service: every key is there, with what it is for.

A line that starts with ``#``, one space and a word explains. The others that start with ``#`` are keys not used yet:
they become so once their ``#`` is taken away.
"""

from __future__ import annotations

import re
from importlib import resources
from string import Template

from rlpipeline.settings.models import Service


def service_yaml(service: Service) -> str:
    """The settings of the service; what is not known is empty, and refused until it is written."""
    communes = [f"  - {{code: {_quoted(one.code)}, nom: {_quoted(one.nom)}}}" for one in service.communes]
    epci = service.epci
    return filled(
        "service.modele.yml",
        nom=_quoted(service.nom),
        departement=_quoted(service.departement),
        communes="\n" + "\n".join(communes) if communes else " []",
        premiere=_quoted(service.communes[0].code if communes else "62215"),
        epci=f"epci: {{code: {_quoted(epci.code)}, nom: {_quoted(epci.nom)}}}"
        if epci
        else '#epci: {code: "246200299", nom: "Nom de l\'intercommunalité"}',
        problematiques="\n".join(f"#  {line}" for line in _default_issues()),
    )


def report_yaml(year: int) -> str:
    """The settings of one year's report; its title leaves out the service, named above it on the cover."""
    title = f"Rapport d'activité {year}"
    return filled(
        "rapport.modele.yml", titre=_quoted(title), annee=str(year), suivante=str(year + 1), precedente=str(year - 1)
    )


def to_complete(yaml: str) -> tuple[str, ...]:
    """The keys left empty, each with its line: « nom (ligne 6) »."""
    empty = re.compile(r'^(\w+): (?:""|\[\])$')
    found = ((number, empty.match(line)) for number, line in enumerate(yaml.splitlines(), start=1))
    return tuple(f"{match[1]} (ligne {number})" for number, match in found if match)


def filled(name: str, **words: str) -> str:
    """A file kept beside the code, with these words in their places."""
    template = resources.files("rlpipeline.spreadsheets.entry").joinpath("data", name).read_text(encoding="utf-8")
    return Template(template).substitute(words)


def _default_issues() -> list[str]:
    default = resources.files("rlpipeline").joinpath("problematiques.yml").read_text(encoding="utf-8")
    return [line for line in default.splitlines() if not line.startswith("#")]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
