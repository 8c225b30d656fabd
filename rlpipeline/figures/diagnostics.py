"""Annexes: the notes of the shared territorial assessments."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from rlpipeline.figures.declaration import Indicator
from rlpipeline.figures.labels import label_of, natural_key
from rlpipeline.figures.population import things
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.tidy import NC, OK, VIDE, tidy
from rlpipeline.figures.words import texts
from rlpipeline.records.frames import Records


def diagnostics(records: Records, scope: Scope) -> pd.DataFrame:
    """Give the note of each neighbourhood for each indicator, of the assessment and of that of the year before.

    Notes
    -----
    What was assessed the year before alone is not applicable (``vide``), with its former note beside it; it is not
    communicated where no assessment at all was entered for the year.
    """
    now, then = _notes(records, scope), _notes(records, replace(scope, year=scope.year - 1))
    both = pd.concat([now, then])
    lines, columns = _lines(both, scope), sorted(both["indicateur"].unique(), key=natural_key)
    cells = now.set_index(["ligne", "indicateur"])["note"]
    grid = pd.MultiIndex.from_product([lines, columns])
    values = cells.reindex(grid).to_numpy("float64")
    unknown = (
        cells.index if "diagnostics" in records.present else pd.MultiIndex.from_frame(then[["ligne", "indicateur"]])
    )
    states = np.where(~np.isnan(values), OK, np.where(grid.isin(unknown), NC, VIDE)).astype(object)
    shape = (len(lines), len(columns))
    return tidy(lines, columns, values.reshape(shape), "note", states.reshape(shape))


def _notes(records: Records, scope: Scope) -> pd.DataFrame:
    notes = things(records, "diagnostics", scope)
    return notes.assign(ligne=notes["commune"] + "/" + notes["quartier"])


def _lines(notes: pd.DataFrame, scope: Scope) -> list[str]:
    """List the neighbourhoods by commune, in the order of the settings, then by name."""
    rank = {code: position for position, code in enumerate(scope.service.commune_codes)}
    places = notes[["commune", "quartier", "ligne"]].drop_duplicates("ligne").itertuples(index=False)
    ordered = sorted(
        places, key=lambda place: (rank.get(place[0], len(rank)), natural_key(place[0]), natural_key(place[1]))
    )
    return [place[2] for place in ordered]


def _row_labels(records: Records, scope: Scope) -> dict[str, str]:
    def labels() -> dict[str, str]:
        names = {commune.code: commune.nom for commune in scope.service.communes}
        places = records["diagnostics"][["commune", "quartier"]].drop_duplicates().itertuples(index=False)
        return {f"{code}/{district}": f"{names.get(code, label_of(code))} – {district}" for code, district in places}

    return records.once(("districts", scope.service.commune_codes), labels)


def _texts(records: Records, scope: Scope) -> pd.DataFrame:
    """Write the comment of each note."""
    notes = _notes(records, scope)
    return texts(notes["ligne"], notes["indicateur"], notes["commentaire"])


def _scale(records: Records, scope: Scope) -> tuple[str, ...]:
    """Say what the notes mean, where the settings do."""
    meaning = scope.service.echelle_diagnostics
    return (f"Échelle des notes : {meaning.strip().rstrip('.')}.",) if meaning else ()


def _used(records: Records, scope: Scope) -> dict[str, int]:
    years = (scope, replace(scope, year=scope.year - 1))
    return {"diagnostics": sum(len(_notes(records, year)) for year in years)}


DIAGNOSTICS = partial(
    Indicator,
    shares_words=False,
    unit="note (1 à 5)",
    source="données du service (diagnostics)",
    tables=("diagnostics",),
    scope="both",
    additive=False,
    protected=False,
    compute=diagnostics,
    row_labels=_row_labels,
    texts=_texts,
    notes=_scale,
    with_previous_year=True,
    filter="notes de {annee} et de {avant}, {quartiers}",
    used=_used,
)
