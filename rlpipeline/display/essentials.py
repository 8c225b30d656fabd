"""The year at a glance: cards whose figures are bound, with the years before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from rlpipeline.display import approximate, cells, french, markup, text
from rlpipeline.display.bound import Cell, Reference
from rlpipeline.display.cells import WITH_NUMBER, Figure
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Prose
from rlpipeline.errors import SettingsError
from rlpipeline.figures import SERVICE

YEARS_BEFORE = 2
"""Years shown in a card beside the report's own, where they are known and comparable."""
WIDE = 1000
"""From this number on, those of three years stand close together."""
SHOWN = WITH_NUMBER | {"masque"}
Path3 = tuple[str, str, str]


@dataclass(frozen=True)
class Card:
    """A key figure: what it is called, its address, how its movement is told."""

    title: str
    path: Path3
    shape: Literal["nombre", "pourcentage"] = "nombre"


CARDS = (
    Card("Jeunes accompagnés", ("accompagnes", "total", "total")),
    Card("Jeunes accompagnés pour la première fois", ("accompagnes", "total", "nouveaux")),
    Card("Jeunes rencontrés en travail de rue, accompagnés ou non", ("travail_de_rue", "total", "total")),
    Card("Jeunes rencontrés en présence sociale", ("presence_sociale", "total", "total")),
    Card("Demandes d'accompagnement", ("demandes", "total", "total")),
    Card("Accompagnements clos", ("clotures", "total", "nombre")),
    Card("Orientations vers un partenaire", ("orientations", "total", "nombre")),
    Card("Heures de travail éducatif", ("temps_activite", "total", "heures"), "pourcentage"),
)


@dataclass(frozen=True)
class Essentials:
    """The key figures of one territory.

    Parameters
    ----------
    prose
        Binds the figures.
    said
        Figures that a sentence says beside the cards: they have none.
    """

    lookup: Lookup
    prose: Prose
    said: frozenset[Path3] = frozenset()

    def to_html(self) -> str:
        """Write the cards; empty where no figure is known."""
        shown = [card for card in CARDS if card.path not in self.said and self.has_figure(card.path)]
        cards = "".join(self._card(card) for card in shown)
        return f'<ul class="rl-cles">{cards}</ul>{self._note(shown)}' if cards else ""

    def _note(self, shown: Sequence[Card]) -> str:
        """Say what the cards' bars and marks mean."""
        years = range(self.prose.year - YEARS_BEFORE, self.prose.year)
        drawn = [one for one in shown if self._bars(one, self.cell(one.path))]
        before = [self.cell(one.path, year) for one in drawn for year in years if self.had_figure(one.path, year)]
        every = [*before, *(self.cell(card.path) for card in shown)]
        states = {cell.etat for cell in every}
        explained = [words for state, words in cells.EXPLAINED.items() if state in states]
        zeros = {int(cell.slack) + 1 for cell in every if cell.slack and not cell.valeur}
        explained.append(
            approximate.note({int(cell.slack) + 1: () for cell in every if cell.slack and cell.valeur}, zeros)
        )
        bars = ["Barres : une échelle par carte, à partir de zéro."] if before else []
        words = french.spaced(escape(" ".join([*bars, *explained]), quote=False))
        return f'<p class="rl-note">{words}</p>' if words else ""

    def cell(self, path: Path3, year: int | None = None, territory: str = "") -> Cell:
        """Give a figure, by default of the report's year and territory."""
        return self.lookup.cell(Reference(*path, year or self.prose.year, territory or self.prose.territory))

    def has_figure(self, path: Path3) -> bool:
        """Say whether the figure exists, is communicated, and is not one of the zeros of a table without a number."""
        try:
            cell = self.cell(path)
        except SettingsError:
            return False
        return cell.etat in SHOWN and path[0] in self.lookup.source.declared.counted_as_ours

    def had_figure(self, path: Path3, year: int) -> bool:
        """Say whether a figure is known of a year before, and comparable."""
        id, territory = path[0], self.prose.territory
        if not self.lookup.says_something(id, year, territory) or not self.lookup.comparable(id, year, territory):
            return False
        return self.cell(path, year).etat in SHOWN

    def _card(self, card: Card) -> str:
        now = self.cell(card.path)
        instead = cells.SHORT.get(now.etat)
        number = text.with_sign(self.prose.chiffre(*card.path, sinon=instead))
        return (
            f'<li class="rl-cle"><p class="rl-cle-titre">{escape(card.title, quote=False)}</p>\n'
            f'<p class="rl-cle-nombre">{number}</p>\n{self._beside(card)}\n{self._bars(card, now)}</li>\n'
        )

    def _beside(self, card: Card) -> str:
        """How the figure moved, and the service's beside that of a commune."""
        movements = " ;<br>".join(filter(None, [self._movement(card), self._of_service(card)]))
        return f'<p class="rl-cle-sens">{movements}</p>' if movements else ""

    def _of_service(self, card: Card) -> str:
        """« 114 dans l'ensemble du service », in the portraits of the edition to share, whose figures are at hand."""
        if self.prose.territory == SERVICE or not self.lookup.shared:
            return ""
        of = Reference(*card.path, self.prose.year, SERVICE)
        if self.lookup.cell(of).etat not in WITH_NUMBER:
            return ""
        return f"{text.with_sign(self.prose.chiffre(*card.path, territoire=SERVICE))} dans l'ensemble du service"

    def _movement(self, card: Card) -> str:
        """« +9 par rapport à 2022 », « comme en 2022 »; nothing where one of the two years is not known."""
        before = self.prose.annee(-1)
        if not self.had_figure(card.path, self.prose.year - 1):
            return ""
        moved = self.prose.evolution(*card.path, forme=card.shape)
        if moved.cell is None or not moved.cell.is_number:
            return ""
        if moved.cell.slack:
            moved = self.prose.tendance(*card.path)
        words = f"{text.mark(moved)} par rapport à" if moved.cell and moved.cell.valeur else "comme en"
        return f"{words} {text.mark(before)}"

    def _bars(self, card: Card, now: Cell) -> str:
        """Draw the years side by side from zero; the last, whose number is above, is a bar alone."""
        years = range(self.prose.year - YEARS_BEFORE, self.prose.year)
        before = {year: self.cell(card.path, year) for year in years if self.had_figure(card.path, year)}
        if not before or not now.is_number or any(cell.slack for cell in (*before.values(), now)):
            return ""  # bars would show movements that rounding alone may explain
        values = [cell.valeur for cell in (*before.values(), now) if cell.is_number]
        most = max(values) or 1
        items = "".join(self._bar_before(card, year, cell, most) for year, cell in before.items())
        last = f'<span class="rl-an">{self.prose.year}</span>{_bar(now, most)}'
        wide = " rl-serrees" if most >= WIDE else ""
        return f'<ul class="rl-barres{wide}">{items}<li class="rl-barre-annee" aria-hidden="true">{last}</li></ul>'

    def _bar_before(self, card: Card, year: int, cell: Cell, most: float) -> str:
        figure = Figure(cell.valeur, cell.unite, cell.etat, card.path[2])
        reference = Reference(*card.path, year, self.prose.territory)
        address = markup.attributes(
            ref=reference.path,
            fonction="avant",
            territoire=reference.territory,
            annee=reference.year,
        )
        number = f'<span class="rl-avant"{address}>{cells.html(figure)}</span>'
        named = f'<span class="rl-an">{year}<span class="rl-sr">{french.NBSP}: </span></span>'
        return f"<li>{named}{_bar(cell, most)}{number}</li>\n"


def _bar(cell: Cell, most: float) -> str:
    """A bar whose height, in hundredths, is a class that the page's style knows."""
    height = max(1, round(100 * cell.valeur / most)) if cell.is_number and cell.valeur > 0 else 0
    return f'<span class="rl-barre rl-h{height}"></span>'
