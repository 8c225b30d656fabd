"""2023 put together: who is met at drop-ins, who is new, who joins the simulated years before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rlpipeline.demo import cohort as rebuilt
from rlpipeline.demo.calendar import first_day, last_day
from rlpipeline.demo.margins import AGES, PRINTED_YEAR, SEXES
from rlpipeline.demo.population import Population, active_in, with_first_contact
from rlpipeline.demo.reconcile import Reconciliation
from rlpipeline.demo.territory import OUTSIDE

Rng = np.random.Generator
# Some of those met at a drop-in are followed under no status: three in four at most come from the street.
FROM_STREET = 0.75


@dataclass(frozen=True)
class Anchor:
    """The people of 2023.

    ``cohort`` has one row an accompagné (its ``personne`` is the index; ``commune`` on 31 December 2023), ``met`` one
    row a young person met at drop-ins (personne).
    """

    population: Population
    cohort: pd.DataFrame
    met: pd.DataFrame


def people_of_2023(rng: Rng, reconciled: Reconciliation) -> Anchor:
    """Young people, follow-ups and drop-in visitors that meet the reconciled margins of 2023."""
    cohort = rebuilt.accompagnes(rng, reconciled)
    paei = rebuilt.paei(rng, cohort, reconciled)
    follow_ups = pd.concat([paei, rebuilt.around(rng, paei)], ignore_index=True)
    street, street_follow_ups = rebuilt.met_in_the_street(rng, reconciled)
    people = pd.concat([cohort[["age", "sexe", "commune"]], street], ignore_index=True)
    at_drop_in, missing = _drop_in(rng, people, reconciled)
    visitors = rebuilt.drop_in_only(rng, missing)
    everyone = pd.concat([people, visitors], ignore_index=True)
    follow_ups = pd.concat(
        [follow_ups, street_follow_ups.assign(personne=street_follow_ups["personne"] + len(cohort))], ignore_index=True
    )
    jeunes = with_first_contact(rng, rebuilt.as_young_people(rng, everyone), follow_ups)
    met = np.concatenate([at_drop_in, np.arange(len(people), len(everyone))])
    jeunes = _first_contacts(rng, jeunes, everyone["age"], met, reconciled)
    return Anchor(_moved(jeunes, paei, follow_ups), cohort, pd.DataFrame({"personne": np.sort(met)}))


def with_other_years(rng: Rng, anchor: Anchor, simulated: Population, last: int) -> Population:
    """Join 2023 to simulated years: who was drawn as active in 2023 leaves, and what was open goes on after it."""
    active = simulated.suivis.loc[active_in(simulated.suivis, PRINTED_YEAR), "personne"].unique()
    remaining = simulated.jeunes.index.difference(active)
    position = pd.Series(np.arange(len(remaining)), index=remaining)
    suivis = simulated.suivis[simulated.suivis["personne"].isin(remaining)]
    others = Population(
        simulated.jeunes.loc[remaining].reset_index(drop=True), suivis.assign(personne=suivis["personne"].map(position))
    )
    own = Population(anchor.population.jeunes, _go_on(rng, anchor.population.suivis, last))
    return rebuilt.joined(own, others)


def _go_on(rng: Rng, suivis: pd.DataFrame, last: int) -> pd.DataFrame:
    """What was open on 31 December 2023 ends some day of the years after, where there are such years."""
    end = last_day(last)
    fin = last_day(PRINTED_YEAR) + rng.integers(10, 420, len(suivis)).astype("m8[D]")
    ends = suivis["fin"].isna().to_numpy() & (fin <= end) & (last > PRINTED_YEAR)
    motif = rng.choice(np.array(rebuilt.CLOSING, dtype=object), len(suivis), p=(0.1, 0.12, 0.04, 0.74))
    closed = ends & (suivis["statut"] == "PAEI").to_numpy()
    return suivis.assign(
        fin=np.where(ends, fin, suivis["fin"].to_numpy("M8[D]")), motif=np.where(closed, motif, suivis["motif"])
    )


def _moved(jeunes: pd.DataFrame, paei: pd.DataFrame, follow_ups: pd.DataFrame) -> Population:
    """Whose PAEI closed for a change of territory lives elsewhere today; the cohort keeps the commune of 2023."""
    gone = paei.loc[paei["motif"] == "changement_territoire", "personne"].unique()
    commune = jeunes["commune"].where(~jeunes.index.isin(gone), OUTSIDE)
    return Population(jeunes.assign(commune=commune), follow_ups)


def _drop_in(
    rng: Rng, people: pd.DataFrame, reconciled: Reconciliation
) -> tuple[np.ndarray, dict[tuple[str, str], int]]:
    """Who of the street also comes to drop-ins, and how many more are needed by age and sex."""
    chosen: list[np.ndarray] = []
    missing: dict[tuple[str, str], int] = {}
    for age in AGES:
        for sexe in SEXES:
            wanted = reconciled.value("presence_sociale", age, sexe)
            pool = rng.permutation(people.index[(people["age"] == age) & (people["sexe"] == sexe)].to_numpy())
            # Room is left for newcomers who are followed under no status: enough of them exist whatever the draw.
            room = wanted - -(-reconciled.value("presence_sociale", age, "nouveaux") // len(SEXES))
            drawn = pool[: max(0, min(room, int(np.ceil(FROM_STREET * len(pool)))))]
            chosen.append(drawn)
            missing[(age, sexe)] = wanted - len(drawn)
    return np.concatenate(chosen), missing


def _first_contacts(
    rng: Rng, jeunes: pd.DataFrame, ages: pd.Series, met: np.ndarray, reconciled: Reconciliation
) -> pd.DataFrame:
    """Among those met at drop-ins, exactly the printed number was first met in the year."""
    start = first_day(PRINTED_YEAR)
    earlier = pd.Series(start - rng.integers(20, 600, len(jeunes)).astype("m8[D]"), index=jeunes.index)
    in_year = pd.Series(start + rng.integers(10, 330, len(jeunes)).astype("m8[D]"), index=jeunes.index)
    contact = jeunes["premier_contact"]
    new: list[int] = []
    for age in AGES:
        visitors = rng.permutation(met[(ages.loc[met] == age).to_numpy()])
        possible = visitors[(contact.loc[visitors].isna() | (contact.loc[visitors] >= start)).to_numpy()]
        followed_first = possible[np.argsort(contact.loc[possible].isna().to_numpy(), kind="stable")]
        new.extend(followed_first[: reconciled.value("presence_sociale", age, "nouveaux")].tolist())
    is_new = jeunes.index.isin(new)
    earlier_visitors = jeunes.index.isin(met) & ~is_new
    too_late = contact.isna() | (contact >= start)
    contact = contact.mask(earlier_visitors & too_late, earlier)
    return jeunes.assign(premier_contact=contact.mask(is_new & contact.isna(), in_year))
