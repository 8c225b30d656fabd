"""The edition to share set up: every figure of the year protected together, and all that its notebooks may open."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from rlpipeline.errors import UsageError
from rlpipeline.execution.install import write_whole
from rlpipeline.execution.places import LEDGER
from rlpipeline.figures import SERVICE, Scope, Store, TableData, territories
from rlpipeline.figures.store import Col, Row, is_about_source, write_store
from rlpipeline.pipeline.proofreading import Passage
from rlpipeline.protection.protection import Protected, protect
from rlpipeline.protection.releases import LEDGER_COLUMNS, last_released, public_rules, read_releases
from rlpipeline.protection.shared_tables import shared_store
from rlpipeline.settings.models import Service, Settings

Named = TypeVar("Named", Row, Col)
RULES = "arrondi.json"
"""What is published of the protection, beside the protected figures: the publication depends on it."""
NOT_SHARED = "non diffusé"
REMISES = "remises"
"""Folder of the ledger with who was given a copy of the exact figures."""


def prepare(
    exact: Store,
    settings: Settings,
    directory: Path,
    left_out: frozenset[str] = frozenset(),
) -> Protected:
    """Protect the figures of every territory, whichever are rendered, and write them for the notebooks.

    ``exact``: the exact figures; ``directory``: store of the protected figures: all that the notebooks of this edition
    find, beside the settings; ``left_out``: texts of the records that a reader left out: « non diffusé » is written in
    their place. Raises DisclosureError: a figure cannot be protected; SettingsError: the thresholds, the wider classes
    or the ledger break their contract.
    """
    year, exact = settings.year, exact.to_share()
    tables = dict(_tables(exact, settings))
    numbers: Mapping[str, str] = {}
    if left_out:
        tables, numbers = _without(tables, left_out, year)
    ledger = read_releases(settings.directory / LEDGER)
    figures = {key: data.figures for key, data in tables.items()}
    declared = exact.declared
    protected = protect(figures, settings.service.diffusion, settings.service, ledger, declared)
    released = _renamed(last_released([one for one in ledger if not one.recalled]), numbers)
    places, recorded = exact.territories_of_actions(), partial(_is_recorded, exact, settings.service)
    shown, marked = shared_store(protected, tables, declared.links, released, places, recorded)
    write_store(directory, shown, declared, marked)
    return protected


@dataclass(frozen=True)
class Facts:
    """What goes with the figures of an edition to share.

    ``rules``: what is published of their protection, as :func:`public_rules` gives it; ``followed_only``: whether
    issues and referrals are all those of young people followed in the year.
    """

    rules: Mapping[str, Any]
    followed_only: bool

    def written(self) -> bytes:
        """Them, on one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()


def facts_of(protected: Protected, settings: Settings, directory: Path) -> Facts:
    """Say what goes with protected figures, and with those of other years that are published beside them.

    ``directory``: folder of the protected figures, where the rules are written: a publication depends on them too.
    """
    released = last_released(read_releases(settings.directory / LEDGER))
    figures = pd.concat([released, protected.figures])[list(LEDGER_COLUMNS)]
    rules = public_rules(figures, settings.service.diffusion, protected.classes, protected.narrow)
    (directory / RULES).write_text(json.dumps(rules, ensure_ascii=False, indent=1), encoding="utf-8")
    return Facts(rules, protected.followed_only)


@dataclass(frozen=True)
class Secret:
    """What the service alone knows of an edition to share.

    ``edition``: SHA-256 of the edition's manifest; ``records``: SHA-256 of each table of the records that it was made
    from, as the manifest of the edition ``interne`` has them; ``settings``: SHA-256 of each file of the settings: in
    the edition they would confirm guesses of what a text or a report says; ``followed_only``: as :class:`Facts` has it;
    ``passages``: what it prints that somebody typed, and that is read before it is shared.
    """

    edition: str
    records: Mapping[str, str]
    settings: Mapping[str, str]
    followed_only: bool
    passages: tuple[Passage, ...]


def keep_secret(secret: Secret, path: Path) -> None:
    """Write it for its owner alone, whole or not at all."""
    content = {
        "edition": secret.edition,
        "donnees": dict(secret.records),
        "parametres": dict(secret.settings),
        "suivis_seuls": secret.followed_only,
        "passages": [asdict(passage) for passage in secret.passages],
    }
    former = path.with_name(path.name.replace("-origine", "-primaires"))  # listed small numbers: of no use any more
    for needless in (former, *path.parent.glob(f"{path.name}-*")):  # half written by a build that was killed
        needless.unlink(missing_ok=True)
    write_whole(path, json.dumps(content, ensure_ascii=False, indent=1))


def read_secret(path: Path) -> Secret:
    """Read it again. Raises UsageError: it is missing or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        inputs = dict(content["donnees"]), dict(content["parametres"])
        passages = tuple(Passage(**{**one, "lines": tuple(one["lines"])}) for one in content["passages"])
        return Secret(str(content["edition"]), *inputs, bool(content["suivis_seuls"]), passages)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "On ne sait pas de quelles données vient l'édition à diffuser.",
            where=str(path),
            todo="refaire l'année avec « rlpipeline build »",
        ) from error


def _is_recorded(exact: Store, service: Service, indicator: str, year: int) -> bool:
    """Say whether the service kept what a table of a former year was counted from; of a year without records, yes."""
    return year not in exact.years or exact.is_recorded(indicator, Scope(year, SERVICE, service))


def _tables(exact: Store, settings: Settings) -> Iterator[tuple[tuple[str, str], TableData]]:
    for territory in (SERVICE, *territories(settings.service)):
        scope = Scope(settings.year, territory, settings.service)
        for id, of in exact.declared.ours.items():
            if of.concerns(scope) and (not of.optional or exact.opened(id, scope)):
                data = exact.table(id, scope)
                if of.protected:  # an action without a row is exactly 0, where 0 is a rounding
                    data = replace(data, notes=tuple(note for note in data.notes if is_about_source(note)))
                yield (id, territory), data if of.shares_words else _without_words(data)


def _without_words(data: TableData) -> TableData:
    columns = tuple(column for column in data.columns if column.kind != "texte")
    return replace(data, columns=columns, texts=data.texts.iloc[:0])


def _without(
    tables: Mapping[tuple[str, str], TableData], left_out: frozenset[str], year: int
) -> tuple[dict[tuple[str, str], TableData], Mapping[str, str]]:
    """Write « non diffusé » for each text that a reader left out; a line or column so named has a number for a code."""
    some = "|".join(re.escape(text) for text in sorted(left_out, key=len, reverse=True))
    whole = re.compile(rf"(?:^|(?<=/)|(?<= ; )|(?<= – )|(?<=, ))(?:{some})(?=$|/| ; | –|, | \(nom\))")
    codes: dict[str, str] = {}
    for data in tables.values():
        for code in (*(row.code for row in data.rows), *(column.code for column in data.columns)):
            if whole.search(code):
                codes.setdefault(code, f"non_diffuse_{year}_{len(codes) + 1}")

    def hidden(named: Named) -> Named:
        return replace(named, code=codes.get(named.code, named.code), label=whole.sub(NOT_SHARED, named.label))

    hiding = {
        key: replace(
            data,
            rows=tuple(map(hidden, data.rows)),
            columns=tuple(map(hidden, data.columns)),
            figures=_renamed(data.figures, codes),
            texts=_renamed(data.texts, codes).assign(
                texte=data.texts["texte"].str.replace(whole, NOT_SHARED, regex=True)
            ),
        )
        for key, data in tables.items()
    }
    return hiding, codes


def _renamed(frame: pd.DataFrame, codes: Mapping[str, str]) -> pd.DataFrame:
    return frame.assign(**{axis: frame[axis].replace(dict(codes)) for axis in ("ligne", "colonne")}) if codes else frame
