from pathlib import Path

import rlpipeline
from rlpipeline.errors import RlpipelineError


def figures() -> dict[str, str]:
    report = rlpipeline.open_report(2023)
    tables = report.indicators()["id"]
    return {
        table: report.indicator(table)[["ligne", "colonne", "valeur", "etat"]].to_csv()
        for table in tables
    }


whole = figures()
for name in ("actions", "demandes", "jeunes", "problematiques", "situations", "temps"):
    path = Path("source", f"{name}.csv")
    kept = path.read_bytes()
    path.unlink()
    codes = " ".join(finding.code for finding in rlpipeline.check())
    try:
        now = figures()
        changed = ", ".join(table for table in whole if whole[table] != now.get(table))
        print(f"{name} [{codes}] : {changed}")
    except RlpipelineError as error:
        print(f"{name} [{codes}] : {error.what}")
    path.write_bytes(kept)
