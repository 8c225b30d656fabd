"""Why each chapter would run again, or need not: what a build would find, without building."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rlpipeline.execution.chapters import Change
from rlpipeline.execution.install import disk_errors_in_french
from rlpipeline.execution.plan import SERVICE, Edition, check_communes
from rlpipeline.execution.service_folder import refuse_another
from rlpipeline.execution.unchanged import State, publication
from rlpipeline.execution.workspace import only_build_of
from rlpipeline.pipeline.build import inputs_of, read_source
from rlpipeline.pipeline.counting import Counted, counting
from rlpipeline.pipeline.edition import BuildRequest, ReadRecords, open_edition, tasks_of
from rlpipeline.settings.models import Settings, load_service, load_settings


@dataclass(frozen=True)
class Verdict:
    """One chapter of one territory, and what changed since it was executed; nothing where it stands."""

    year: int
    edition: str
    territory: str
    name: str
    chapter: str
    changes: tuple[Change, ...] = ()


def why_years(request: BuildRequest, years: Sequence[int] = ()) -> Iterator[Verdict]:
    """Say of every task of the years and editions asked for whether it stands. Raises as ``build_years``."""
    inputs = inputs_of(request)
    service = load_service(request.params)
    refuse_another(request.out, service)
    request = replace(request, communes=check_communes(service, request.communes))
    read = read_source(request, service, inputs)
    every = [load_settings(request.params, year) for year in years or (read.latest,)]
    with counting(request, read, [settings.year for settings in every]) as counted:
        for settings in every:
            for edition in request.editions:
                yield from _verdicts(request, settings, edition, read, counted)


def _verdicts(
    request: BuildRequest, settings: Settings, edition: Edition, read: ReadRecords, counted: Counted
) -> Iterator[Verdict]:
    tasks_of(request, settings, edition)
    with (
        disk_errors_in_french(publication(request.out, settings.year, edition)),
        only_build_of(request.out, settings.year),
        open_edition(request, settings, edition, read, counted) as current,
    ):
        current.set_up()
        for task in current.tasks:
            name = current.names.get(task.territory, task.territory)
            yield Verdict(settings.year, edition, task.territory, name, task.chapter, current.chapters.changes(task))


def of_states(states: Sequence[State]) -> tuple[Verdict, ...]:
    """The verdicts where nothing at all has changed."""
    return tuple(
        Verdict(state.year, state.edition, territory, state.names.get(territory, territory), chapter)
        for state in states
        for territory, chapter in state.tasks
    )


def render_text(verdicts: Sequence[Verdict]) -> str:
    """Write the verdicts in French, by year, edition and territory."""
    return "\n".join(_lines(verdicts))


def _lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for year, edition in dict.fromkeys((one.year, one.edition) for one in verdicts):
        part = [one for one in verdicts if (one.year, one.edition) == (year, edition)]
        again = sum(bool(one.changes) for one in part)
        yield f"{year}, édition {edition} : {_count_of_chapters(again)} sur {len(part)}"
        for territory in dict.fromkeys(one.territory for one in part):
            own = [one for one in part if one.territory == territory]
            yield f"  {own[0].name}" + ("" if territory == SERVICE else f" ({territory})")
            for one in own:
                words = " ; ".join(change.what for change in one.changes)
                yield f"    {one.chapter} : {f'à refaire, {words}' if words else 'tient'}"


def _count_of_chapters(count: int) -> str:
    if count == 0:
        return "rien à refaire"
    return f"{count} chapitre{'s' if count > 1 else ''} à refaire"


def render_json(verdicts: Sequence[Verdict]) -> str:
    """Write the verdicts for a program."""
    values = [
        {
            "annee": one.year,
            "edition": one.edition,
            "territoire": one.territory,
            "chapitre": one.chapter,
            "tient": not one.changes,
            "changements": [{"nature": change.kind, "quoi": change.what} for change in one.changes],
        }
        for one in verdicts
    ]
    return json.dumps(values, ensure_ascii=False, indent=1)
