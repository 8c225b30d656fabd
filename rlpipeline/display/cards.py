"""The cards of the method annex: what every table counts, from which rows of the records, known on which date.

A card says which table it is about (``data-fiche``): publication makes it the place that the table's caption leads to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape

from rlpipeline.display import french, markup
from rlpipeline.figures import Declared, Scope, Store, label_of
from rlpipeline.figures.labels import TABLE_WORDS


@dataclass(frozen=True)
class Origin:
    """Where the figures of a document come from.

    Parameters
    ----------
    until
        Date of the records; None where the settings give none.
    """

    source: Store
    scope: Scope
    until: date | None = None

    @property
    def place(self) -> str:
        """Name of the commune; empty for the whole service."""
        if self.scope.is_service:
            return ""
        names = {commune.code: commune.nom for commune in self.scope.service.communes}
        return names.get(self.scope.territory) or label_of(self.scope.territory)


def to_html(indicators: Iterable[Declared], origin: Origin) -> str:
    """Write one card per table: definition, unit, denominator, source, then rows kept, rows counted, date."""
    return f"<dl>{''.join(_card(indicator, origin) for indicator in indicators)}</dl>"


def _card(indicator: Declared, origin: Origin) -> str:
    paragraphs = (_joined(_meaning(indicator)), _joined(_records(indicator, origin)))
    words = "".join(f"<dd>{french.spaced(escape(part, quote=False))}</dd>" for part in paragraphs if part)
    title = escape(indicator.title, quote=False)
    return f'<div class="rl-fiche"{markup.attributes(fiche=indicator.id)}><dt>{title}</dt>{words}</div>'


def _joined(sentences: Iterable[str]) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _meaning(indicator: Declared) -> Iterator[str]:
    yield indicator.definition
    yield f"Unité : {indicator.unit}." if indicator.unit else ""
    yield f"Rapporté à : {indicator.denominator}." if indicator.denominator else ""
    yield f"Source : {indicator.source}."


def _records(indicator: Declared, origin: Origin) -> Iterator[str]:
    vintages = origin.source.vintages(indicator.id, origin.scope) if indicator.dated else ""
    yield f"Millésimes : {vintages}." if vintages else ""
    yield f"Lignes retenues : {lines_counted(indicator, origin)}." if indicator.filter else ""
    counted = _counted(origin.source.rows_counted(indicator.id, origin.scope))
    yield f"Lignes comptées : {counted}." if counted else ""
    yield f"Données arrêtées au {french.day(origin.until)}." if origin.until else ""


def lines_counted(indicator: Declared, origin: Origin) -> str:
    """Say which rows of the records are kept for the year and the territory, as a part of a sentence."""
    year, place = origin.scope.year, origin.place
    if place:
        words = {
            "residents": f"jeunes résidant {french.at(place)} au 31 décembre",
            "lieu": f"commune {french.of(place)}",
            "quartiers": f"quartiers {french.of(place)}",
            "territoires": f"pour l'intercommunalité, la commune {french.of(place)} et ses quartiers prioritaires",
        }
    else:
        words = {
            "residents": "quelle que soit la commune de résidence des jeunes",
            "lieu": "de toutes les communes et sans commune",
            "quartiers": "tous les quartiers",
            "territoires": "pour tous les territoires",
        }
    return indicator.filter.format(annee=year, avant=year - 1, **words)


def _counted(used: Mapping[str, int | None]) -> str:
    """« 214 (suivis), 140 (jeunes) », a table that the source lacks being told so."""
    return ", ".join(
        f"{'table non fournie' if number is None else french.number(number)} ({TABLE_WORDS.get(table, table)})"
        for table, number in used.items()
    )
