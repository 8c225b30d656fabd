"""The year before, read from ``evolutions.csv``."""

from __future__ import annotations

from pathlib import Path

from rlpipeline.audit.arithmetic import Declared, check_own, former_figures
from rlpipeline.published.model import Bundle, Figure, FigureKey, Figures, Label, Place, Publication

HEADER = (
    "indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat", "annee_precedente",
    "valeur_precedente", "etat_precedent", "origine", "ecart", "comparable", "raison",
)  # fmt: skip


def row(line: str, before: str, origin: str = "calculé") -> tuple[str, ...]:
    return ("t", "2023", "service", line, "n", "1", "jeunes", "ok", "2022", before, "ok", origin, "", "oui", "")


def publication(*rows: tuple[str, ...]) -> Publication:
    place = Place("indicateurs.csv", "")
    keys = [FigureKey("t", 2023, "service", line, "n") for line in ("a", "b", "total")]
    figures = tuple(Figure(key, value, "jeunes", "ok", place) for key, value in zip(keys, (1, 2, 3), strict=True))
    labels = tuple(Label(key.ligne, key.ligne, "total" if key.ligne == "total" else "corps") for key in keys)
    columns = (Label("n", "N", "nombre"),)
    table = Bundle("t", "service", 2023, "T", "jeunes", "", "", "", labels, columns, figures, (), (), place)
    return Publication(
        directory=Path(), year=2023, csv=figures, bundles=(table,), cells=(), quotes=(), charts=(), texts=(),
        notebooks={}, pages={}, sheets={}, files={"evolutions.csv": (HEADER, *rows)},
        figures=Figures({figure.key: figure for figure in figures}),
    )  # fmt: skip


def findings(of: Publication) -> list[str]:
    figures = {**of.figures, **former_figures(of)}
    return [finding.key for finding in check_own(figures, of.bundles, Declared(2023))[0].findings]


def test_counted_figures_of_the_year_before_are_added_up() -> None:
    assert findings(publication(row("a", "4"), row("b", "5"), row("total", "9"))) == []
    assert findings(publication(row("a", "4"), row("b", "5"), row("total", "8"))) == [
        "total_colonne:t/2022/service/total/n"
    ]


def test_figures_of_a_printed_report_are_not_held_to_account() -> None:
    wrong = publication(row("a", "4", "publié"), row("b", "5", "publié"), row("total", "8", "publié"))
    assert former_figures(wrong) == {}
