"""``service.yml`` and ``rapport.yml`` of a new service: every key is there, with what it is for.

A line that starts with ``#``, one space and a word explains. The others that start with ``#`` are keys not used yet:
they become so once their ``#`` is taken away. Beside them, the texts to write: a comment says in each what to write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from string import Template

from pydantic import BaseModel, ConfigDict

from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Service

_HOW = (
    "Ces lignes sont un commentaire : elles ne s'impriment pas. Écrire le texte dessous.\n"
    "Tant que rien n'y est écrit, le rapport imprime « texte à rédiger »."
)
_NO_FIGURE = "Un chiffre du rapport ne se tape pas, il s'appelle : voir « Écrire un texte », dans le guide."


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
    matches = ((number, empty.match(line)) for number, line in enumerate(yaml.splitlines(), start=1))
    return tuple(f"{match[1]} (ligne {number})" for number, match in matches if match)


def filled(name: str, **words: str) -> str:
    """A file kept beside the code, with these words in their places."""
    template = resources.files("rlpipeline.spreadsheets.entry").joinpath("data", name).read_text(encoding="utf-8")
    return Template(template).substitute(words)


def _default_issues() -> list[str]:
    default = resources.files("rlpipeline").joinpath("problematiques.yml").read_text(encoding="utf-8")
    return [line for line in default.splitlines() if not line.startswith("#")]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Prompt(BaseModel):
    """What a text is about.

    Parameters
    ----------
    titre
        Its place in the report.
    consigne
        What to write there, one idea a line.
    chiffre
        A figure that it may call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    titre: str
    consigne: str
    chiffre: str = ""


@cache
def prompts() -> Mapping[str, Prompt]:
    """Name of each text to what it is about, in report order."""
    source = resources.files("rlpipeline.spreadsheets.entry").joinpath("data", "textes.yml").read_text(encoding="utf-8")
    return {name: Prompt.model_validate(item) for name, item in strict_yaml.parse(source).items()}


def section_texts(service: Service) -> Mapping[str, str]:
    """File name to content; each commune has a text of its own about its actions."""
    texts = {f"{name}.md": _comment(prompt) for name, prompt in prompts().items()}
    for commune in service.communes:
        own = Prompt(
            titre=f"{prompts()['actions'].titre}, {commune.nom}",
            consigne="Les actions menées dans cette commune. Ce texte va aussi dans son portrait.\n",
        )
        texts[f"actions-{commune.code}.md"] = _comment(own)
    return texts


def _comment(prompt: Prompt) -> str:
    figure = f"Par exemple : {prompt.chiffre}" if prompt.chiffre else ""
    advice = "\n".join(line for line in (_NO_FIGURE, figure) if line)
    return f"<!--\n{prompt.titre}\n\n{prompt.consigne.rstrip()}\n\n{_HOW}\n{advice}\n-->\n"
