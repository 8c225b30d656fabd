"""The poster of a commune: its year on one sheet, to be printed and pinned to a wall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from rlpipeline.display import approximate, french, photographs, phrases, text
from rlpipeline.display.bound import Bound
from rlpipeline.display.cells import SHORT, WITH_NUMBER
from rlpipeline.display.essentials import Essentials, Path3
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.figures import SERVICE
from rlpipeline.figures.labels import TOTAL
from rlpipeline.figures.tidy import OK
from rlpipeline.page_templates import ROLE

FOLD = "L’affiche de la commune, à imprimer"
MOST_NUMBERS, MOST_ACTIONS = 6, 3


@dataclass(frozen=True)
class Number:
    """A figure of a poster: where it is, and what it counts, one and several."""

    path: Path3
    singular: str
    plural: str


NUMBERS = (
    Number(("accompagnes", "total", "total"), "jeune accompagné", "jeunes accompagnés"),
    Number(
        ("travail_de_rue", "total", "total"),
        "jeune rencontré en travail de rue, accompagné ou non",
        "jeunes rencontrés en travail de rue, accompagnés ou non",
    ),
    Number(
        ("presence_sociale", "total", "total"),
        "jeune rencontré en présence sociale",
        "jeunes rencontrés en présence sociale",
    ),
    Number(
        ("accompagnes", "total", "nouveaux"),
        "jeune accompagné pour la première fois",
        "jeunes accompagnés pour la première fois",
    ),
    Number(("clotures", "total", "nombre"), "accompagnement clos", "accompagnements clos"),
    Number(("temps_activite", "total", "heures"), "heure de travail éducatif", "heures de travail éducatif"),
    Number(("demandes", "total", "total"), "demande d’accompagnement", "demandes d’accompagnement"),
    Number(("orientations", "total", "nombre"), "orientation vers un partenaire", "orientations vers un partenaire"),
)
"""What a poster counts, the first known ones."""
TAKING_PART = {"personnes": ("participant", "participants"), "presences": ("présence", "présences")}


@dataclass(frozen=True)
class Poster:
    """The poster of the commune whose portrait it is.

    Parameters
    ----------
    essentials
        Key figures of the commune.
    """

    laid: LaidOut
    essentials: Essentials

    def to_html(self) -> str:
        """Write the poster folded under its name; empty where no figure is known, or all are zero."""
        numbers = [one for one in NUMBERS if self._says_something(one)][:MOST_NUMBERS]
        if not numbers:
            return ""
        service = self.laid.settings.service
        name = service.commune_name(self.laid.scope.territory)
        figures = f'<ul class="rl-affiche-nombres">{"".join(map(self._number, numbers))}</ul>\n{self._actions()}'
        sign = approximate.SIGN.strip()
        legend = f"{sign} : nombre arrondi, à moins de {service.diffusion.base} du nombre exact."
        said = f'<p class="rl-affiche-legende">{_shown(legend)}</p>\n' if sign in figures else ""
        return (
            f'<details class="rl-affiche"><summary>{FOLD}</summary>\n'
            f'<p class="rl-affiche-titre">{escape(name, quote=False)}</p>\n'
            f'<p class="rl-affiche-annee">La prévention spécialisée en {text.mark(self.laid.prose().annee())}</p>\n'
            f'<p class="rl-affiche-role">{ROLE}</p>\n'
            f"{figures}{said}{self._picture()}{self._contact()}</details>"
        )

    def _says_something(self, one: Number) -> bool:
        """Whether a figure is known, and not « 0 jeune accompagné »."""
        if not self.essentials.has_figure(one.path):
            return False
        cell = self.essentials.cell(one.path)
        return not (cell.etat == OK and cell.valeur == 0)

    def _number(self, one: Number) -> str:
        """A figure, what it counts, the year before where both may be compared, and the whole service."""
        now = self._figure(one, instead=SHORT.get(self.essentials.cell(one.path).etat))
        what = self.laid.prose().accord(now, one.singular, one.plural, nombre=False)
        beside = "".join(f'<p class="rl-affiche-avant">{words}</p>' for words in self._beside(one))
        return (
            f'<li><p class="rl-affiche-nombre">{text.with_sign(now)}</p>\n'
            f'<p class="rl-affiche-quoi">{text.mark(what)}</p>\n{beside}</li>\n'
        )

    def _figure(self, one: Number, territory: str | None = None, shift: int = 0, instead: str | None = None) -> Bound:
        return self.laid.prose().chiffre(*one.path, territory, decalage=shift, sinon=instead)

    def _beside(self, one: Number) -> Iterator[str]:
        prose = self.laid.prose()
        if self._is_comparable(one):
            yield f"{text.with_sign(self._figure(one, shift=-1))} en {text.mark(prose.annee(-1))}"
        if self.essentials.cell(one.path, territory=SERVICE).etat in WITH_NUMBER:
            yield f"{text.with_sign(self._figure(one, SERVICE))} dans tout le service"

    def _is_comparable(self, one: Number) -> bool:
        """Whether the year before may be said: rounding alone does not explain what changed."""
        year = self.laid.prose().year - 1
        if not self.essentials.had_figure(one.path, year):
            return False
        now, then = self.essentials.cell(one.path), self.essentials.cell(one.path, year)
        return not (now.slack or then.slack) or phrases.movement_of(now, then).is_number

    def _actions(self) -> str:
        """The actions that most people took part in, of those whose total is known."""
        counted = []
        for table in (id for id, one in self.laid.source.declared.tables.items() if one.of_actions):
            for one in self.laid.layout(table, self.laid.scope).data.columns:
                path = table, TOTAL, one.code
                cell = self.essentials.cell(path)
                if cell.is_number and cell.valeur > 0:
                    counted.append((cell, one.label, path))
        first = sorted(counted, key=lambda one: -one[0].valeur)[:MOST_ACTIONS]
        if not first:
            return ""
        heading = "Une action menée dans l’année" if len(first) == 1 else "Des actions menées dans l’année"
        items = "".join(self._action(label, path, cell.unite) for cell, label, path in first)
        return f'<p class="rl-affiche-rubrique">{heading}</p>\n<ul class="rl-affiche-actions">{items}</ul>\n'

    def _action(self, name: str, path: Path3, unit: str) -> str:
        prose = self.laid.prose()
        taking_part = prose.accord(prose.chiffre(*path), *TAKING_PART[unit])
        return f"<li><strong>{escape(name, quote=False)}</strong>{french.NBSP}: {text.mark(taking_part)}</li>\n"

    def _picture(self) -> str:
        """The service's picture for a poster; figures are larger where there is none."""
        settings, commune = self.laid.settings, self.laid.scope.territory
        pictures = [*photographs.pictures_of(settings, [f"affiche-{commune}", "affiche"])][:1]
        if not pictures:
            return ""
        return f'<div class="rl-affiche-image">{photographs.to_html(settings, pictures)}</div>\n'

    def _contact(self) -> str:
        """Who to turn to: the service, and of it what the settings have."""
        service = self.laid.settings.service
        reached = service.contact
        ways = filter(None, (reached.adresse, reached.telephone, reached.courriel, reached.site))
        lines = [f"<strong>{_shown(service.nom)}</strong>", " · ".join(map(_shown, ways))]
        return f'<p class="rl-affiche-contact">{"<br>".join(filter(None, lines))}</p>\n'


def _shown(words: str) -> str:
    return french.spaced(escape(words, quote=False))
