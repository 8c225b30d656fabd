"""The records: a source read and checked as a whole, kept in Parquet for the notebooks to open quickly."""

import difflib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

import pandas as pd

from rlpipeline.errors import DataError, UsageError
from rlpipeline.records import groups, moved  # noqa: F401 - to declare their rules
from rlpipeline.records.findings import (
    Finding,
    acceptance_of,
    finding,
    grouped,
    plural,
    sorted_findings,
    where,
)
from rlpipeline.records.frames import (
    FreeCell,
    Records,
    Silenced,
    free_cells,
    latest_of,
    tables_by_year,
)
from rlpipeline.records.integrity import absent, without_totals
from rlpipeline.records.reading import read_table
from rlpipeline.records.repeats import entered_twice
from rlpipeline.records.sources import read_source
from rlpipeline.records.table import HABITS, Raw, Table, Told, Whole, findings_of, judged
from rlpipeline.records.tables import TABLE_NAMES, TABLES, empty_frame, sorted_frame, table_named
from rlpipeline.settings.acceptances import Plausible, read_plausible
from rlpipeline.settings.models import Service, load_settings

MARKER = "records.json"
FORMAT = 2
SHOWN = 5
"""Errors that a refusal to open names by their place; records of a database that a finding names by their keys."""


@dataclass(frozen=True)
class Expected:
    """What records are judged by: what is accepted, and the day of the extraction, before which nothing is too late."""

    accepted: tuple[Plausible, ...] = ()
    extraction: date | None = None

    def or_today(self) -> "Expected":
        """The same, extracted today where the settings give no date: for ``check``, which alone looks at the clock."""
        return self if self.extraction else replace(self, extraction=date.today())


def read_expected(params: Path) -> Expected:
    """Read what all settings expect of the records. SettingsError where one breaks its contract."""
    years = sorted(
        int(path.parent.name) for path in params.glob("[0-9][0-9][0-9][0-9]/rapport.yml")
    )
    days = [load_settings(params, year).report.donnees_arretees_au for year in years]
    # Where the settings of the latest year give none, work is under way.
    extraction = max(day for day in days if day is not None) if days and days[-1] else None
    return Expected(read_plausible(params), extraction)


def check(source: str, service: Service, expected: Expected | None = None) -> list[Finding]:
    """Every finding of a source, causes before their consequences, but those that are accepted. Raises as ``load``."""
    return load(source, service, expected)[1]


def load(
    source: str, service: Service, expected: Expected | None = None, plausible: bool = True
) -> tuple[Records, list[Finding]]:
    """Read a folder, a workbook or a database: the records, and every finding, what is implausible
    where ``plausible``. A cell that cannot be read is missing, a year 0.

    Raises
    ------
    UsageError
        There is no such source.
    ToolError
        The database, or the system, refuses.
    """
    raw, expected = read_source(source), expected or Expected()
    read = _tables_read(raw.tables, service)
    parsed = {name: without_totals(table, service) for name, table in read.items()}
    records = Records(_frames_of(parsed), raw.present, cells=_free_cells_of(parsed))
    findings = [item for table in parsed.values() for item in table.findings]
    if not raw.closed:
        whole = _whole_of(parsed, records, service, expected.extraction)
        findings += absent(records, service, whole.latest)
        findings += judged(whole, "EA")
        findings += _judged_once(whole) if plausible else ()
    left, silenced = _silenced(findings, expected.accepted)
    placed = [_placed(item, read.get(item.table)) for item in grouped(left)]
    return replace(records, silenced=silenced), sorted_findings([*raw.findings, *placed])


def _tables_read(raw: dict[str, Raw], service: Service) -> dict[str, Table]:
    """The tables of a source, in the order of the contract; each is let go of once it is read."""
    present = [table for table in TABLES if table.name in raw]
    return {table.name: read_table(raw.pop(table.name), table, service) for table in present}


def _frames_of(tables: Mapping[str, Table]) -> dict[str, pd.DataFrame]:
    """A frame for each table of the contract, its rows in order, without one where it is absent."""
    frames = {table.name: empty_frame(table) for table in TABLES}
    return frames | {name: sorted_frame(of.frame, of.contract) for name, of in tables.items()}


def _free_cells_of(tables: Mapping[str, Table]) -> tuple[FreeCell, ...]:
    """The free texts of all tables, with their lines where the source has some."""
    lines = {name: table.lines for name, table in tables.items() if not table.ranked}
    return tuple(free_cells({name: table.frame for name, table in tables.items()}, lines))


def _whole_of(
    tables: Mapping[str, Table], records: Records, service: Service, extraction: date | None
) -> Whole:
    """All that rules judge."""
    years = {year: number for year, number in tables_by_year(records).items() if year}
    latest = latest_of(records, extraction)
    return Whole(tables, records.present, service, extraction, latest, years)


def _judged_once(whole: Whole) -> Iterator[Finding]:
    once = dict(whole.tables)
    for name, table in whole.tables.items():  # rows entered twice are not judged twice
        again = entered_twice(table, whole)
        if again.any():
            shown = HABITS["shown"].get(name, table.contract.column_names[1])
            yield from findings_of(table, [Told(again, "P405")], shown)
            once[name] = table.only(~again)
    yield from judged(replace(whole, tables=once), "PQI")


def _placed(item: Finding, table: Table | None) -> Finding:
    if not item.lignes or table is None or not table.ranked:
        return item
    # Nobody sees the rank of a record of a database.
    named, more = [table.record(rank) for rank in item.lignes[:SHOWN]], len(item.lignes) - SHOWN
    named += [f"et {more} de plus"] if more > 0 else []
    what = "Enregistrements" if len(item.lignes) > 1 else "Enregistrement"
    return replace(item, message=f"{item.message} {what} : {' ; '.join(named)}.")


def _silenced(
    items: Iterable[Finding], accepted: Sequence[Plausible]
) -> tuple[list[Finding], tuple[Silenced, ...]]:
    left: list[Finding] = []
    rows = [0] * len(accepted)
    for item in items:
        rank = next(
            (rank for rank, acceptance in enumerate(accepted) if acceptance.fits(item)), None
        )
        if rank is None:
            left.append(item)
        else:
            rows[rank] += max(1, len(item.lignes))
    both = [*zip(accepted, rows, strict=True)]
    silenced = tuple(
        Silenced(told.code, told.raison.strip(), number) for told, number in both if number
    )
    return [*left, *_needless(accepted, rows, left)], silenced


def _needless(
    accepted: Sequence[Plausible], rows: Sequence[int], left: Sequence[Finding]
) -> Iterator[Finding]:
    for rank, told in enumerate(accepted):
        if rows[rank]:
            continue
        of_the_rule = [acceptance_of(item) for item in left if item.code == told.code][:200]
        near = difflib.get_close_matches(acceptance_of(told), of_the_rule, 1, 0)
        other = near[0] if near else "celle que « check » affiche"
        why = f"ne correspond à aucun constat ; la retirer, ou écrire {other}"
        if any(
            other.model_copy(update={"raison": told.raison}) == told for other in accepted[:rank]
        ):
            why = "est écrite deux fois ; retirer la seconde"
        table = told.table if told.table in TABLE_NAMES else ""
        yield finding("P000", table, acceptance=acceptance_of(told), why=why)


def open_records(source: str, service: Service, expected: Expected | None = None) -> Records:
    """Open a store already written, or read a source. DataError: it holds errors, or is damaged. UsageError: none."""
    if is_store(Path(source)):
        return read_store(Path(source))
    records, findings = load(
        source, service, expected, plausible=bool(expected and expected.accepted)
    )  # it is shown
    refuse_errors(findings)
    return records


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Go no further with records that hold errors: a DataError with the places of the first, never a value."""
    errors = [where(item) for item in findings if item.is_error]
    if errors:
        rest = [f"… et {len(errors) - SHOWN} de plus"] if len(errors) > SHOWN else []
        todo = "lancer « rlpipeline check » pour en lire la liste et les explications, puis corriger la source"
        what, got = (
            f"Les données contiennent {plural(len(errors), 'erreur')}.",
            ["", *errors[:SHOWN], *rest],
        )
        raise DataError(what, expected="des données sans erreur", got="\n    ".join(got), todo=todo)


def is_store(path: Path) -> bool:
    """Whether the directory was written by ``write_store``."""
    return (path / MARKER).is_file()


def write_store(records: Records, directory: Path) -> None:
    """Write one Parquet file a table, for its owner alone, all at once; UsageError where something else is there."""
    if directory.exists() and not is_store(directory) and any(directory.iterdir()):
        what = "Ce dossier contient autre chose que des données préparées."
        raise UsageError(what, where=str(directory), todo="choisir un dossier vide ou nouveau")
    for table in TABLES:
        if records[table.name].dtypes.to_dict() != table.dtypes:
            form = ", ".join(f"{name} ({dtype})" for name, dtype in table.dtypes.items())
            raise DataError(
                "Une table n'a pas la forme du contrat.", where=f"table {table.name}", expected=form
            )
    directory.parent.mkdir(parents=True, exist_ok=True)
    # mkdtemp makes directories of mode 0700; beside the target, so that the final rename is atomic.
    workshop = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    new = workshop / "new"
    try:
        new.mkdir(mode=0o700)
        for table in TABLES:
            file = new / f"{table.name}.parquet"
            file.touch(0o600)
            with file.open(
                "wb"
            ) as stream:  # by itself, Arrow writes the path in UTF-8, whatever the system does
                records[table.name].to_parquet(stream, engine="pyarrow", index=False)
        marker = {
            "format": FORMAT,
            "present": sorted(records.present),
            "silenced": [*map(asdict, records.silenced)],
        }
        (new / MARKER).touch(0o600)
        (new / MARKER).write_text(json.dumps(marker, indent=1), encoding="utf-8")
        if directory.exists():
            directory.rename(workshop / "old")
        new.rename(directory)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def read_store(directory: Path) -> Records:
    """The records of a store, each table read when it is asked for; DataError where it is damaged or of old."""
    with _damage_reported(directory):
        marker = json.loads((directory / MARKER).read_text(encoding="utf-8"))
        if marker["format"] != FORMAT or {*TABLE_NAMES} - {
            path.stem for path in directory.iterdir()
        }:
            raise ValueError(directory)
        silenced = tuple(Silenced(**accepted) for accepted in marker["silenced"])
        return Records(_Files(directory), frozenset(marker["present"]), silenced)


@dataclass(frozen=True, eq=False)
class _Files(Mapping[str, pd.DataFrame]):
    _directory: Path
    _read: dict[str, pd.DataFrame] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            table = table_named(name)
            with _damage_reported(self._directory):
                frame = pd.read_parquet(self._directory / f"{name}.parquet", engine="pyarrow")
                self._read[name] = frame.astype(table.dtypes)[list(table.dtypes)]
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLE_NAMES)

    def __len__(self) -> int:
        return len(TABLE_NAMES)


@contextmanager
def _damage_reported(directory: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = "Les données préparées sont incomplètes ou d'une autre version."
        raise DataError(what, where=str(directory), todo="relancer avec --force") from error
