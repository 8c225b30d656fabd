"""What may be known of a figure: the one list of its states, of the reasons why it is not shown, and of their words.

The words are in ``states.yml``. Tables, charts, cards, sentences, workbooks and files take them here, and who reads a
finished page finds the states by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rlpipeline.settings.strict_yaml import packaged

OK, NC, PARTIEL, ARRONDI, MASQUE, VIDE = "ok", "nc", "partiel", "arrondi", "masque", "vide"
STATES = (OK, NC, PARTIEL, ARRONDI, MASQUE, VIDE)
"""States of the figures of a store."""
WITHOUT_VALUE = (NC, MASQUE, VIDE)
WITH_NUMBER = frozenset({OK, PARTIEL, ARRONDI})
UNCERTAIN = "incertain"
"""State of a share, a sum or a change of rounded figures that are too coarse to say it."""
ABSENT, UNIT = "absent", "unite"
"""Reasons why two years are not compared, beside the states of either."""
ZERO, NOT_ENTERED, NOT_FILLED = "zero", "non_saisi", "non_fourni"
TOO_SMALL, ALIKE = "petits", "semblables"
"""Reasons why nothing is shown, beside the states."""


@dataclass(frozen=True)
class StateWords:
    """The words of a state.

    Parameters
    ----------
    cell
        What a cell says where there is no number, or the mark beside one.
    word, feminine
        In full, within a sentence.
    meaning
        What it means, in a legend or a dictionary; ``{base}`` is what a rounded figure is a multiple of.
    no_chart
        Why there is no chart of such figures.
    """

    cell: str = ""
    word: str = ""
    feminine: str = ""
    meaning: str = ""
    no_chart: str = ""


def _words(written: Mapping[str, str]) -> StateWords:
    named = ("cellule", "mot", "feminin", "sens", "graphique")
    return StateWords(*(written.get(name, "") for name in named))


_FRENCH = packaged("states.yml")
WORDS: Mapping[str, StateWords] = {state: _words(of) for state, of in _FRENCH["etats"].items()}
REASONS: Mapping[str, str] = _FRENCH["raisons"]
LISTS: Mapping[str, str] = _FRENCH["listes"]
CHANGES: Mapping[str, str] = _FRENCH["evolutions"]
CELLS: Mapping[str, str] = {state: WORDS[state].cell for state in WITHOUT_VALUE}
"""What a cell without a number says."""
PARTIAL_MARK = WORDS[PARTIEL].cell
SIGN = WORDS[ARRONDI].cell.replace(" ", "\u00a0")
"""Before a rounded number; aloud, ``ABOUT``."""
ABOUT = WORDS[ARRONDI].word
AT_LEAST: str = _FRENCH["au_moins"]
"""Before a partial total in a sentence."""
BELOW = str(_FRENCH["moins_de"]["cellule"]).partition(" {")[0]
"""First words of what is rounded to zero."""
NOT_SHARED: str = LISTS["non_diffuse"].strip(" :.")
"""Of a name or a text that the edition to share leaves out."""
UNMEASURED = WORDS[UNCERTAIN].word


def below(base: float) -> str:
    """Write what is known of a figure rounded to zero: « moins de 5 »."""
    return str(_FRENCH["moins_de"]["cellule"]).format(base=f"{base:.12g}")


def below_means(base: int) -> str:
    """Say what « moins de 5 » covers: « de 0 à 4 »."""
    return str(_FRENCH["moins_de"]["sens"]).format(plus_grand=base - 1)


def rounded_means(bases: Iterable[int]) -> str:
    """Say what a rounded figure is, of a base or of several: « à un multiple de 5 ou de 10 »."""
    return WORDS[ARRONDI].meaning.format(base=" ou de ".join(map(str, bases)))


def legend(state: str) -> str:
    """Say under a table what a state of its cells means: « nc : non communiqué. »; a mark says its own name."""
    words = WORDS[state]
    parted = " " if state == PARTIEL else " : "
    return f"{words.cell}{parted}{words.meaning}."
