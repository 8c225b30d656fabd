"""Values as printed: French numbers with their unit, marks of absence, counts followed by their share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rlpipeline.printed_report.labels import fold

NUMBER = r"[-−+]?(?:\d{1,3}(?: \d{3})+|\d+)(?:[.,]\d+)?"
VALUE = re.compile(rf"^(?:env(?:\.|iron) ?|≈ ?|~ ?)?(?P<number>{NUMBER})\s*(?P<rest>.*)$")
SHARE = re.compile(rf"^\(\s*(?:soit )?(?P<share>{NUMBER})\s*%\s*\)$|^[/,;:–-]?\s*(?:soit )?(?P<bare>{NUMBER})\s*%$")
HOURS = re.compile(
    r"^(?P<sign>[-−+]?) ?(?P<hours>\d{1,3}(?: \d{3})+|\d+) ?h(?:eures?)? ?(?P<minutes>[0-5]\d)(?: ?min)?$"
)
MARK = re.compile(
    r"^(?:n\.? ?[cdrs]\.?|non (?:communique|renseigne|connu|disponible|concerne|significatif)e?s?|s\.? ?o\.?|sans objet"
    r"|[-–—/?*x.…]|\.\.\.|--+|neant)$"
)
UNITS = {
    "h": "heures", "heure": "heures", "hrs": "heures", "euro": "euros", "€": "euros", "eur": "euros", "k€": "k€",
    "etp": "etp", "jour": "jours", "j": "jours", "jeune": "jeunes", "famille": "familles", "seance": "seances",
}  # fmt: skip
LONGEST_UNIT = 3
"""Words after a number beyond which the cell is a sentence, not a value."""


@dataclass(frozen=True)
class Cell:
    """One printed cell.

    Parameters
    ----------
    text
        As printed, spaces folded.
    value
        The number, ``None`` where the cell holds none or more than one.
    unit
        What follows the number (``%``, ``heures``…), folded.
    share
        Second number of « 42 (37 %) ».
    decimals, share_decimals
        Digits printed after the comma.
    mark
        The mark of absence as printed, ``""`` if none (an empty cell has none).
    line
        Line of the file.
    """

    text: str
    value: float | None = None
    unit: str = ""
    share: float | None = None
    decimals: int = 0
    share_decimals: int = 0
    mark: str = ""
    line: int = 0

    @property
    def empty(self) -> bool:
        """Nothing is printed."""
        return not self.text

    @property
    def words(self) -> bool:
        """The cell holds words rather than a value or a mark."""
        return bool(self.text) and self.value is None and not self.mark


def read_cell(printed: str, line: int = 0) -> Cell:
    """Read one cell as printed.

    Returns
    -------
    Cell
        With a value where the cell is one number and its unit, a mark where it says that there is none.
    """
    text = re.sub(r"\s+", " ", re.sub("[\u00a0\u202f\u2009]", " ", printed)).strip()
    if MARK.match(fold(text)):
        return Cell(text, mark=text, line=line)
    if hours := HOURS.match(fold(text)):
        value = int(hours["hours"].replace(" ", "")) + int(hours["minutes"]) / 60
        return Cell(text, -value if hours["sign"] in {"-", "−"} else value, "heures", decimals=2, line=line)
    match = VALUE.match(text)
    if not match:
        return Cell(text, line=line)
    value, decimals = _number(match["number"])
    if share := SHARE.match(match["rest"]):
        part, part_decimals = _number(share["share"] or share["bare"])
        return Cell(text, value, share=part, decimals=decimals, share_decimals=part_decimals, line=line)
    rest = match["rest"].rstrip("*¹²³ ")
    if re.search(r"\d", rest) or len(rest.split()) > LONGEST_UNIT or rest.startswith(("/", "-", "–", "à ")):
        return Cell(text, line=line)
    return Cell(text, value, _unit(rest), decimals=decimals, line=line)


def _number(printed: str) -> tuple[float, int]:
    plain = printed.replace(" ", "").replace("−", "-").replace(",", ".")
    return float(plain), len(plain.partition(".")[2])


def _unit(words: str) -> str:
    folded = fold(words).strip("().")
    return UNITS.get(folded, UNITS.get(folded.removesuffix("s"), folded))


def shown(value: float, decimals: int | None = None) -> str:
    """Write a number as a French report prints it: thin groups of three, a comma, no useless zero."""
    if decimals is None:
        rounded = round(value, 4)
        text = f"{rounded:,.4f}".rstrip("0").rstrip(".")
    else:
        text = f"{value:,.{decimals}f}"
    return text.replace(",", " ").replace(".", ",")


def sum_shown(values: tuple[float, ...]) -> str:
    """Write a sum out: « 24 + 31 + 12 = 67 »; zeros are left out, for they hide the rest."""
    terms = [value for value in values if value] or [0.0]
    return f"{' + '.join(shown(value) for value in terms)} = {shown(sum(terms))}"
