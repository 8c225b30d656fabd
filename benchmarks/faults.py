"""What ``check`` tells of faults drawn by others: ``python -m benchmarks.faults FOLDER… [--detail]``.

A folder holds ``clean/``, ``odd/`` (valid and unusual) and ``faulty/`` (one fault each) services, each with ``source/``
and ``params/``, and ``truth.yml``: name, kind, tables, columns of each fault. What is said of the bases before their
fault is not known, so a code that clean services have, of the same table, is none of the fault.

A fault is told by a finding on a table and a column that are wrong; elsewhere it is a symptom. Both are candidates:
``judged.yml`` (name: told, symptom or not told) holds what a reader of the sentences decided, where it is given.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from rlpipeline.records.findings import Finding
from rlpipeline.records.store import check, read_expected
from rlpipeline.settings.models import load_service

KINDS = ("told", "symptom", "not told")
Truth = dict[str, Any]


def found_in(service: Path) -> list[Finding]:
    """Check a service, whose source is a folder or the one workbook in it; what the contract has said is no finding."""
    source = service / "source"
    workbooks = [*source.glob("*.xlsx")]
    place = workbooks[0] if workbooks and not [*source.glob("*.csv")] else source
    params = service / "params"
    items = check(str(place), load_service(params), read_expected(params).or_today())
    return [item for item in items if item.gravite != "information"]


def is_question(item: Finding) -> bool:
    return item.code.startswith("Q")


def verdict(fault: Truth, items: Iterable[Finding], usual: Counter[tuple[str, str]]) -> str:
    """Whether a fault is told: by the table and the column of a finding."""
    others = [item for item in items if not usual[item.code, item.table]]
    tables = [item for item in others if item.table in fault["tables"]]
    columns = {
        name for name in fault.get("columns", ()) if "(" not in name
    }  # « (lignes absentes) »
    if any(columns & {*(item.colonne or "").split(", ")} or not columns for item in tables):
        return "told"
    return "symptom" if others else "not told"


def measure(folder: Path, detail: bool) -> None:
    """Print what is told of the services of a folder."""
    usual: Counter[tuple[str, str]] = Counter()
    for kind in ("clean", "odd"):
        services = sorted((folder / kind).iterdir())
        found = {service.name: found_in(service) for service in services}
        told = {name: [i for i in items if not is_question(i)] for name, items in found.items()}
        asked = sum(len(items) for items in found.values()) - sum(map(len, told.values()))
        accused, number = sum(map(bool, told.values())), sum(map(len, told.values()))
        print(
            f"{kind}: {len(found)} services, {accused} accused, {number} findings, {asked} questions"
        )
        for name, items in found.items():
            if kind == "clean":
                usual.update({(item.code, item.table) for item in items})
            _print_items(name, items, detail)
    truth = yaml.safe_load((folder / "truth.yml").read_text("utf-8"))
    judged_file = folder / "judged.yml"
    judged = yaml.safe_load(judged_file.read_text("utf-8")) if judged_file.is_file() else {}
    results = defaultdict[str, list[str]](list)
    for fault in (fault for fault in truth if "kind" in fault):
        items = found_in(folder / "faulty" / fault["name"])
        result = judged.get(fault["name"]) or verdict(fault, items, usual)
        results[result].append(fault["kind"])
        codes = sorted({f"{item.code} {item.table}" for item in items})
        print(f"{result:8} | {fault['kind']} | {', '.join(fault['tables'])} | {', '.join(codes)}")
        _print_items(fault["name"], items, detail)
    print(", ".join(f"{kind}: {len(results[kind])}" for kind in KINDS))


def _print_items(name: str, items: Iterable[Finding], detail: bool) -> None:
    for item in items if detail else ():
        place = f"{item.code} {item.table} {item.colonne} ({len(item.lignes)} lines)"
        print(f"    {name}: {place} « {item.valeur} » {item.message}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--detail", action="store_true")
    options = parser.parse_args()
    for folder in options.folders:
        print(f"## {folder}")
        measure(folder, options.detail)


if __name__ == "__main__":
    main()
