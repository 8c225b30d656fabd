"""The year at a glance: key figures in cards, with the years before; and on the poster of a commune."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from markupsafe import Markup

from rlpipeline import french
from rlpipeline.display import cells, sections, text
from rlpipeline.display.cells import Reference
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.phrases import Shape
from rlpipeline.display.prose import Prose
from rlpipeline.display.subjects import Path
from rlpipeline.figures import SERVICE
from rlpipeline.figures.labels import TOTAL
from rlpipeline.observations import Observation, compare
from rlpipeline.page_templates import ROLE, rendered
from rlpipeline.settings.models import Service
from rlpipeline.states import CELLS, MASQUE, SIGN, WITH_NUMBER, rounded_means

YEARS_BEFORE = 2
"""Years shown in a card beside the report's own, where they are known and comparable."""
SHOWN = WITH_NUMBER | {MASQUE}


class Card(NamedTuple):
    """A key figure: what it is called, its address, how its movement is told."""

    title: str
    path: Path
    shape: Shape = "nombre"


CARDS = (
    Card("Jeunes accompagnés", ("accompagnes", "total", "total")),
    Card("Jeunes accompagnés pour la première fois", ("accompagnes", "total", "nouveaux")),
    Card(
        "Jeunes rencontrés en travail de rue, accompagnés ou non",
        ("travail_de_rue", "total", "total"),
    ),
    Card("Jeunes rencontrés en présence sociale", ("presence_sociale", "total", "total")),
    Card("Demandes d'accompagnement", ("demandes", "total", "total")),
    Card("Accompagnements clos", ("clotures", "total", "nombre")),
    Card("Orientations vers un partenaire", ("orientations", "total", "nombre")),
    Card("Heures de travail éducatif", ("temps_activite", "total", "heures"), "pourcentage"),
)


@dataclass(frozen=True)
class KeyFigure:
    """A card as it is shown: its number, what is said beside it, the years before."""

    title: str
    number: Markup
    beside: Sequence[Markup]
    before: Sequence[tuple[int, Markup]]


@dataclass(frozen=True)
class Essentials:
    """The key figures of one territory; ``said`` are those that a sentence says beside the cards: they have none."""

    lookup: Lookup
    prose: Prose
    said: frozenset[Path] = frozenset()

    def to_html(self) -> str:
        """Write the cards, then what their marks mean; empty where no figure is known."""
        shown = [
            card for card in CARDS if card.path not in self.said and self.has_figure(card.path)
        ]
        if not shown:
            return ""
        every = [figure for card in shown for figure in self._before(card.path).values()]
        every += [self.cell(card.path) for card in shown]
        rounding = cells.rounding_note([("", figure) for figure in every], {})
        note = " ".join(filter(None, (*cells.notes(every), rounding)))
        return rendered("cards.html.j2", cards=map(self._card, shown)) + cells.paragraph(note)

    def cell(self, path: Path, year: int | None = None, territory: str = "") -> Observation:
        """Give a figure, by default of the report's year and territory."""
        return self.lookup.cell(
            Reference(*path, year or self.prose.year, territory or self.prose.territory)
        )

    def has_figure(self, path: Path) -> bool:
        """Say whether the figure exists, is communicated, and is not one of the zeros of a table without a number."""
        cell = self.lookup.known(path, self.prose.year, self.prose.territory)
        return cell is not None and cell.state in SHOWN

    def had_figure(self, path: Path, year: int) -> bool:
        """Say whether a figure is known of a year before, and comparable."""
        return (
            self.lookup.compared(path[0], year, self.prose.territory)
            and self.cell(path, year).state in SHOWN
        )

    def _before(self, path: Path) -> dict[int, Observation]:
        """Give figures of the years before; none where rounding alone may explain what moves between them."""
        years = range(self.prose.year - YEARS_BEFORE, self.prose.year)
        now = self.cell(path)
        before = {year: self.cell(path, year) for year in years if self.had_figure(path, year)}
        rounded = any(figure.is_rounded for figure in (*before.values(), now))
        return before if now.is_number and not rounded else {}

    def _card(self, card: Card) -> KeyFigure:
        now = self.cell(card.path)
        number = text.with_sign(self.prose.chiffre(*card.path, sinon=CELLS.get(now.state)))
        before = [
            (year, self._written(card.path, year, figure))
            for year, figure in self._before(card.path).items()
        ]
        beside = [Markup(words) for words in (self._movement(card), self._whole(card)) if words]
        return KeyFigure(card.title, Markup(number), beside, before)

    def _written(self, path: Path, year: int, figure: Observation) -> Markup:
        address = cells.address(Reference(*path, year, self.prose.territory), "avant")
        return Markup(f'<span class="rl-avant"{address}>{cells.html(figure)}</span>')

    def _whole(self, card: Card) -> str:
        """« 114 dans l'ensemble du service », in the portrait of an edition whose figures are rounded."""
        of_service = self.prose.territory != SERVICE and self.lookup.shared  # else they are at hand
        if not of_service or not self.cell(card.path, territory=SERVICE).is_number:
            return ""
        whole = text.with_sign(self.prose.chiffre(*card.path, territoire=SERVICE))
        return f"{whole} dans l'ensemble du service"

    def _movement(self, card: Card) -> str:
        """« +9 par rapport à 2022 », « comme en 2022 »; nothing where one of the two years is not known."""
        if not self.had_figure(card.path, self.prose.year - 1):
            return ""
        moved = self.prose.evolution(*card.path, forme=card.shape)
        if moved.cell is None or not moved.cell.is_number:
            return ""
        before = text.mark(self.prose.annee(-1))
        if not moved.cell.value:
            return f"comme en {before}"
        is_slight = card.shape == "pourcentage" and not french.said(moved.words, 1)
        if moved.cell.is_rounded or is_slight:  # « 0 % » of what moved would be false
            moved = self.prose.tendance(*card.path)
        return f"{text.mark(moved)} par rapport à {before}"


MOST_NUMBERS, MOST_ACTIONS = 3, 3
WHERE = "accueil"
"""Text that says where and when educators are met; that of a commune has its code after it."""
NUMBERS: dict[Path, tuple[str, str]] = {
    ("accompagnes", "total", "total"): ("jeune accompagné", "jeunes accompagnés"),
    ("travail_de_rue", "total", "total"): (
        "jeune rencontré dans la rue, accompagné ou non",
        "jeunes rencontrés dans la rue, accompagnés ou non",
    ),
    ("presence_sociale", "total", "total"): (
        "jeune rencontré en présence sociale",
        "jeunes rencontrés en présence sociale",
    ),
    ("accompagnes", "total", "nouveaux"): (
        "jeune accompagné pour la première fois",
        "jeunes accompagnés pour la première fois",
    ),
}
"""Young people whom a poster counts, one and several, the first known ones."""
TAKING_PART = {"personnes": ("participant", "participants"), "presences": ("présence", "présences")}


@dataclass(frozen=True)
class PosterFigure:
    """A figure of a poster, what it counts, the year before and the whole service where both are known."""

    number: Markup
    what: Markup
    beside: Sequence[Markup]


@dataclass(frozen=True)
class Poster:
    """What a poster says of a commune to who lives there.

    ``where``: where and when educators are met; ``actions``: names and who took part, the largest
    first.
    """

    commune: str
    year: Markup
    figures: Sequence[PosterFigure]
    actions: Sequence[tuple[str, Markup]]
    picture: Markup
    where: Markup
    contact: Sequence[Markup]
    legend: str = ""
    role: str = ROLE


def poster(laid: LaidOut) -> str:
    """Write the poster of a commune; empty where no figure is known, or all are zero."""
    prose, service = laid.prose(), laid.settings.service
    key = Essentials(laid.lookup, prose)
    known = (path for path in NUMBERS if key.has_figure(path) and not key.cell(path).is_nothing)
    paths = [*islice(known, MOST_NUMBERS)]
    if not paths:
        return ""
    wanted = [f"affiche-{laid.scope.territory}", "affiche"]
    picture = sections.pictures(laid.settings, wanted, most=1)  # figures are larger without one
    shown = Poster(
        service.commune_name(laid.scope.territory),
        Markup(text.mark(prose.annee())),
        [_figure(key, path) for path in paths],
        _actions(laid, key),
        Markup(picture),
        _where(laid),
        [*filter(None, map(Markup, _contact(service)))],
    )
    sign = SIGN.strip()
    if any(sign in words for figure in shown.figures for words in (figure.number, *figure.beside)):
        legend = cells.words(f"{sign} : {rounded_means([service.diffusion.base])}.")
        shown = replace(shown, legend=Markup(legend))
    return rendered("poster.html.j2", poster=shown)


def _where(laid: LaidOut) -> Markup:
    """Write where and when educators are met, as the service says it of the commune, or of all."""
    place = laid.scope.territory
    own = sections.written(laid, f"{WHERE}-{place}", place)
    said = own or sections.written(laid, WHERE, place)
    return Markup(said.html if said else "")


def _contact(service: Service) -> Iterator[str]:
    """Write how the service is reached."""
    reached = service.contact
    ways = filter(None, (reached.adresse, reached.telephone, reached.courriel, reached.site))
    yield f"<strong>{cells.words(service.nom)}</strong>"
    yield " · ".join(map(cells.words, ways))


def _figure(key: Essentials, path: Path) -> PosterFigure:
    prose, cell = key.prose, key.cell(path)
    now = prose.chiffre(*path, sinon=CELLS.get(cell.state))
    what = prose.accord(now, *NUMBERS[path], nombre=False)
    beside = [Markup(words) for words in (_year_before(key, path), _of_service(key, path)) if words]
    return PosterFigure(Markup(text.with_sign(now)), Markup(text.mark(what)), beside)


def _year_before(key: Essentials, path: Path) -> str:
    """« 98 en 2022 », where both years may be compared."""
    prose = key.prose
    if not key.had_figure(path, prose.year - 1):
        return ""
    if not compare(key.cell(path), key.cell(path, prose.year - 1)).is_told:
        return ""
    then = text.with_sign(prose.chiffre(*path, decalage=-1))
    return f"{then} en {text.mark(prose.annee(-1))}"


def _of_service(key: Essentials, path: Path) -> str:
    if not key.cell(path, territory=SERVICE).is_number:
        return ""
    return f"{text.with_sign(key.prose.chiffre(*path, SERVICE))} dans tout le service"


def _actions(laid: LaidOut, key: Essentials) -> list[tuple[str, Markup]]:
    """Name the actions that most took part in, and say how many did."""
    counted = []
    for id, declared in laid.source.declared.tables.items():
        if not declared.of_actions:
            continue
        for column in laid.layout(id, laid.scope).data.columns:
            path = id, TOTAL, column.code
            cell = key.cell(path)
            if cell.is_number and cell.value > 0:
                counted.append((cell, column.label, path))
    first = sorted(counted, key=lambda action: -action[0].value)[:MOST_ACTIONS]
    return [(name, _taking_part(key.prose, cell.unit, path)) for cell, name, path in first]


def _taking_part(prose: Prose, unit: str, path: Path) -> Markup:
    return Markup(text.mark(prose.accord(prose.chiffre(*path), *TAKING_PART[unit])))
