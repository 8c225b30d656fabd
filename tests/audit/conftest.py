"""What the tests of the audit are told beside the demonstration, and how they check a part that they changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from rlpipeline.audit.examination import Context
from rlpipeline.audit.findings import Finding
from rlpipeline.audit.report import Terms
from rlpipeline.figures import SERVICE
from rlpipeline.pipeline.reconciliation import terms_of
from rlpipeline.published import Cut, Publication
from rlpipeline.settings.models import load_settings
from tests.audit.words import Checked, check_whole_part, findings_of
from tests.conftest import ROOT, YEAR

Parts = Mapping[str, Publication]
Check = Callable[..., tuple[Finding, ...]]


@pytest.fixture(scope="session")
def texts() -> Mapping[str, str]:
    """Markdown of the demonstration's texts by name."""
    paths = (ROOT / "params" / str(YEAR) / "textes").glob("*.md")
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="session")
def terms(store: Path) -> Terms:
    """What a build tells the audit of the demonstration."""
    return terms_of(load_settings(ROOT / "params", YEAR), store)


@pytest.fixture(scope="session")
def asked(terms: Terms, cut: Cut) -> Context:
    """What a build tells the check of each territory."""
    declared = replace(terms.declared, links=cut.dictionary.links)
    return Context(declared, terms.former, terms.texts, names=terms.names)


@pytest.fixture(scope="session")
def copies(cut: Cut, parts: Parts, asked: Context) -> Check:
    """Check the copies of the demonstration and its words, some parts changed, by territory; with other texts if given.

    A part that looks at nothing of what changed says what it said before.
    """
    before = {place: check_whole_part(part, cut, asked) for place, part in parts.items()}

    def stands(checked: Checked, changed: Parts) -> bool:
        looked_at = checked.figures
        seen = {territory for territory, _ in looked_at.tables} | ({SERVICE} if looked_at.borrowed else set())
        return not {cut.places.owner(one) for one in seen} & changed.keys()

    def check(changed: Parts | None = None, texts: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
        told = asked if texts is None else replace(asked, texts=texts)
        every = {**parts, **(changed or {})}
        anew = {
            place: check_whole_part(part, cut, told)
            for place, part in every.items()
            if texts is not None or part is not parts[place] or not stands(before[place], changed or {})
        }
        return findings_of(cut, ({**before, **anew}[place] for place in every), told)

    return check
