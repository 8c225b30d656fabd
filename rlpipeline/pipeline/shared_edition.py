"""The edition to share set up: every figure of the year protected together, and all that its notebooks may open."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from rlpipeline.declared import Links
from rlpipeline.execution.memory import digest_of, hashes, sha256
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.output_folder import (
    DIFFUSION,
    LEDGER,
    MANIFEST,
    TEXTS,
    secret_path,
    write_whole,
)
from rlpipeline.execution.plan import Workspace
from rlpipeline.figures import SERVICE, Scope, Store, TableData, territories
from rlpipeline.figures.declaration import HORS, Declarations
from rlpipeline.figures.store import Col, Row, is_about_source, write_store
from rlpipeline.importing.people import read_key
from rlpipeline.pipeline import differing
from rlpipeline.pipeline.inputs import PROTECTION, Wanted, packed, unpack
from rlpipeline.pipeline.passages import may_be_left_out, passages_of
from rlpipeline.pipeline.proofreading import (
    CELL,
    TEXT,
    Passage,
    Reprise,
    Secret,
    read_proofread,
    root_of,
)
from rlpipeline.protection.again import Again, published_again, rules_of
from rlpipeline.protection.classes import KEY
from rlpipeline.protection.protection import protect
from rlpipeline.protection.releases import (
    LEDGER_COLUMNS,
    last_released,
    public_rules,
    read_releases,
    shared_store,
)
from rlpipeline.publication.publish import origins
from rlpipeline.settings.models import Service, Settings
from rlpipeline.states import NOT_SHARED

Named = TypeVar("Named", Row, Col)
RULES = "arrondi.json"
"""What is published of the protection, beside the protected figures: the publication depends on it."""
NEVER = "(?!)"
"""A pattern that nothing matches."""
LeftOut = frozenset[tuple[str, str, str]]
"""Texts of the records that a reader left out, each after its table and column."""


@dataclass(frozen=True)
class Protection:
    """How the figures of an edition were protected, and what « rlpipeline share » must know of it.

    Parameters
    ----------
    settings
        Those of the year, under the rules of its first release where it was released before.
    rules
        What is published of the protection.
    passages
        Texts and cells of the records that the edition prints, or does without.
    settings_digests
        Digest of each file of the settings, before a text is left out.
    followed_only
        As :class:`Secret` has it.
    digests
        Of those counted, where the year was never released.
    reprise
        How it is published again, where it was.
    """

    settings: Settings
    rules: Mapping[str, Any]
    passages: tuple[Passage, ...]
    settings_digests: Mapping[str, str]
    followed_only: bool
    digests: str = ""
    reprise: Reprise | None = None


@dataclass(frozen=True)
class _Release:
    """What a former release of the year asks for: ``settings``, ``digests`` and ``reprise`` as Protection has them."""

    settings: Settings
    again: Again | None = None
    digests: str = ""
    reprise: Reprise | None = None


def protect_edition(wanted: Wanted, workspace: Workspace) -> Protection:
    """Give the chapters of an edition to share the protected figures, and the texts that a reader did not leave out.

    Raises
    ------
    DisclosureError
        A figure cannot be protected.
    SettingsError
        The thresholds, the wider classes or the ledger break their contract.
    """
    params = wanted.request.params
    settings = wanted.settings
    settings_digests = hashes(workspace.params)
    proofread = read_proofread(params, wanted.year)
    there = settings.model_copy(update={"directory": workspace.params, "edition": wanted.edition})
    passages = may_be_left_out(there, wanted.build.read.records.cells, proofread)
    release = _release_of(wanted, workspace)
    left_out = _leave_out(passages, workspace.params / str(wanted.year) / TEXTS)
    followed_only = _take_protected(wanted, workspace, release, left_out)
    # Read before a chapter may write there.
    rules = json.loads((workspace.figures / RULES).read_text(encoding="utf-8"))
    return Protection(
        release.settings,
        rules,
        passages,
        settings_digests,
        followed_only,
        release.digests,
        release.reprise,
    )


def _release_of(wanted: Wanted, workspace: Workspace) -> _Release:
    """Find how a year released before is published: under the rules of its release, which chapters open too."""
    year = wanted.year
    settings = wanted.settings
    service = wanted.settings.service
    params = wanted.request.params
    ledger = params / LEDGER
    key = read_key(root_of(params))
    persons = differing.persons_of(wanted.build.read.records, year, service)
    again = differing.again_of(read_releases(ledger), ledger, year, persons, service, key)
    if again is None:
        key = key or read_proofread(params, year, create=True).key
        digests = differing.digested(persons, year, key or b"").written()
        return _Release(settings, digests=digests)
    reprise = reprise_of(again, service)
    wanted.tell(reprise.said(year))
    rules = rules_of(again.release, service)
    if rules != service.diffusion:
        ruled = service.model_copy(update={"diffusion": rules})
        settings = settings.model_copy(update={"service": ruled})
        written = ruled.model_dump_json(exclude_none=True)  # JSON is YAML
        (workspace.params / "service.yml").write_text(written, encoding="utf-8")
    return _Release(settings, again, reprise=reprise)


def _leave_out(passages: Iterable[Passage], texts: Path) -> LeftOut:
    """Remove the texts that a reader left out; give the cells that he left out."""
    without = [passage for passage in passages if passage.left_out]
    for name in (Path(passage.where).name for passage in without if passage.kind == TEXT):
        for path in (texts / name, texts / DIFFUSION / name):
            path.unlink(missing_ok=True)
    return frozenset(passage.cell for passage in without if passage.kind == CELL)


def _take_protected(
    wanted: Wanted, workspace: Workspace, release: _Release, left_out: LeftOut
) -> bool:
    """Write the protected figures in the workspace, those of the memory where they are the same.

    Gives whether issues and referrals are all those of young people followed in the year.
    """
    exact = wanted.build.counted.figures
    settings = release.settings
    again = release.again
    service = settings.service.model_dump(mode="json")
    released = hashes(wanted.request.params / LEDGER)
    withdrawn = sorted(again.withdrawn) if again else ()
    made_from = {
        "chiffres": digest_of(hashes(exact)),
        "service": digest_of(service),
        "remises": digest_of(released),
        "retirés": digest_of(withdrawn),
        "passages": digest_of(sorted(left_out)),
    }

    def make() -> bytes:
        wanted.tell("protection des chiffres")
        followed_only = protect_figures(Store(exact), settings, workspace.figures, left_out, again)
        figures = packed(workspace.root, workspace.figures)
        return b"\n".join([json.dumps(followed_only).encode(), figures])

    content = wanted.memory.memo(PROTECTION, made_from, make)
    followed_only, _, figures = content.partition(b"\n")
    if not workspace.figures.is_dir():
        unpack(figures, workspace.root)
    return bool(json.loads(followed_only))


def keep_secret(
    wanted: Wanted,
    settings: Settings,
    protection: Protection,
    outcomes: Sequence[Outcome],
    declared: Declarations,
) -> None:
    """Keep beside the edition in place what « rlpipeline share » must know and nobody else; say what is unread.

    Parameters
    ----------
    settings
        Those that its chapters read.
    declared
        What is said of the tables that are shared.
    """
    year = wanted.year
    counted = wanted.build.counted
    request = wanted.request
    passages = passages_of(settings, protection.passages, outcomes, declared)
    records = origins(counted.records, counted.figures / str(year))
    secret = Secret(
        edition=sha256(wanted.target / MANIFEST),
        donnees=records,
        parametres=protection.settings_digests,
        suivis_seuls=protection.followed_only,
        passages=passages,
        empreintes=protection.digests,
        reprise=protection.reprise,
    )
    write_whole(secret_path(request.out, year), secret.model_dump_json(indent=1))
    unread = len(read_proofread(request.params, year).unread(passages))
    if unread:
        plural = "s" if unread > 1 else ""
        request.terminal.write(
            f"Relecture {year} : {unread} passage{plural} à lire avant de diffuser (« rlpipeline relire »)\n"
        )


def reprise_of(again: Again, service: Service) -> Reprise:
    """Say how a year is published again, in names of territories."""
    names = {SERVICE: "l'ensemble du service", HORS: "les autres communes"}
    names |= service.commune_names
    order = [place for place in names if place in again.withdrawn]
    return Reprise(
        diffusee=date.fromisoformat(again.release.shared),
        seuil=int(again.release.rules["seuil"]),
        changes=again.differing,
        retires=tuple(names[place] for place in order),
    )


def protect_figures(
    exact: Store,
    settings: Settings,
    directory: Path,
    left_out: LeftOut,
    again: Again | None = None,
) -> bool:
    """Protect the figures of every territory, whichever are rendered, and write them for the notebooks.

    Gives whether issues and referrals are all those of young people followed in the year.

    Parameters
    ----------
    exact
        The exact figures.
    directory
        Store of the protected figures: all that the notebooks of this edition find, beside the settings.
    left_out
        Texts of the records that a reader left out: « non diffusé » is written in their place.
    again
        How a year released before is published again, under the rules of its release.

    Raises
    ------
    DisclosureError
        A figure cannot be protected.
    SettingsError
        The thresholds, the wider classes or the ledger break their contract.
    """
    year = settings.year
    exact = exact.to_share()
    tables = dict(_tables(exact, settings))
    numbers: Mapping[str, Mapping[str, str]] = {}
    if left_out:
        tables, numbers = _without(tables, left_out, year, _codes_of_links(exact.declared.links))
    ledger = read_releases(settings.directory / LEDGER)
    figures = {key: data.figures for key, data in tables.items()}
    service = settings.service
    declared = exact.declared
    if again is None:
        protected = protect(figures, service.diffusion, service, ledger, declared)
    else:
        named = replace(again.release, figures=_renumbered(again.release.figures, numbers))
        read = published_again(
            figures, replace(again, release=named), service.diffusion, service, declared
        )
        protected = replace(read, followed_only=exact.within_dates(year))
    standing = [release for release in ledger if not release.recalled]
    released = _renumbered(last_released(standing), numbers)

    def is_recorded(indicator: str, year: int) -> bool:  # of a year without records, yes
        return year not in exact.years or exact.is_recorded(
            indicator, Scope(year, SERVICE, service)
        )

    places = exact.territories_of_actions()
    shown, marked = shared_store(protected, tables, declared.links, released, places, is_recorded)
    write_store(directory, shown, declared, marked)
    told = pd.concat([last_released(ledger), protected.figures])[list(LEDGER_COLUMNS)]
    shared = told[told["annee"] <= year].drop_duplicates(KEY, keep="last", ignore_index=True)
    rules = public_rules(shared, service.diffusion, protected.classes, protected.narrow)
    (directory / RULES).write_text(
        json.dumps(rules, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    return protected.followed_only


def _tables(exact: Store, settings: Settings) -> Iterator[tuple[tuple[str, str], TableData]]:
    """Give the tables that are shared, of every territory, with the words that may be."""
    for territory in (SERVICE, *territories(settings.service)):
        scope = Scope(settings.year, territory, settings.service)
        for id, spec in exact.declared.ours.items():
            if spec.concerns(territory) and (not spec.optional or exact.opened(id, scope)):
                yield (id, territory), _with_words_to_share(exact.table(id, scope))


def _with_words_to_share(data: TableData) -> TableData:
    """Give a table without the words that would tell an exact number, or that stay in the service."""
    if data.spec.persons:  # an action without a row is exactly 0, where 0 is a rounding
        notes = tuple(filter(is_about_source, data.notes))
        data = replace(data, notes=notes)
    if data.spec.shares_words:
        return data
    columns = tuple(column for column in data.columns if column.kind != "texte")
    return replace(data, columns=columns, texts=data.texts.iloc[:0])


def _without(
    tables: Mapping[tuple[str, str], TableData],
    left_out: LeftOut,
    year: int,
    ours: Mapping[str, Collection[str]],
) -> tuple[dict[tuple[str, str], TableData], Mapping[str, Mapping[str, str]]]:
    """Write « non diffusé » for each text that a reader left out, in what is counted from the table that has it.

    Gives the tables, and for each indicator the numbers that its lines and columns so named have for a code; ``ours``
    are codes that the package gives a table, whatever a service types.
    """
    numbers: dict[str, str] = {}
    codes: dict[str, dict[str, str]] = {}
    hiding = {**tables}
    for key, data in tables.items():
        cells = [cell for cell in left_out if cell[0] in data.spec.tables]
        if not cells:
            continue
        named = codes.setdefault(data.id, {})
        typed = {text for _, _, text in cells} - {*ours.get(data.id, ())}
        units = {text for _, column, text in cells if column == "unite"}
        if data.spec.persons or data.id in ours:
            units = set()
        hiding[key] = _hidden(data, _as_a_whole(typed), units, numbers, named, year)
    return hiding, codes


def _codes_of_links(links: Links) -> Mapping[str, Collection[str]]:
    """List the codes of lines and columns that the declared links name, by table."""
    named: dict[str, set[str]] = {}
    for link in links.all:
        for cells in (*link.left, *link.right):
            codes = (code for code in (cells.line, cells.column) if isinstance(code, str))
            named.setdefault(cells.table, set()).update(codes)
    return named


def _as_a_whole(texts: Iterable[str]) -> re.Pattern[str]:
    """Find texts as they stand in a name or a list, and no part of a word."""
    longest_first = sorted(texts, key=len, reverse=True)
    some = "|".join(map(re.escape, longest_first)) or NEVER
    return re.compile(
        rf"(?:^|(?<=/)|(?<= ; )|(?<= – )|(?<=, ))(?:{some})(?=$|/| ; | –|, | \(nom\))"
    )


def _hidden(
    data: TableData,
    whole: re.Pattern[str],
    units: Collection[str],
    numbers: dict[str, str],
    codes: dict[str, str],
    year: int,
) -> TableData:
    """Give a table without some texts; ``numbers`` and, of its indicator, ``codes`` are added to."""
    for side in (*data.rows, *data.columns):
        if whole.search(side.code):
            number = f"non_diffuse_{year}_{len(numbers) + 1}"
            codes[side.code] = numbers.setdefault(side.code, number)

    def hidden(named: Named) -> Named:
        code = codes.get(named.code, named.code)
        label = whole.sub(NOT_SHARED, named.label)
        return replace(named, code=code, label=label)

    figures = _renamed(data.figures, codes)
    texts = _renamed(data.texts, codes)
    unit = figures["unite"].mask(figures["unite"].isin(units), NOT_SHARED)
    words = texts["texte"].str.replace(whole, NOT_SHARED, regex=True)
    return replace(
        data,
        rows=tuple(map(hidden, data.rows)),
        columns=tuple(map(hidden, data.columns)),
        figures=figures.assign(unite=unit),
        texts=texts.assign(texte=words),
    )


def _renamed(frame: pd.DataFrame, codes: Mapping[str, str]) -> pd.DataFrame:
    renamed = {axis: frame[axis].replace(dict(codes)) for axis in ("ligne", "colonne")}
    return frame.assign(**renamed) if codes else frame


def _renumbered(frame: pd.DataFrame, numbers: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Put numbers in the place of the codes that were left out, in the tables that have them."""
    renamed = frame.copy()
    for indicator, codes in numbers.items():
        concerned = renamed["indicateur"] == indicator
        renamed.loc[concerned] = _renamed(renamed[concerned], codes)
    return renamed
