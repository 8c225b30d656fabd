"""The transcription adds up where the print does, and each exception shows two printed places that disagree."""

import pytest

from tests.transcription import FOLDER, KEY, exceptions, transcription

Key = tuple[str, ...]
CONTRADICTIONS = {"somme", "familles", "effectif", "colonne"}
COPIES = {"recopie"}
JUDGED = {"invraisemblable"}


@pytest.fixture(scope="module")
def cells() -> dict[Key, float]:
    table = transcription()
    return dict(zip(table[KEY].itertuples(index=False, name=None), table["valeur"], strict=True))


@pytest.fixture(scope="module")
def stated() -> list[dict[str, str]]:
    return [{str(k): str(v) for k, v in row.items()} for row in exceptions().to_dict("records")]


def places(text: str) -> list[Key]:
    return [tuple(part.split("|")) for part in text.split(";")] if text else []


def key_of(row: dict[str, str]) -> Key:
    return tuple(row[name] for name in KEY)


def printed(row: dict[str, str]) -> float:
    return float(row["imprime"] or 0)


def test_each_cell_is_transcribed_once() -> None:
    assert not transcription().duplicated(KEY).any()


def test_the_number_is_the_one_of_the_printed_text() -> None:
    table = transcription()
    plain = table[
        table["imprime"].str.fullmatch(r"[\d  ]+(?:[.,]\d+)?(?: ?(?:h|%|JEUNES|séances?|jours?))?")
    ]
    text = (
        plain["imprime"].str.replace(r"[^\d.,]", "", regex=True).str.replace(",", ".").astype(float)
    )
    assert len(plain) > 380
    assert (text == plain["valeur"]).all()


def test_a_blank_is_zero_or_unknown() -> None:
    blank = transcription().query("imprime == ''")
    assert set(blank["valeur"].dropna()) == {0.0}


def test_no_individual_is_named() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.csv"))
    assert "@" not in text
    assert not any(title in text for title in ("Mme ", "M. ", "Monsieur", "Madame"))


def test_every_sum_of_the_exceptions_is_right(
    cells: dict[Key, float], stated: list[dict[str, str]]
) -> None:
    for row in stated:
        assert sum(cells[place] for place in places(row["cellules"])) == float(row["somme"]), row[
            "explication"
        ]
        assert printed(row) == cells[key_of(row)]


@pytest.mark.parametrize("nature", sorted(CONTRADICTIONS | COPIES | JUDGED))
def test_every_exception_contradicts_another_printed_place(
    nature: str, cells: dict[Key, float], stated: list[dict[str, str]]
) -> None:
    rows = [row for row in stated if row["nature"] == nature]
    assert rows
    for row in rows:
        shows = {
            "somme": sums_differ,
            "familles": families_were_added,
            "effectif": cohort_differs,
            "colonne": column_differs,
            "recopie": was_copied,
            "invraisemblable": is_far_above,
        }[nature]
        assert shows(row, cells), row["explication"]


def sums_differ(row: dict[str, str], cells: dict[Key, float]) -> bool:
    """The total is not the sum of its cells."""
    return float(row["somme"]) == float(row["calcule"]) != printed(row)


def families_were_added(row: dict[str, str], cells: dict[Key, float]) -> bool:
    """The total is the persons plus the families, where another printed total leaves the families out."""
    indicator, territory, _, action = key_of(row)
    families = cells[(indicator, territory, "familles", action)]
    ((witness_id, witness_place, _, witness_action),) = places(row["temoins"])
    persons = sum(
        cells[(witness_id, witness_place, age, witness_action)]
        for age in ("moins_11", "11_14", "15_18", "19_21", "plus_21")
    )
    without = cells[(witness_id, witness_place, "total", witness_action)] == persons
    has_families = cells[(witness_id, witness_place, "familles", witness_action)] > 0
    return (
        without and has_families and float(row["somme"]) + families == printed(row) and families > 0
    )


def cohort_differs(row: dict[str, str], cells: dict[Key, float]) -> bool:
    """Every other printed count of the accompagnés of that age agrees, and not with this total."""
    others = {float(row["somme"]), *(cells[place] for place in places(row["temoins"]))}
    return others == {float(row["calcule"])} and printed(row) not in others


def column_differs(row: dict[str, str], cells: dict[Key, float]) -> bool:
    """The printed column has as many too many, or too few, as the cell is corrected by."""
    cohort = {cells[place] for place in places(row["temoins"])}
    excess = float(row["somme"]) - cohort.pop()
    return not cohort and excess == printed(row) - float(row["calcule"]) != 0


def was_copied(row: dict[str, str], cells: dict[Key, float]) -> bool:
    """The line above, another quantity, has the very same number for the same territory."""
    ((indicator, _, line, column),) = places(row["cellules"])
    return (
        (indicator, column) == (row["indicateur"], row["colonne"])
        and line != row["ligne"]
        and float(row["somme"]) == printed(row)
    )


def is_far_above(row: dict[str, str], cells: dict[Key, float]) -> bool:
    """A judgement: half as much again as any other number of the line, most of which are copies."""
    line = [
        v
        for k, v in cells.items()
        if k[0] == row["indicateur"] and k[2] == row["ligne"] and k != key_of(row)
    ]
    return len(line) == 5 and printed(row) > 1.5 * max(line)


def test_corrected_situations_keep_every_other_total(
    cells: dict[Key, float], stated: list[dict[str, str]]
) -> None:
    fixed = dict(cells)
    fixed.update(
        {key_of(row): float(row["calcule"]) for row in stated if row["indicateur"] == "situations"}
    )
    lines = {key[2] for key in fixed if key[0] == "situations"} - {"total"}
    ages = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
    for line in lines:
        assert (
            sum(fixed[("situations", "service", line, age)] for age in ages)
            == fixed[("situations", "service", line, "total")]
        )
    for age in ages:
        column = sum(fixed[("situations", "service", line, age)] for line in lines)
        assert column == fixed[("situations", "service", "total", age)]
        assert column == fixed[("accompagnes", "service", age, "total")]
