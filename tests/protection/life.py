"""A service whose years are shared one after the other, without pages: protected, attacked with the ledger, noted."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from rlpipeline.attack import Attacked
from rlpipeline.figures import PROTECTED_UNITS
from rlpipeline.pipeline.differing import again_of, digested, persons_of
from rlpipeline.pipeline.shared_package import keep_digests
from rlpipeline.protection.again import Again, published_again, rules_of
from rlpipeline.protection.classes import KEY as CELL
from rlpipeline.protection.releases import Protected, public_rules, read_releases, written
from rlpipeline.records.store import open_records
from rlpipeline.settings.models import Service, load_settings
from tests.declared import INDICATORS, declared
from tests.protection.made import Exact, attacked, exact_of, protect

Row = dict[str, str]
KEY = b"the private key of the project"
PROTECTED = frozenset(name for name, one in INDICATORS.items() if one.spec.persons)
_COUNTED: dict[tuple[int | str | bytes, ...], Exact] = {}


@dataclass(frozen=True)
class Released:
    """A year shared: its figures, what the attack found, the ledger's new file (None where nothing changed)."""

    protected: Protected
    attacked: Attacked
    entry: Path | None
    again: Again | None = None


@dataclass(frozen=True)
class Life:
    """A service: its records and settings, which a test may change between two releases."""

    folder: Path

    @classmethod
    def copied(cls, source: Path, params: Path, folder: Path) -> Life:
        """Copy records and settings, without the ledger."""
        shutil.copytree(source, folder / "source")
        shutil.copytree(params, folder / "params", ignore=shutil.ignore_patterns("diffusions"))
        return cls(folder)

    @property
    def params(self) -> Path:
        return self.folder / "params"

    @property
    def ledger(self) -> Path:
        return self.params / "diffusions"

    def again(self, folder: Path) -> Life:
        """Copy it as it is, its ledger too."""
        shutil.copytree(self.folder, folder)
        return Life(folder)

    def share(self, year: int, exact: Exact | None = None) -> Released:
        """Protect a year, or take it from the ledger, attack it with all that was released, note it.

        Its figures are counted unless given.
        """
        settings = load_settings(self.params, year)
        service, released = settings.service, read_releases(self.ledger)
        counted = exact or self.counted(service, year)
        persons = persons_of(open_records(str(self.folder / "source"), service), year, service)
        again = again_of(released, self.ledger, year, persons, service, KEY)
        rules = rules_of(again.release, service) if again else service.diffusion
        under = service.model_copy(update={"diffusion": rules})
        if again is None:
            keep_digests(self.ledger, year, digested(persons, year, KEY).written())
            protected = protect(counted, rules, service, released)
        else:
            protected = published_again(counted, again, rules, service, declared(service))
        found = attacked(protected, under, released)
        entry = self._note(year, protected, under) if found.passed else None
        return Released(protected, found, entry, again)

    def _note(self, year: int, protected: Protected, service: Service) -> Path | None:
        """Add a release to the ledger, as ``share`` does."""
        rules = public_rules(
            protected.figures, service.diffusion, protected.classes, protected.narrow
        )
        content = written(protected.figures)
        former = [one for one in read_releases(self.ledger) if one.year == year]
        if (
            former
            and not former[-1].recalled
            and former[-1].path.read_text(encoding="utf-8") == content
        ):
            return None
        self.ledger.mkdir(exist_ok=True)
        path = self.ledger / f"{year}-{len(former) + 1:02d}.csv"
        path.write_text(content, encoding="utf-8")
        day = f"2024-01-{len(list_releases_of(self.ledger)):02d}"
        path.with_suffix(".json").write_text(
            json.dumps({"partagee": day, "arrondi": rules}), encoding="utf-8"
        )
        return path

    def counted(self, service: Service, year: int) -> Exact:
        """Count a year, once for the same records and settings, whatever is decided of what is shared."""
        tables = sorted((self.folder / "source").glob("*.csv"))
        key = (
            year,
            service.model_dump_json(exclude={"diffusion"}),
            *(path.read_bytes() for path in tables),
        )
        if key not in _COUNTED:
            records = open_records(str(self.folder / "source"), service)
            _COUNTED[key] = exact_of(records, service, year, PROTECTED)
        return {of: frame.copy() for of, frame in _COUNTED[key].items()}

    def rows(self, table: str) -> list[Row]:
        """Read the rows of a table of the records."""
        with (self.folder / "source" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            return [*csv.DictReader(stream)]

    def change(self, table: str, change: Callable[[list[Row]], Iterable[Row]]) -> None:
        """Rewrite the rows of a table of the records."""
        path = self.folder / "source" / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            names, rows = list(reader.fieldnames or ()), list(reader)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(change(rows))

    def decide(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change what service.yml says."""
        path = self.params / "service.yml"
        content = yaml.safe_load(path.read_text("utf-8"))
        change(content)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")  # JSON is YAML


def list_releases_of(ledger: Path) -> list[Path]:
    """List the files of figures of a ledger."""
    return sorted(ledger.glob("*.csv"))


def another_situation(rows: list[Row]) -> Iterator[Row]:
    """One young person of 2023 is at work, not at school."""
    first = next(row for row in rows if row["annee"] == "2023" and row["situation"] == "college")
    yield from (
        {**row, "situation": "activite_professionnelle"} if row is first else row for row in rows
    )


def changed_exactly(ledger: Path) -> pd.DataFrame:
    """Find the figures about persons that two releases give exactly, and not alike: their difference is a person."""
    each = [one.figures[one.figures["etat"].eq("ok")] for one in read_releases(ledger)]
    every = pd.concat([one[one["unite"].isin(PROTECTED_UNITS)] for one in each])
    return every[every.groupby(CELL)["valeur"].transform("nunique") > 1]
