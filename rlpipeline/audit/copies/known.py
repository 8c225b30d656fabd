"""Figures of the year and of the year before, wherever the publication carries them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.published import Figure, FigureKey, FormerFigure, Publication
from rlpipeline.published.figures import elsewhere

PRINTED = "publié"


@dataclass(frozen=True)
class Known:
    """Figures by key.

    Parameters
    ----------
    figures
        Those of ``indicateurs.csv``.
    former
        Those of the year before that the notebooks carry.
    tables
        The same, by table, year and territory.
    rare
        As :class:`~rlpipeline.published.Publication` has it.
    """

    figures: Mapping[FigureKey, Figure]
    former: Mapping[FigureKey, FormerFigure]
    tables: Mapping[tuple[str, int, str], Sequence[Figure]]
    rare: frozenset[str]

    @classmethod
    def of(cls, publication: Publication) -> Known:
        """Gather the figures of a publication."""
        before = (one for bundle in publication.bundles for one in bundle.former)
        return cls._gathered(publication.figures, before, publication.rare)

    @classmethod
    def _gathered(
        cls, figures: Mapping[FigureKey, Figure], before: Iterable[FormerFigure], rare: frozenset[str]
    ) -> Known:
        former: dict[FigureKey, FormerFigure] = {}
        for one in before:
            former.setdefault(one.figure.key, one)
        tables: dict[tuple[str, int, str], list[Figure]] = {}
        for figure in (*figures.values(), *(one.figure for one in former.values())):
            tables.setdefault(figure.key[:3], []).append(figure)
        return cls(figures, former, tables, rare)

    def _elsewhere(self, key: FigureKey) -> Known | None:
        """The figures of another part's table."""
        rows = elsewhere(self.figures, key)
        if not rows:
            return None
        return self._gathered({figure.key: figure for figure in rows.figures}, rows.former, self.rare)

    def find(self, key: FigureKey) -> Figure | None:
        """Give a figure; what a table of the year before did not count is not applicable, zero for a rare code."""
        other = self._elsewhere(key)
        if other is not None:
            return other.find(key)
        if key in self.figures:
            return self.figures[key]
        return self.former[key].figure if key in self.former else self._uncounted(key)

    def _uncounted(self, key: FigureKey) -> Figure | None:
        same = self.tables.get(key[:3], ())
        first = self.former.get(same[0].key) if same else None
        if first is None:
            return None
        if first.origine == PRINTED:
            return Figure(key, None, "", "nc", first.figure.place)
        if {key.ligne, key.colonne} & self.rare:
            return Figure(key, 0.0, "", "ok", first.figure.place)
        return Figure(key, None, "", "vide", first.figure.place)

    def added(self, key: FigureKey) -> Figure | None:
        """Give the sum over the columns of a line of the figures in one unit, which is the column of the key.

        Returns
        -------
        None where the table is not known; ``partiel`` where some are not known.
        """
        other = self._elsewhere(key)
        if other is not None:
            return other.added(key)
        table = self.tables.get(key[:3])
        if table is None:
            return None
        same = [figure for figure in table if (figure.key.ligne, figure.unite) == (key.ligne, key.colonne)]
        if not same:
            return None
        states = {figure.etat for figure in same}
        values = [figure.valeur for figure in same if figure.valeur is not None]
        state = next(iter(states)) if len(states) == 1 else "partiel"
        return Figure(key, sum(values) if values else None, key.colonne, state, same[0].place)
