import csv
import shutil
from pathlib import Path

import pandas as pd

from rlpipeline.records.frames import Records
from rlpipeline.records.store import open_records
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import load_service
from tests.records.writers import write_ods


def records(source: str) -> Records:
    return open_records(source, load_service(Path("params")))


def copied(name: str, separator: str, encoding: str) -> str:
    shutil.copytree("source", name)
    for path in Path(name).glob("*.csv"):
        pd.read_csv(path, dtype=str, keep_default_na=False).to_csv(
            path, sep=separator, encoding=encoding, index=False
        )
    return name


whole = records("source")
sources = [copied("excel", ";", "utf-8-sig"), copied("windows", ";", "cp1252")]
tables = {
    path.stem: list(csv.reader(path.read_text("utf-8").splitlines()))
    for path in Path("source").glob("*.csv")
}
sources.append(write_ods(tables, Path("saisie.ods")))
try:
    import duckdb

    with duckdb.connect("base.duckdb") as base:
        for path in Path("source").glob("*.csv"):
            base.execute(f"CREATE TABLE {path.stem} AS FROM read_csv('{path}', all_varchar = true)")
    sources.append("duckdb:///base.duckdb")
except ImportError:
    pass
for source in sources:
    read = records(source)
    assert all(read[table.name].equals(whole[table.name]) for table in TABLES), source
print("Toutes donnent les mêmes tables.")
