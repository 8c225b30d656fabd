"""Why each chapter would run again, or need not: what a build would find, without building."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rlpipeline.execution.plan import SERVICE
from rlpipeline.execution.request import BuildRequest
from rlpipeline.pipeline.build import opened
from rlpipeline.pipeline.edition import open_edition


@dataclass(frozen=True)
class Verdict:
    """One chapter of one territory, and the inputs that changed since it was executed; nothing where it stands."""

    year: int
    edition: str
    territory: str
    name: str
    chapter: str
    changes: tuple[str, ...] = ()


def why_years(request: BuildRequest, years: Sequence[int] = ()) -> Iterator[Verdict]:
    """Say of every task of the years and editions asked for whether it stands. Raises as ``build_years``."""
    with opened(request, years) as build:
        for settings, edition in build.wanted:
            with open_edition(build.request, settings, edition, build.read, build.counted) as current:
                current.set_up()
                for task in current.tasks:
                    name = current.names.get(task.territory, task.territory)
                    changes = current.chapters.changes(task)
                    yield Verdict(settings.year, edition, task.territory, name, task.chapter, changes)


def render_text(verdicts: Sequence[Verdict]) -> str:
    """Write the verdicts in French, by year, edition and territory."""
    return "\n".join(_lines(verdicts))


def _lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for year, edition in dict.fromkeys((verdict.year, verdict.edition) for verdict in verdicts):
        part = [verdict for verdict in verdicts if (verdict.year, verdict.edition) == (year, edition)]
        again = sum(bool(verdict.changes) for verdict in part)
        count = f"{again} chapitre{'s' if again > 1 else ''} à refaire" if again else "rien à refaire"
        yield f"{year}, édition {edition} : {count} sur {len(part)}"
        for territory, name in dict.fromkeys((verdict.territory, verdict.name) for verdict in part):
            yield f"  {name}" + ("" if territory == SERVICE else f" ({territory})")
            for verdict in (verdict for verdict in part if verdict.territory == territory):
                words = f"à refaire, {' ; '.join(verdict.changes)}" if verdict.changes else "tient"
                yield f"    {verdict.chapter} : {words}"


def render_json(verdicts: Sequence[Verdict]) -> str:
    """Write the verdicts for a program."""
    values = [
        {
            "annee": verdict.year,
            "edition": verdict.edition,
            "territoire": verdict.territory,
            "chapitre": verdict.chapter,
            "tient": not verdict.changes,
            "changements": [{"quoi": change} for change in verdict.changes],
        }
        for verdict in verdicts
    ]
    return json.dumps(values, ensure_ascii=False, indent=1)
