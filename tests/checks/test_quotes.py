"""What the texts print and what the audit works out anew from the same figures, by two codes that share none."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from rlpipeline.checks.model import Figure
from rlpipeline.checks.shown_values import Quote, key_of, parse, read_quotes, says
from rlpipeline.declared import FigureKey
from rlpipeline.display.cells import Reference
from rlpipeline.display.prose import Bound, Prose
from rlpipeline.display.text import mark, to_html
from rlpipeline.observations import Observation as Cell

NAN = float("nan")
VALUES: Mapping[str, tuple[Cell, Cell]] = {
    "un": (Cell(1, "jeunes", "ok"), Cell(4, "jeunes", "ok")),
    "hausse": (Cell(114, "jeunes", "ok"), Cell(97, "jeunes", "ok")),
    "stable": (Cell(1000, "jeunes", "ok"), Cell(1010, "jeunes", "ok")),
    "de_zero": (Cell(3, "jeunes", "ok"), Cell(0, "jeunes", "ok")),
    "zero": (Cell(0, "jeunes", "ok"), Cell(0, "jeunes", "ok")),
    "partiel": (Cell(35, "jeunes", "partiel"), Cell(35, "jeunes", "ok")),
    "nc": (Cell(NAN, "jeunes", "nc"), Cell(3, "jeunes", "ok")),
    "vide": (Cell(NAN, "%", "vide"), Cell(3, "%", "ok")),
    "masque": (Cell(NAN, "jeunes", "masque"), Cell(3, "jeunes", "ok")),
    "taux": (Cell(13.6, "%", "ok"), Cell(15.9, "%", "ok")),
    "taux_nc": (Cell(NAN, "%", "nc"), Cell(15.9, "%", "ok")),
    "euros": (Cell(1234.5, "euros", "ok"), Cell(1000, "euros", "ok")),
    "arrondi": (Cell(25, "jeunes", "arrondi", 5), Cell(10, "jeunes", "arrondi", 5)),
    "arrondi_proche": (Cell(25, "jeunes", "arrondi", 5), Cell(20, "jeunes", "arrondi", 5)),
    "arrondi_nul": (Cell(0, "jeunes", "arrondi", 5), Cell(15, "jeunes", "arrondi", 5)),
    "arrondi_sensible": (Cell(20, "jeunes", "arrondi", 10), Cell(40, "jeunes", "arrondi", 10)),
    "arrondi_exact": (Cell(45, "jeunes", "arrondi", 5), Cell(31, "jeunes", "ok")),
    "arrondi_grand": (Cell(1005, "jeunes", "arrondi", 5), Cell(1000, "jeunes", "arrondi", 5)),
    "petit": (Cell(17, "jeunes", "ok"), Cell(20, "jeunes", "ok")),
    "moyen": (Cell(47, "jeunes", "ok"), Cell(52, "jeunes", "ok")),
    "grand": (Cell(114, "jeunes", "ok"), Cell(110, "jeunes", "ok")),
    "total": (Cell(2000, "jeunes", "ok"), Cell(1500, "jeunes", "ok")),
}


def lookup(reference: Reference) -> Cell:
    return VALUES[reference.ligne][0 if reference.year == 2023 else 1]


def published() -> Iterator[Figure]:
    for line, both in VALUES.items():
        for year, cell in zip((2023, 2022), both, strict=True):
            key = FigureKey("exemple", year, "service", line, "total")
            yield Figure(
                key,
                cell.value if cell.is_number else None,
                cell.unit,
                cell.state,
                "indicateurs.csv",
                cell.slack,
            )


PROSE = Prose(lookup, 2023, "service")
FIGURES = {figure.key: figure for figure in published()}


def is_said(quote: Quote) -> bool:
    return says(quote, FIGURES[key_of(quote)], FIGURES.get)


def read(html: str) -> tuple[Quote, ...]:
    return tuple(read_quotes(parse(f'<div data-texte="x">{html}</div>'), "rapport.html"))


def bound(line: str, prose: Prose = PROSE) -> Iterator[Bound]:
    call = prose.functions
    for sinon in (None, "ce que nul ne sait"):
        at = {"id": "exemple", "ligne": line, "colonne": "total", "sinon": sinon}
        wholes = [{"sur": (of, "total")} for of in ("total", "petit", "moyen", "grand")]
        counted = [call["chiffre"](**at), call["part"](**at), call["part"](**at, decimales=1)]
        counted += [
            call["part"](**at, sur=(of, "total")) for of in ("petit", "moyen", "grand", "arrondi")
        ]
        counted += [call["evolution"](**at, forme=shape) for shape in ("pourcentage", "nombre")]
        yield from counted
        for one, plural in itertools.product(counted, ("jeunes", "élèves", "des jeunes")):
            yield call["accord"](one, "jeune", plural)
            yield call["accord"](one, "jeune", plural, nombre=False)
        yield from (
            call["tendance"](**at, pluriel=several, **more)
            for several in (0, 1)
            for more in ({}, *wholes)
        )


def spans(line: str, prose: Prose = PROSE) -> str:
    return "".join(mark(one) for one in bound(line, prose))


@pytest.mark.parametrize("line", VALUES)
def test_the_audit_reads_what_the_texts_print(line: str) -> None:
    quotes = read(spans(line))
    assert len(quotes) > 60
    assert [quote for quote in quotes if not is_said(quote)] == []


@pytest.mark.parametrize("line", VALUES)
def test_also_where_nothing_is_comparable(line: str) -> None:
    quotes = read(spans(line, Prose(lookup, 2023, "service", lambda *of: False)))
    assert [quote for quote in quotes if not is_said(quote)] == []


def _other_digit(quote: Quote) -> Quote:
    """The last digit of the number that a quotation says, one more or one less."""
    number = re.search(r"\d[\d\u202f]*(?:,\d+)?", quote.words)
    assert number
    digit = number[0][-1]
    end = number.end()
    return replace(
        quote,
        words=f"{quote.words[: end - 1]}{int(digit) - 1 if int(digit) else 1}{quote.words[end:]}",
    )


@pytest.mark.parametrize("line", VALUES)
def test_another_number_is_found(line: str) -> None:
    quotes = [quote for quote in read(spans(line)) if any(sign.isdigit() for sign in quote.words)]
    wrong = [quote for quote in quotes if is_said(_other_digit(quote))]
    assert wrong == []


@pytest.mark.parametrize("line", ["hausse", "de_zero", "taux", "arrondi", "arrondi_sensible"])
def test_another_direction_is_found(line: str) -> None:
    quotes = [quote for quote in read(spans(line)) if quote.words in {"en hausse", "en baisse"}]
    assert quotes
    turned = {"en hausse": "en baisse", "en baisse": "en hausse"}
    assert not [quote for quote in quotes if is_said(replace(quote, words=turned[quote.words]))]


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("moins de 65 %", True), ("moins de 50 %", False), ("plus de 40 %", True), ("plus de 55 %", False),
        ("moins de 85 %", False), ("moins de 64 %", False), ("la moitié", True), ("un tiers", False),
    ],
)  # fmt: skip
def test_a_limit_is_beyond_all_that_a_rounded_share_may_be(words: str, holds: bool) -> None:
    """About 25, base 5, of 47: 53 %, from 45 to 62."""
    options = {"sur": "exemple/moyen/total"}
    place = ("exemple", "arrondi", "total"), "service", 2023
    assert is_said(Quote("part", *place, options, words, "rapport.html")) == holds


CALL = '{{ chiffre("exemple", "arrondi", "total") }}'


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (f"Ils sont {CALL}.", "Ils sont environ 25."),
        (
            f"Nous disons que **{CALL}** jeunes viennent.",
            "Nous disons qu'environ 25 jeunes viennent.",
        ),
        (f"Ils sont environ {CALL}.", "Ils sont environ 25."),
        (f"Ils étaient près de {CALL}.", "Ils étaient près de 25."),
        (f"{CALL} jeunes.", "Environ 25 jeunes."),
    ],
)
def test_a_rounded_figure_is_said_to_be_about_once(source: str, shown: str) -> None:
    html = to_html(source, Path("x.md"), PROSE)
    assert "".join(parse(html).itertext()).strip() == shown
    (quote,) = read(html)
    assert is_said(quote)
    assert not is_said(replace(quote, words=quote.words.replace("25", "30")))
