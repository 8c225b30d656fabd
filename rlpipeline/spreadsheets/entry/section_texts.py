"""The texts of a new report: one file a section, which says in a comment what to write there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Service

_HOW = (
    "Ces lignes sont un commentaire : elles ne s'impriment pas. Écrire le texte dessous.\n"
    "Tant que rien n'y est écrit, le rapport imprime « texte à rédiger »."
)
_NO_FIGURE = "Un chiffre du rapport ne se tape pas, il s'appelle : voir « Écrire un texte », dans le guide."


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
    return {name: Prompt.model_validate(item) for name, item in strict_yaml.plain(strict_yaml.parse(source)).items()}


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
    told = "\n".join(line for line in (_NO_FIGURE, figure) if line)
    return f"<!--\n{prompt.titre}\n\n{prompt.consigne.rstrip()}\n\n{_HOW}\n{told}\n-->\n"
