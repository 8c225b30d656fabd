"""The young people of 2023, rebuilt so that the reconciled margins are met exactly."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.demo.calendar import NEVER, completed_months, first_day, last_day, minus_months
from rlpipeline.demo.margins import AGES, PRINTED_YEAR, SEXES
from rlpipeline.demo.population import BAND_HIGH, BAND_LOW, Population, births
from rlpipeline.demo.reconcile import Reconciliation
from rlpipeline.demo.territory import OUTSIDE, PRINTED_COMMUNES

SPANS = {"moins_6_mois": (0, 5), "6_11_mois": (6, 11), "12_23_mois": (12, 23), "24_mois_plus": (24, 38)}
SITUATIONS = (
    "ecole_primaire", "college", "lycee_general", "lycee_professionnel", "etudes_superieures", "descolarise",
    "recherche_emploi", "recherche_formation", "formation", "activite_professionnelle", "chomage_rsa",
)  # fmt: skip
CLOSING = ("orientation", "difficulte_mobilisation", "changement_territoire", "amelioration_situation")
STATUS_CHANGES = 5
RETURNS = 3
SECOND_PAEI = 2
# Young people of the street and of the drop-in who live elsewhere: the printed report does not tell them apart.
LIVING_OUTSIDE = 7

Rng = np.random.Generator


def accompagnes(rng: Rng, reconciled: Reconciliation) -> pd.DataFrame:
    """The accompagnés of 2023.

    Returns
    -------
    One row a young person: age, sexe, commune, situation, duree, nouveau, and ``clos`` (whether the PAEI ends in
    the year). Within an age band the columns are shuffled apart from one another.
    """
    cohort = pd.concat([_band(rng, reconciled, age) for age in AGES], ignore_index=True)
    clos = ~cohort["nouveau"] & cohort["duree"].isin(["moins_6_mois", "6_11_mois"])
    wanted = reconciled.value("clotures", "total", "nombre") + STATUS_CHANGES
    free = rng.permutation(np.flatnonzero(~clos))[: wanted - int(clos.sum())]
    return cohort.assign(clos=clos | cohort.index.isin(free))


def paei(rng: Rng, cohort: pd.DataFrame, reconciled: Reconciliation) -> pd.DataFrame:
    """The PAEI of the cohort: one that lasts as printed, for a few an earlier one or a second one in the year.

    Returns
    -------
    personne (position in the cohort), statut, debut, fin (NaT while open), motif.
    """
    back = _coming_back(rng, cohort)
    rows = [_dates(rng, row, index in back) for index, row in enumerate(cohort.to_dict("records"))]
    main = pd.DataFrame(rows, columns=["debut", "fin"]).astype("datetime64[s]")
    main.insert(0, "personne", cohort.index)
    closing = [m for m in CLOSING for _ in range(reconciled.value("clotures", m, "nombre"))]
    motifs = rng.permutation(np.array([*closing, *["changement_statut"] * STATUS_CHANGES], dtype=object))
    main["motif"] = ""
    main.loc[cohort["clos"].to_numpy(), "motif"] = motifs
    every = pd.concat([main, _earlier(rng, main, back), _second(rng, main, cohort)], ignore_index=True)
    return every.assign(statut="PAEI")


def around(rng: Rng, suivis: pd.DataFrame) -> pd.DataFrame:
    """Follow-ups under another status: an ACCROCHE before some first PAEI, an ASEP after a change of status."""
    first = suivis.groupby("personne", as_index=False)["debut"].min()
    some = first[rng.random(len(first)) < 0.35]
    fin = some["debut"].to_numpy() - rng.integers(1, 15, len(some)).astype("m8[D]")
    debut = fin - rng.integers(20, 180, len(some)).astype("m8[D]")
    before = pd.DataFrame({"personne": some["personne"], "statut": "ACCROCHE", "debut": debut, "fin": fin})
    changed = suivis[suivis["motif"] == "changement_statut"]
    after = pd.DataFrame(
        {
            "personne": changed["personne"],
            "statut": "ASEP",
            "debut": changed["fin"].to_numpy() + np.timedelta64(1, "D"),
            "fin": NEVER,
        }
    )
    return pd.concat([before, after[after["debut"] <= pd.Timestamp(last_day(PRINTED_YEAR))]]).assign(motif="")


def met_in_the_street(rng: Rng, reconciled: Reconciliation) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Young people met in the street who are not accompagnés, and their follow-ups (ASEP or ACCROCHE)."""
    rows = [
        (age, sexe)
        for age in AGES
        for sexe in SEXES
        for _ in range(reconciled.value("travail_de_rue", age, sexe) - reconciled.value("accompagnes", age, sexe))
    ]
    people = pd.DataFrame(rows, columns=["age", "sexe"])
    people["commune"] = _communes_met(rng, len(people))
    size = len(people)
    start, end = first_day(PRINTED_YEAR), last_day(PRINTED_YEAR)
    debut = start + rng.integers(-240, 365, size).astype("m8[D]")
    fin = np.maximum(debut + rng.integers(10, 330, size).astype("m8[D]"), start + rng.integers(0, 60, size))
    suivis = pd.DataFrame(
        {
            "personne": np.arange(size),
            "statut": rng.choice(np.array(["ASEP", "ACCROCHE"], dtype=object), size, p=(0.55, 0.45)),
            "debut": debut,
            "fin": np.where(fin <= end, fin, NEVER),
            "motif": "",
        }
    )
    return people, suivis


def drop_in_only(rng: Rng, counts: dict[tuple[str, str], int]) -> pd.DataFrame:
    """Young people met at a drop-in and followed under no status in the year: (age, sexe) → how many."""
    rows = [key for key, count in counts.items() for _ in range(count)]
    return pd.DataFrame(rows, columns=["age", "sexe"]).assign(commune=_communes_met(rng, len(rows), outside=0))


def as_young_people(rng: Rng, people: pd.DataFrame) -> pd.DataFrame:
    """Birth dates for rows of ``age`` (band), ``sexe`` and ``commune``; the age is that of 31 December 2023."""
    band = people["age"].map({age: i for i, age in enumerate(AGES)}).to_numpy(dtype=np.int64)
    low, high = BAND_LOW[band], BAND_HIGH[band]
    # Those followed for long were not infants when it began: the youngest of a band are left out half the time.
    years = PRINTED_YEAR - np.maximum(rng.integers(low, high + 1), rng.integers(low, high + 1))
    frame = {"sexe": people["sexe"], "annee_naissance": years, "naissance": births(rng, years)}
    return pd.DataFrame({**frame, "commune": people["commune"]})


def joined(*parts: Population) -> Population:
    """Several populations as one; the numbers of the young people follow on."""
    offsets = np.cumsum([0, *(len(part.jeunes) for part in parts)])
    suivis = [
        part.suivis.assign(personne=part.suivis["personne"] + offset)
        for part, offset in zip(parts, offsets, strict=False)
    ]
    jeunes = pd.concat([part.jeunes for part in parts], ignore_index=True)
    return Population(jeunes, pd.concat(suivis, ignore_index=True))


def _band(rng: Rng, reconciled: Reconciliation, age: str) -> pd.DataFrame:
    def column(tableau: str, names: tuple[str, ...], across: bool) -> np.ndarray:
        place = [(age, name) if across else (name, age) for name in names]
        values = [n for n, (li, co) in zip(names, place, strict=True) for _ in range(reconciled.value(tableau, li, co))]
        return rng.permutation(np.array(values, dtype=object))

    frame = pd.DataFrame({"sexe": column("accompagnes", SEXES, across=True)})
    frame["age"] = age
    frame["commune"] = column("communes", tuple(code for code, _ in PRINTED_COMMUNES), across=False)
    frame["situation"] = column("situations", SITUATIONS, across=False)
    frame["duree"] = column("durees", tuple(SPANS), across=False)
    recent = rng.permutation(np.flatnonzero(frame["duree"].isin(["moins_6_mois", "6_11_mois"])))
    frame["nouveau"] = frame.index.isin(recent[: reconciled.value("accompagnes", age, "nouveaux")])
    return frame


def _coming_back(rng: Rng, cohort: pd.DataFrame) -> frozenset[int]:
    """Those, not new, whose PAEI is recent because an earlier one had ended."""
    recent = cohort.index[~cohort["nouveau"] & cohort["duree"].isin(["moins_6_mois", "6_11_mois"])]
    return frozenset(int(i) for i in rng.permutation(recent.to_numpy())[:RETURNS])


def _dates(rng: Rng, row: Mapping[Hashable, Any], back: bool) -> tuple[np.datetime64, np.datetime64]:
    """First and last day of a PAEI that lasts as the row says; drawn again until every condition holds."""
    start, end = first_day(PRINTED_YEAR), last_day(PRINTED_YEAR)
    low, high = SPANS[row["duree"]]
    begins_in_year = bool(row["nouveau"]) or back
    while True:
        fin = start + rng.integers(0, 365) if row["clos"] else end
        months = rng.integers(low, high + 1)
        debut = minus_months(np.array([fin]), np.array([months]))[0] - rng.integers(0, 28)
        lasted = int(completed_months(np.array([debut]), np.array([fin]))[0])
        if (debut >= start) == begins_in_year and low <= lasted <= high:
            return debut, fin if row["clos"] else NEVER


def _earlier(rng: Rng, main: pd.DataFrame, back: frozenset[int]) -> pd.DataFrame:
    some = main[main["personne"].isin(back)]
    fin = first_day(PRINTED_YEAR) - rng.integers(40, 200, len(some)).astype("m8[D]")
    debut = fin - rng.integers(100, 300, len(some)).astype("m8[D]")
    return pd.DataFrame({"personne": some["personne"], "debut": debut, "fin": fin, "motif": "difficulte_mobilisation"})


def _second(rng: Rng, main: pd.DataFrame, cohort: pd.DataFrame) -> pd.DataFrame:
    """A short PAEI that ended before the autumn, then another one, as short, still open at the end of the year."""
    short = (cohort["duree"] == "moins_6_mois").to_numpy() & (main["fin"] < f"{PRINTED_YEAR}-08-15").to_numpy()
    some = main[short & main["motif"].isin(["difficulte_mobilisation", "amelioration_situation"]).to_numpy()].head(
        SECOND_PAEI
    )
    debut = np.datetime64(f"{PRINTED_YEAR}-09-01", "D") + rng.integers(0, 60, len(some)).astype("m8[D]")
    return pd.DataFrame({"personne": some["personne"], "debut": debut, "fin": NEVER, "motif": ""})


def _communes_met(rng: Rng, size: int, outside: int = LIVING_OUTSIDE) -> np.ndarray:
    codes = np.array([code for code, _ in PRINTED_COMMUNES], dtype=object)
    drawn = rng.choice(codes, size, p=(0.28, 0.24, 0.22, 0.26))
    drawn[rng.permutation(size)[:outside]] = OUTSIDE
    return np.asarray(drawn, dtype=object)
