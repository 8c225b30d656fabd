"""What a column most likely fills, as it is proposed, and why a column fills nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from rlpipeline.importing.cells import AGE, NOT_TICKS, TICKS
from rlpipeline.importing.fitting import (
    PLAUSIBLE,
    SURE,
    Fitting,
)
from rlpipeline.importing.rules import FILLED, LEFT
from rlpipeline.importing.slots import share
from rlpipeline.importing.words import IGNORED, Place, is_cancelled, telling_words
from rlpipeline.records.personal import personal_header, personal_values
from rlpipeline.records.tables import table_named

DELETED = "lignes supprimées"
PERSONAL = "une donnée personnelle"
NO_PLACE = "sans place dans le rapport"
EMPTY_COLUMN = "colonne vide"


@dataclass(frozen=True)
class Proposal:
    """What a column most likely fills.

    Parameters
    ----------
    header
        The column.
    decision
        Targets, or why it is left out.
    why
        What an inference rests on; empty where the name says it and the cells agree.
    others
        What else it might fill, the likeliest first.
    family
        What the columns are called together that one inference is about.
    """

    header: str
    decision: tuple[str, ...]
    why: str = ""
    others: tuple[str, ...] = ()
    family: str = ""


class LeavingOut(Fitting):
    """Why columns of a table fill nothing: totals, ages, codes whose words stand beside, what is personal."""

    def left_out(
        self, header: str, score: float, place: Place, values: Sequence[str], active: Sequence[str]
    ) -> Proposal | None:
        """What fills nothing, or fills it otherwise than by its name; None for the rest."""
        if (deletion := self._deletion(header, score, place, values)) is not None:
            return deletion
        if self._beside(header):
            return Proposal(header, ("ignorée : le code d'une colonne qui en donne les mots",))
        if self._are_ages(place, values, active):
            return Proposal(header, ("jeunes.date_naissance",), "des âges", (f"ignorée : {place[1]}",))
        if place[0] == IGNORED and score >= 0.6:
            how = "refusée" if place[1] == PERSONAL else "ignorée"
            return Proposal(header, (f"{how} : {place[1]}",))
        if place[0] == IGNORED or (not values and score < SURE):
            return Proposal(header, (f"ignorée : {NO_PLACE if values else EMPTY_COLUMN}",))
        return None

    def _deletion(self, header: str, score: float, place: Place, values: Sequence[str]) -> Proposal | None:
        """Rows that do not count, by a column that is named so or by one word among a few others, « Annulé »."""
        if place == (IGNORED, DELETED) and score >= 0.6 and (mark := self._mark_of_deletion(values)):
            return Proposal(header, (f"{LEFT}{mark}",), "son nom" if values else "")
        word = next((text for text in values if is_cancelled(text)), "") if self.again(header) else ""
        if word and score < SURE:
            return Proposal(header, (f"{LEFT}{word}",), "ses cellules", (f"ignorée : {NO_PLACE}",))
        return None

    def _mark_of_deletion(self, values: Sequence[str]) -> str:
        """What a cell says of a deleted row: a tick, or a day, and then any; empty where neither is sure."""
        if {text.casefold() for text in values} <= TICKS | NOT_TICKS:
            return next((text for text in values if text.casefold() in TICKS), "1")
        return FILLED if self.readable(("suivis", "date_debut"), values) >= 0.9 else ""

    def _are_ages(self, place: Place, values: Sequence[str], active: Sequence[str]) -> bool:
        """Whether a column of ages is all that is said of births."""
        said = max(scores.get(("jeunes", "date_naissance"), 0.0) for scores in self.scores.values())
        ages = (
            place[0] == IGNORED
            and place[1].startswith("un âge")
            and share(bool(AGE.fullmatch(text)) for text in values) >= 0.7
        )
        return ages and "jeunes" in active and bool(values) and said < PLAUSIBLE

    def _beside(self, header: str) -> bool:
        """Whether a column of codes has its words beside it: « Cod. nature », « Lib. nature »."""
        words = [*telling_words(header)]
        if sorted([*words, "libelle"]) in (sorted(telling_words(one)) for one in self.block.header):
            return True
        if "code" not in words:
            return False
        rest = [word for word in words if word != "code"]
        others = (
            [word for word in telling_words(one) if word != "libelle"] for one in self.block.header if one != header
        )
        return bool(rest) and rest in others

    def personal(self, header: str, values: Sequence[str], active: Sequence[str]) -> str | None:
        """What a column says of a person that no record may hold."""
        young = table_named(active[0]).about_young_people
        if young and (what := personal_header(header)):
            return what
        personal = personal_values(pa.array(values, pa.large_string()), identifier=False) if values else {}
        return next(iter(personal.values())) if len(personal) >= 0.3 * max(1, len(values)) and young else None
