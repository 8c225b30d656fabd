"""What the tests of the audit are told beside the demonstration, and how they check a part that they changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from rlpipeline.audit.examination import Context, check_publication_part, gather
from rlpipeline.audit.findings import Finding
from rlpipeline.pipeline.reconciliation import terms_of
from rlpipeline.published import Cut, Publication
from rlpipeline.records import open_records
from rlpipeline.settings.models import load_settings
from tests.conftest import ROOT, YEAR
from tests.figures.stored import stored

Parts = Mapping[str, Publication]
Check = Callable[..., tuple[Finding, ...]]


@pytest.fixture(scope="session")
def texts() -> Mapping[str, str]:
    """Markdown of the demonstration's texts by name."""
    paths = (ROOT / "params" / str(YEAR) / "textes").glob("*.md")
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory, cut: Cut) -> Context:
    """What a build tells the check of each territory."""
    settings = load_settings(ROOT / "params", YEAR)
    records = open_records(str(ROOT / "data" / "exemple"), settings.service)
    terms = terms_of(settings, stored(records, settings.service, tmp_path_factory.mktemp("chiffres"), YEAR))
    return Context(terms.declared.of(cut), terms.former, terms.texts, names=terms.names)


@pytest.fixture(scope="session")
def copies(cut: Cut, parts: Parts, asked: Context) -> Check:
    """Check the copies of the demonstration, some parts changed, by territory; with other texts where given."""

    def check(changed: Parts | None = None, texts: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
        told = asked if texts is None else replace(asked, texts=texts)
        every = {**parts, **(changed or {})}
        return gather(cut, (check_publication_part(part, cut, told) for part in every.values()), told).copies

    return check
