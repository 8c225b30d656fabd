"""Printed reports whose errors are known: what is told of tables, dates and sections; nothing certain that is false."""

from __future__ import annotations

import csv
import json
import random
import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from rlpipeline.checks.printed import CHECKS, Misprint, audit_printed
from rlpipeline.cli import main

HERE = Path(__file__).parent
REPORTS = {"2023": HERE.parents[2] / "data" / "imprime" / "2023"} | {
    folder.name: folder / "rapport"
    for folder in sorted(HERE.iterdir())
    if (folder / "rapport").is_dir()
}
HEALTHY = [folder.parent / "sain" for name, folder in REPORTS.items() if name != "2023"]
RECALL, PRECISION, TOLD = 0.75, 0.9, 0.5
Entry = dict[str, str]
audit = cache(audit_printed)


def entries(name: str, kind: str) -> list[Entry]:
    path = HERE / name / f"{kind}.csv"
    return list(csv.DictReader(path.read_text("utf-8").splitlines())) if path.is_file() else []


def told(finding: Misprint, entry: Entry) -> bool:
    """Whether a finding is of the kind and in the file of an entry, and speaks of its landmark."""
    place = re.sub(r"\s", "", finding.lieu + finding.imprime + finding.message).casefold()
    landmark = re.sub(r"\s", "", entry["repere"].strip("-")).casefold()
    same_file = Path(finding.fichier).name in entry["fichier"].split("|")
    return (
        same_file
        and landmark in place
        and finding.controle in entry.get("controle", finding.controle).split("|")
    )


def test_recall_is_told_and_nothing_certain_is_false(capsys: pytest.CaptureFixture[str]) -> None:
    lines, asked, seen = [], 0, 0
    for name, folder in REPORTS.items():
        every = entries(name, "attendus")
        expected = [entry for entry in every if {*entry["controle"].split("|")} & CHECKS.keys()]
        found = [
            entry for entry in expected if any(told(finding, entry) for finding in audit(folder))
        ]
        right = [*expected, *entries(name, "consequences")]
        false = [
            finding for finding in audit(folder) if not any(told(finding, entry) for entry in right)
        ]
        missed = Counter(
            entry["controle"].split("|")[0] for entry in expected if entry not in found
        )
        counts = f"{len(found)}/{len(expected)} (toutes sortes : {len(every)}), {len(false)} faux/{len(audit(folder))}"
        lines.append(f"{name:<10} {counts} ; manqués : {dict(missed)}")
        asked, seen = asked + len(expected), seen + len(found)
        assert not [finding for finding in false if finding.certitude == "certain"]
        assert len(false) <= (1 - PRECISION) * len(audit(folder))
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert seen >= RECALL * asked


def test_a_report_without_errors_raises_nothing_certain() -> None:
    for folder in HEALTHY:
        assert not [finding for finding in audit(folder) if finding.certitude == "certain"]
        assert len(audit(folder)) <= 1


def test_most_totals_changed_at_random_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = random.Random(1)
    changed = seen = 0
    for path in sorted(path for folder in HEALTHY for path in (folder / "tableaux").glob("*.csv")):
        lines = path.read_text("utf-8").splitlines()
        totals = [
            at
            for at, line in enumerate(lines)
            if re.match(r'"?(total|ensemble)\b', line, re.IGNORECASE)
        ]
        if digits := [
            (at, place) for at in totals for place, char in enumerate(lines[at]) if char.isdigit()
        ]:
            at, place = draw.choice(digits)
            wrong = str((int(lines[at][place]) + draw.randint(1, 8)) % 10)
            lines[at] = lines[at][:place] + wrong + lines[at][place + 1 :]
            (tmp_path / "t.csv").write_text("\n".join(lines), "utf-8")
            changed, seen = changed + 1, seen + bool(audit_printed(tmp_path))
    with capsys.disabled():
        sys.stdout.write(f"\ntotaux changés au hasard : {seen} signalés sur {changed}\n")
    assert changed > 50
    assert seen >= TOLD * changed


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("âge,F,G\nA,1,2\nB,3,4\nC,5,6\nTotal,9,13\n", ["total_colonne"]),
        ("âge,F,G,H\nA,1,2,1\nB,3,4,1\nC,5,6,1\nTotal,9,12,\n", ["total_absent"]),
        ("âge,F,G\nA,1,2\nB,3,4\nC,5,6\nTotal,9,12\n", []),
        ("Plusieurs réponses possibles\nâge,F,G\nA,1,2\nB,3,4\nTotal,4,5\n", []),
        (
            "lieu,nombre,part\nA,10,10 %\nB,20,20 %\nC,30,33 %\nD,40,40 %\nTotal,100,100 %\n",
            ["pourcentage"],
        ),
        ("lieu,F,G\nSous-total A,1,2\nSous-total B,3,4\nTotal,4,7\n", ["total_colonne"]),
        ("lieu,F,G,H\nTotal,4,6,9\nA,1,2,4\nB,3,4,4\n", ["total_colonne"]),
        ("fait,début,fin\nCamp,12/07/2023,10/07/2023\n", ["dates"]),
    ],
)
def test_one_fault_of_a_table(text: str, kind: list[str], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text, "utf-8")
    assert [finding.controle for finding in audit_printed(tmp_path)] == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Le 31 avril 2023, une sortie.", ["dates"]),
        ("Le 29 février 2024, une sortie.", []),
        ("Un camp du 12 au 7 juillet 2023.", ["dates"]),
        ("# Un\n\n## Deux\n\nDu texte.\n\n## Trois\n", ["section_vide"]),
        (f"# Un\n\n{'Ce long passage est imprimé ici ' * 4}\n\n" * 2, ["section_repetee"]),
    ],
)
def test_one_fault_of_a_text(text: str, kind: list[str], tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text(text, "utf-8")
    assert [finding.controle for finding in audit_printed(tmp_path)] == kind


def test_the_command_tells_in_words_or_for_a_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.md").write_text("Le 31 avril 2023.\n", "utf-8")
    assert main(["audit", "--printed", str(tmp_path)]) == 3
    assert "Ce jour n'existe pas" in capsys.readouterr().out
    assert main(["audit", "--printed", str(tmp_path), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)[0]["controle"] == "dates"
    assert main(["audit", "--printed", str(tmp_path / "absent")]) == 2
