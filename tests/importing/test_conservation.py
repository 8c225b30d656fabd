"""Rows, persons and sums are conserved, whatever an export holds: what went in came out, or is named.

Slow: exports that nobody drew.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlpipeline.importing.bringing import bring_in
from rlpipeline.settings.models import Service, load_service
from rlpipeline.settings.project import Project
from tests.importing import walking as a
from tests.importing.walking import Answers, export, service

NAMES = st.sampled_from(["Léa D.", "lea d", "Léa Durand", "Karim B", "KARIM B.", "Jade"])
HOURS = st.one_of(
    st.none(),
    st.sampled_from(["2h30", "1:15", "3", "0,5", "matinée", "45 min"]),
    st.floats(0, 9).map(lambda x: round(x, 2)),
)
DAYS = st.sampled_from(["03/04/2024", "15/03/2024", "2023-12-31", "printemps", None])
PLACES = st.sampled_from(["Carvin", "OIGNIES", "ailleurs", None])
TIMES = st.lists(st.tuples(DAYS, NAMES, PLACES, HOURS, HOURS), min_size=2, max_size=8)
MEETINGS = st.lists(st.tuples(DAYS, NAMES, PLACES), min_size=2, max_size=8)


def imported(
    root: Path, header: list[str], rows: list[tuple[object, ...]], said: dict[str, str]
) -> dict[str, dict[str, str]]:
    """Import rows whose unread words are left blank and whose near names are two; the account, by what is counted."""
    project = Project(
        root, str(root / "source"), root / "params", root / "outputs", root / "notebooks"
    )
    settled: Service = load_service(root / "params")
    files = [root / export(root, [header, *rows])]
    for _ in range(7):
        under_way = bring_in(project, settled, files)
        files = []
        if not under_way.waits:
            break
        answers = Answers(root)
        answers.answer(
            a.TABLES,
            {"tableau": "1"},
            {
                a.KIND: said["kind"],
                a.YEAR: "2024",
                a.COMMUNE: a.A_COLUMN,
                a.LAST: str(len(rows) + 1),
            },
        )
        for header_name, target in said.items():
            answers.answer(a.COLUMNS, {"en-tête": header_name}, {a.TARGET: target})
        for row in answers.rows(a.COLUMNS):
            if row[a.TARGET] not in ("", "ne pas reprendre"):
                for column, answer in ((a.EMPTY, a.NOTED), (a.ORDER, "jour/mois"), (a.UNIT, "h")):
                    if not row[column] and (
                        column != a.UNIT or row["en-tête"] in ("Rue", "Réunions")
                    ):
                        answers.put(a.COLUMNS, row, column, answer)
                if row["en-tête"] in ("Rue", "Réunions"):
                    answers.put(
                        a.COLUMNS,
                        row,
                        a.SAID,
                        "Travail de rue" if row["en-tête"] == "Rue" else "Formation",
                    )
        for row in answers.rows(a.WORDS):
            if not row[a.MEANING]:
                answers.put(a.WORDS, row, a.MEANING, a.BLANK)
        for row in answers.rows(a.PEOPLE):
            answers.put(a.PEOPLE, row, a.SAME, a.TWO)
        answers.accept()
        answers.save()
    assert not under_way.waits
    account = Answers(root).rows(a.ACCOUNT)
    assert [row for row in account if row["écart"] not in ("", "0")] == []
    return {row["ce qui est compté"]: row for row in account}


def hours(cell: object) -> float:
    known = {"2h30": 2.5, "1:15": 1.25, "3": 3, "0,5": 0.5, "45 min": 0.75, "matinée": 0, None: 0}
    return known[cell] if cell is None or isinstance(cell, str) else float(str(cell))


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TIMES)
def test_hours_are_conserved_to_the_minute(rows: list[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as folder:
        root = service(Path(folder))
        said = {"kind": "du temps", "Rue": "temps — heures", "Réunions": "temps — heures"}
        account = imported(root, ["Date", "Éducateur", "Commune", "Rue", "Réunions"], rows, said)
        total = sum(hours(cell) for row in rows for cell in row[3:])
        told = account.get("total : heures", {"dans les données": "0"})["dans les données"]
        assert abs(float(told.replace(",", ".")) - total) < 1 / 60


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MEETINGS)
def test_meetings_and_persons_are_conserved(rows: list[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as folder:
        root = service(Path(folder))
        said = {"kind": "une rencontre", "Qui": "le jeune — nom et prénom"}
        imported(root, ["Date", "Qui", "Commune"], rows, said)
        written = root / "brouillon-import/presences.csv"
        lines = written.read_text(encoding="utf-8").splitlines()[1:] if written.exists() else []
        names = [
            str(name).casefold().replace(".", "").replace("é", "e")
            for day, name, place in rows
            if day or place
        ]
        spelt = {frozenset(name.split()) for name in names}
        assert len({line.rsplit(",", 1)[1] for line in lines}) <= len(spelt)
        assert len(lines) <= len(rows)
