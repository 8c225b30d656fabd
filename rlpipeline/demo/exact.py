"""What is noted about the accompagnés of 2023, as many times as the reconciled margins say."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rlpipeline.demo.anchor import Anchor
from rlpipeline.demo.following import PARTNERS
from rlpipeline.demo.margins import AGES
from rlpipeline.demo.reconcile import Reconciliation
from rlpipeline.settings.models import default_problematiques

Rng = np.random.Generator
# Partners that only concern an age: the others draw from the whole cohort.
PARTNER_AGES = {"mission_locale": AGES[2:], "education_nationale": AGES[:3]}


def situations(anchor: Anchor) -> pd.DataFrame:
    """The situation of every accompagné: personne, situation, commune (of 31 December, where they moved since)."""
    cohort = anchor.cohort
    today = anchor.population.jeunes["commune"].loc[cohort.index]
    moved = cohort["commune"].where(cohort["commune"] != today, "")
    return pd.DataFrame({"personne": cohort.index, "situation": cohort["situation"], "commune": moved})


def problematiques(rng: Rng, anchor: Anchor, reconciled: Reconciliation, paei: pd.DataFrame) -> pd.DataFrame:
    """Issues noted in the PAEI, as printed by age band: suivi, problematique."""
    first = paei.drop_duplicates("personne").reset_index(names="suivi").set_index("personne")["suivi"]
    lines = {m[1] for m in reconciled.cells if m[0] == "problematiques"}
    parts = []
    for age in AGES:
        follow_ups = first.loc[anchor.cohort.index[anchor.cohort["age"] == age]].to_numpy()
        for family in default_problematiques():
            codes = tuple(code.code for code in family.codes)
            printed = {family.code: codes} if family.code in lines else {code: (code,) for code in codes}
            for line, members in printed.items():
                wanted = reconciled.value("problematiques", line, age)
                parts.append(_noted(rng, follow_ups, members, wanted))
    return pd.concat(parts, ignore_index=True)


def co_accompagnements(rng: Rng, anchor: Anchor, reconciled: Reconciliation) -> pd.DataFrame:
    """Other services beside the accompagnés, as printed, over the printed number of young people.

    Notes
    -----
    Everyone of the distinct ones gets a first partner before any gets a second.
    """
    distinct = reconciled.value("co_accompagnements", "au_moins_un", "jeunes")
    wanted = {p: reconciled.value("co_accompagnements", p, "jeunes") for p in PARTNERS}
    ages = anchor.cohort["age"]
    people = _who(rng, ages, wanted["mission_locale"], distinct)
    by_partner: dict[str, set[int]] = {}
    bare = set(people)
    for partner in sorted(PARTNERS, key=lambda p: (p not in PARTNER_AGES, PARTNERS.index(p))):
        fit = [p for p in people if ages[p] in PARTNER_AGES.get(partner, AGES)]
        chosen = sorted(fit, key=lambda p: p not in bare)[: wanted[partner]]
        by_partner[partner] = set(chosen)
        bare -= by_partner[partner]
    rows = [(person, partner) for partner in PARTNERS for person in sorted(by_partner[partner])]
    return pd.DataFrame(rows, columns=["personne", "partenaire"])


def domains(reconciled: Reconciliation) -> list[str]:
    """Domains of the referrals, each as often as printed."""
    lines = [m[1] for m in reconciled.cells if m[0] == "orientations"]
    return [line for line in lines for _ in range(reconciled.value("orientations", line, "nombre"))]


def _noted(rng: Rng, follow_ups: np.ndarray, codes: tuple[str, ...], wanted: int) -> pd.DataFrame:
    """Different pairs of a follow-up and a code; one code noted twice where there are many."""
    pairs = rng.permutation(len(follow_ups) * len(codes))
    repeats = 1 if wanted > 100 else 0
    drawn = np.concatenate([pairs[: wanted - repeats], pairs[:repeats]])
    names = np.array(codes, dtype=object)
    return pd.DataFrame({"suivi": follow_ups[drawn // len(codes)], "problematique": names[drawn % len(codes)]})


def _who(rng: Rng, ages: pd.Series, older_needed: int, distinct: int) -> list[int]:
    """Those with another service: enough of the older ones first, for the mission locale."""
    order = rng.permutation(len(ages))
    older = [int(i) for i in order if ages[int(i)] in PARTNER_AGES["mission_locale"]][:older_needed]
    rest = [int(i) for i in order if int(i) not in set(older)]
    mixed = older + rest[: distinct - len(older)]
    return [mixed[int(i)] for i in rng.permutation(len(mixed))]
