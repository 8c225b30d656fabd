"""The year at a glance: key figures in cards, with the years before; and on the poster of a commune."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

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
from rlpipeline.page_templates import ROLE
from rlpipeline.states import CELLS, MASQUE, SIGN, WITH_NUMBER, rounded_means

YEARS_BEFORE = 2
"""Years shown in a card beside the report's own, where they are known and comparable."""
WIDE = 1000
"""From this number on, those of three years stand close together."""
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
class Essentials:
    """The key figures of one territory; ``said`` are those that a sentence says beside the cards: they have none."""

    lookup: Lookup
    prose: Prose
    said: frozenset[Path] = frozenset()

    def to_html(self) -> str:
        """Write the cards, then what their bars and marks mean; empty where no figure is known."""
        shown = [
            card for card in CARDS if card.path not in self.said and self.has_figure(card.path)
        ]
        if not shown:
            return ""
        before = {card: self._before(card.path) for card in shown}
        drawn = [cell for years in before.values() for cell in years.values()]
        every = [*drawn, *(self.cell(card.path) for card in shown)]
        bars = ["Barres : une échelle par carte, à partir de zéro."] if drawn else []
        notes = [
            *bars,
            *cells.notes(every),
            cells.rounding_note([("", cell) for cell in every], {}),
        ]
        note = cells.paragraph(" ".join(notes))
        return f'<ul class="rl-cles">{"".join(self._card(card, before[card]) for card in shown)}</ul>{note}'

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
        # Figures of the years before; none where bars would show movements that rounding alone may explain.
        years, now = range(self.prose.year - YEARS_BEFORE, self.prose.year), self.cell(path)
        before = {year: self.cell(path, year) for year in years if self.had_figure(path, year)}
        return (
            before
            if now.is_number and not any(cell.is_rounded for cell in (*before.values(), now))
            else {}
        )

    def _card(self, card: Card, before: Mapping[int, Observation]) -> str:
        now = self.cell(card.path)
        number = text.with_sign(self.prose.chiffre(*card.path, sinon=CELLS.get(now.state)))
        beside = [self._movement(card)]
        of_service = (
            self.prose.territory != SERVICE and self.lookup.shared
        )  # the service's figures are at hand
        if of_service and self.cell(card.path, territory=SERVICE).is_number:
            whole = text.with_sign(self.prose.chiffre(*card.path, territoire=SERVICE))
            beside.append(f"{whole} dans l'ensemble du service")
        movements = " ;<br>".join(filter(None, beside))
        movements = f'<p class="rl-cle-sens">{movements}</p>' if movements else ""
        bars = ""
        if before:  # from zero, side by side; the last, whose number is above, is a bar alone
            most = max(cell.value for cell in (*before.values(), now) if cell.is_number) or 1
            items = ""
            for year, cell in before.items():
                address = cells.address(Reference(*card.path, year, self.prose.territory), "avant")
                named = (
                    f'<span class="rl-an">{year}<span class="rl-sr">{french.NBSP}: </span></span>'
                )
                figure = f'<span class="rl-avant"{address}>{cells.html(cell)}</span>'
                items += f"<li>{named}{_bar(cell, most)}{figure}</li>\n"
            last = f'<span class="rl-an">{self.prose.year}</span>{_bar(now, most)}'
            wide = " rl-serrees" if most >= WIDE else ""
            bars = f'<ul class="rl-barres{wide}">{items}<li class="rl-barre-annee" aria-hidden="true">{last}</li></ul>'
        return (
            f'<li class="rl-cle"><p class="rl-cle-titre">{escape(card.title, quote=False)}</p>\n'
            f'<p class="rl-cle-nombre">{number}</p>\n{movements}\n{bars}</li>\n'
        )

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


def _bar(cell: Observation, most: float) -> str:
    height = max(1, round(100 * cell.value / most)) if cell.is_number and cell.value > 0 else 0
    return f'<span class="rl-barre rl-h{height}"></span>'


FOLD = "L’affiche de la commune, à imprimer"
MOST_NUMBERS, MOST_ACTIONS = 6, 3
NUMBERS: dict[Path, tuple[str, str]] = {
    ("accompagnes", "total", "total"): ("jeune accompagné", "jeunes accompagnés"),
    ("travail_de_rue", "total", "total"): (
        "jeune rencontré en travail de rue, accompagné ou non",
        "jeunes rencontrés en travail de rue, accompagnés ou non",
    ),
    ("presence_sociale", "total", "total"): (
        "jeune rencontré en présence sociale",
        "jeunes rencontrés en présence sociale",
    ),
    ("accompagnes", "total", "nouveaux"): (
        "jeune accompagné pour la première fois",
        "jeunes accompagnés pour la première fois",
    ),
    ("clotures", "total", "nombre"): ("accompagnement clos", "accompagnements clos"),
    ("temps_activite", "total", "heures"): (
        "heure de travail éducatif",
        "heures de travail éducatif",
    ),
    ("demandes", "total", "total"): ("demande d’accompagnement", "demandes d’accompagnement"),
    ("orientations", "total", "nombre"): (
        "orientation vers un partenaire",
        "orientations vers un partenaire",
    ),
}
"""What a poster counts, one and several, the first known ones."""
TAKING_PART = {"personnes": ("participant", "participants"), "presences": ("présence", "présences")}


def poster(laid: LaidOut) -> str:
    """Write the poster of a commune folded under its name; empty where no figure is known, or all are zero."""
    prose, service = laid.prose(), laid.settings.service
    key = Essentials(laid.lookup, prose)
    paths = [path for path in NUMBERS if key.has_figure(path) and not key.cell(path).is_nothing][
        :MOST_NUMBERS
    ]
    if not paths:
        return ""
    name = service.commune_name(laid.scope.territory)
    numbers = "".join(_number(key, path) for path in paths)
    figures = f'<ul class="rl-affiche-nombres">{numbers}</ul>\n{_actions(laid, key)}'
    sign = SIGN.strip()
    legend = f"{sign} : {rounded_means([service.diffusion.base])}."
    said = f'<p class="rl-affiche-legende">{cells.words(legend)}</p>\n' if sign in figures else ""
    wanted = [f"affiche-{laid.scope.territory}", "affiche"]
    shown = sections.pictures(
        laid.settings, wanted, most=1
    )  # figures are larger where there is none
    picture = f'<div class="rl-affiche-image">{shown}</div>\n' if shown else ""
    reached = service.contact
    ways = filter(None, (reached.adresse, reached.telephone, reached.courriel, reached.site))
    contact = [f"<strong>{cells.words(service.nom)}</strong>", " · ".join(map(cells.words, ways))]
    return (
        f'<details class="rl-affiche"><summary>{FOLD}</summary>\n'
        f'<p class="rl-affiche-titre">{escape(name, quote=False)}</p>\n'
        f'<p class="rl-affiche-annee">La prévention spécialisée en {text.mark(prose.annee())}</p>\n'
        f'<p class="rl-affiche-role">{ROLE}</p>\n'
        f"{figures}{said}{picture}"
        f'<p class="rl-affiche-contact">{"<br>".join(filter(None, contact))}</p>\n</details>'
    )


def _number(key: Essentials, path: Path) -> str:
    """A figure, what it counts, the year before where both may be compared, and the whole service."""
    prose, cell = key.prose, key.cell(path)
    now = prose.chiffre(*path, sinon=CELLS.get(cell.state))
    what = prose.accord(now, *NUMBERS[path], nombre=False)
    beside = []
    if key.had_figure(path, prose.year - 1):
        then = key.cell(path, prose.year - 1)
        if compare(cell, then).is_told:
            beside.append(
                f"{text.with_sign(prose.chiffre(*path, decalage=-1))} en {text.mark(prose.annee(-1))}"
            )
    if key.cell(path, territory=SERVICE).is_number:
        beside.append(f"{text.with_sign(prose.chiffre(*path, SERVICE))} dans tout le service")
    before = "".join(f'<p class="rl-affiche-avant">{words}</p>' for words in beside)
    return (
        f'<li><p class="rl-affiche-nombre">{text.with_sign(now)}</p>\n'
        f'<p class="rl-affiche-quoi">{text.mark(what)}</p>\n{before}</li>\n'
    )


def _actions(laid: LaidOut, key: Essentials) -> str:
    counted = []
    for table in (
        id for id, declared in laid.source.declared.tables.items() if declared.of_actions
    ):
        for column in laid.layout(table, laid.scope).data.columns:
            path = table, TOTAL, column.code
            cell = key.cell(path)
            if cell.is_number and cell.value > 0:
                counted.append((cell, column.label, path))
    first = sorted(counted, key=lambda action: -action[0].value)[:MOST_ACTIONS]
    if not first:
        return ""
    items = ""
    for cell, name, path in first:
        taking_part = text.mark(key.prose.accord(key.prose.chiffre(*path), *TAKING_PART[cell.unit]))
        items += (
            f"<li><strong>{escape(name, quote=False)}</strong>{french.NBSP}: {taking_part}</li>\n"
        )
    heading = (
        "Une action menée dans l’année" if len(first) == 1 else "Des actions menées dans l’année"
    )
    return f'<p class="rl-affiche-rubrique">{heading}</p>\n<ul class="rl-affiche-actions">{items}</ul>\n'
