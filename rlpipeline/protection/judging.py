"""The attack as judge of what is about to be published: our figures beside all that was released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rlpipeline.attack import Attacked, Knowledge, Publication, attack
from rlpipeline.declared import Links
from rlpipeline.figures import label_of
from rlpipeline.protection.classes import Classes, classes_of, sensitive_row, shared_lines
from rlpipeline.protection.exactness import Margins
from rlpipeline.protection.releases import Releases
from rlpipeline.settings.models import Service

OURS = "édition"
Spelled = Mapping[str, Mapping[str, tuple[str, ...]]]


def attacked(
    figures: pd.DataFrame, classes: Classes, service: Service, links: Links, released: Releases, followed: bool
) -> Attacked:
    """Attack figures about to be published beside those released.

    Parameters
    ----------
    figures
        Columns of ``indicateurs.csv`` and ``base``.
    followed
        Whether issues and referrals are those of young people followed, as :class:`Knowledge` has it.
    """
    ours = Publication(OURS, figures, spelled(classes))
    return attack([*publications(released), ours], knowledge(service, links, followed))


def publications(released: Releases) -> list[Publication]:
    """Give each release of the ledger, with the wider classes that it told."""
    return [Publication(one.name, one.figures, told(one.rules), released=True) for one in released.each]


def told(rules: Mapping[str, Any]) -> Spelled:
    """Give the wider classes that a release told beside its figures."""
    return {axis: {code: tuple(codes) for code, codes in named.items()} for axis, named in rules["classes"].items()}


def spelled(classes: Classes) -> Spelled:
    """Give the codes of each wider class."""
    return {axis: {code: tuple(one.codes) for code, one in named.items()} for axis, named in classes.items()}


def knowledge(service: Service, links: Links, followed_only: bool = True) -> Knowledge:
    """Tell the attack the rules that the report prints.

    Parameters
    ----------
    followed_only
        Whether issues and referrals are those of young people followed, as :class:`Knowledge` has it.
    """
    rules = service.diffusion
    classes = classes_of(rules, service)
    return Knowledge(
        {commune.code: commune.nom for commune in service.communes},
        links=links,
        seuil=rules.seuil,
        seuil_sensible=rules.seuil_sensible,
        sensibles=frozenset({sensitive_row(rules, service), *rules.sensibles}),
        base=rules.base,
        followed_only=followed_only,
        margin=Margins(frozenset(shared_lines(classes, rules, service).families), links.actions),
        word=label_of,
    )
