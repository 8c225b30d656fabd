"""Protections that seem to protect, and the publications they would give; and the smallest of publications."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from rlpipeline.attack import Key, Knowledge
from rlpipeline.figures import CSV_COLUMNS, PROTECTED_UNITS, REGISTRY, SERVICE
from rlpipeline.figures.structure import structure
from rlpipeline.protection.shared_tables import NOT_SHARED, STOCK
from rlpipeline.records import Records
from rlpipeline.settings.models import Service
from tests.figures.stored import count_year

KEY = ["indicateur", "annee", "territoire", "ligne", "colonne"]
PLACE = KEY[:3]
ROUNDINGS = 8
Prose = Sequence[str]


@dataclass(frozen=True)
class Exact:
    """What was counted: every figure of the tables about persons, with which ones are too small."""

    figures: pd.DataFrame
    service: Service

    @property
    def primary(self) -> Mapping[Key, int]:
        """Figures under their threshold, with it."""
        small = self.figures[self.small]
        return {Key(*row): threshold(row[3], self.service) for row in small[KEY].itertuples(index=False)}

    @property
    def persons(self) -> pd.Series[bool]:
        return self.figures["unite"].isin(PROTECTED_UNITS) & self.figures["etat"].isin(["ok", "partiel"])

    @property
    def small(self) -> pd.Series[bool]:
        least = self.figures["ligne"].map(lambda line: threshold(line, self.service))
        return self.persons & self.figures["valeur"].between(0, least, inclusive="neither")

    @property
    def knowledge(self) -> Knowledge:
        """An intruder before figures that nobody rounds; random rows may lie outside of their follow-up's dates."""
        return Knowledge(
            {commune.code: commune.nom for commune in self.service.communes},
            seuil=self.service.diffusion.seuil,
            seuil_sensible=self.service.diffusion.seuil_sensible,
            sensibles=self.service.diffusion.sensibles,
            base=None,
            followed_only=False,
        )


def threshold(line: str, service: Service) -> int:
    """Least number that may be published on a line: another one for sensitive families and their codes."""
    settings = service.diffusion
    sensitive = {
        code.code for family in service.problematiques if family.code in settings.sensibles for code in family.codes
    }
    return settings.seuil_sensible if line in {*settings.sensibles, *sensitive} else settings.seuil


def count(records: Records, service: Service, year: int) -> Exact:
    """Count every table about persons that may be shared, for the service and its territories."""
    about_persons = {id: one for id, one in REGISTRY.items() if one.protected and id not in NOT_SHARED}
    counted = count_year(records, year, service, about_persons)
    every = pd.concat([table.figures for table in counted.values()], ignore_index=True)
    shared = every["indicateur"].ne("flux_paei") | every["ligne"].eq(STOCK)
    return Exact(every[shared].reset_index(drop=True), service)


def whole_participants(records: Records) -> Records:
    """Keep whole numbers of participants: random records have quarters, which do not count persons."""
    participations = records["participations"]
    rounded = participations.assign(nombre=np.floor(participations["nombre"]))
    return replace(records, frames={**records.frames, "participations": rounded})


def masked(frame: pd.DataFrame, hidden: pd.Series[bool]) -> pd.DataFrame:
    """Put masks on some figures."""
    return frame.assign(
        valeur=frame["valeur"].mask(hidden), etat=frame["etat"].astype("str").mask(hidden, "masque").astype("str")
    )


def hide_small(exact: Exact) -> pd.DataFrame:
    """Hide 1 to k − 1, and nothing else."""
    return masked(exact.figures, exact.small)


def each_table_apart(exact: Exact) -> pd.DataFrame:
    """Hide small figures, then others of the same table until no line or column of it gives one back."""
    hidden = exact.small.to_numpy().copy()
    values = exact.figures["valeur"].to_numpy()
    persons = exact.persons.to_numpy()
    for _, table in exact.figures.groupby(PLACE, sort=False):
        _close(_sums(table, exact.service), values, hidden, persons)
    return masked(exact.figures, pd.Series(hidden, index=exact.figures.index))


def _sums(table: pd.DataFrame, service: Service) -> list[np.ndarray]:
    """List the cells of each line and column that add up: newcomers and families are sums of their own."""
    added = table[table["colonne"] != "nouveaux"]
    sums = [group.index.to_numpy() for _, group in added.groupby("ligne", sort=False)]
    families = {family.code: [code.code for code in family.codes] for family in service.problematiques}
    groups = [[*families, "total"], *([family, *codes] for family, codes in families.items())]
    if table["indicateur"].iloc[0] != "problematiques":
        groups = [[*table["ligne"].unique()]]
    for _, column in table.groupby("colonne", sort=False):
        sums += [column.index[column["ligne"].isin(group)].to_numpy() for group in groups]
    return sums


def _close(sums: Sequence[np.ndarray], values: np.ndarray, hidden: np.ndarray, persons: np.ndarray) -> None:
    """Hide a second figure, the smallest but zero, in every sum that has one hidden alone."""
    changed = True
    while changed:
        changed = False
        for cells in sums:
            others = [cell for cell in cells if not hidden[cell] and persons[cell] and values[cell] > 0]
            if hidden[cells].sum() == 1 and others:
                hidden[min(others, key=lambda cell: values[cell])] = True
                changed = True


def rounded_anew(exact: Exact, release: int) -> pd.DataFrame:
    """Round the figures of territories to base 5 either way at random, otherwise at each release; hide small ones."""
    there = exact.persons & (exact.figures["territoire"] != SERVICE)
    return masked(_rounded(exact, there, release), exact.small & ~there)


def independent_portraits(exact: Exact) -> pd.DataFrame:
    """Give the margins of the service as they are, and round each other figure by itself."""
    frame = exact.figures
    margin = (frame["ligne"] == "total") | (frame["colonne"] == "total")
    shown = (frame["territoire"] == SERVICE) & margin & ~exact.small
    return _rounded(exact, exact.persons & ~shown)


def all_rounded(exact: Exact) -> pd.DataFrame:
    """Round every figure by itself, either way at random."""
    return _rounded(exact, exact.persons)


def to_the_nearest(exact: Exact) -> pd.DataFrame:
    """Round every figure by itself to the nearest multiple of the base."""
    base = exact.service.diffusion.base
    near = np.floor(exact.figures["valeur"] / base + 0.5) * base
    return _marked(exact.figures, exact.persons, near)


def _rounded(exact: Exact, where: pd.Series[bool], seed: int = 0) -> pd.DataFrame:
    """Round some figures either way at random, as likely up as they are far up, and say so."""
    base = exact.service.diffusion.base
    random = np.random.Generator(np.random.PCG64(seed))
    down = np.floor(exact.figures["valeur"] / base) * base
    up = random.random(len(exact.figures)) < (exact.figures["valeur"] - down) / base
    return _marked(exact.figures, where, down + base * up)


def _marked(frame: pd.DataFrame, where: pd.Series[bool], values: pd.Series[float]) -> pd.DataFrame:
    states = frame["etat"].mask(where, "arrondi").astype("str")
    return frame.assign(valeur=frame["valeur"].mask(where, values), etat=states)


def without_a_portrait(exact: Exact) -> pd.DataFrame:
    """Give everything but what concerns the smallest commune: the complete report minus the other portraits is that."""
    frame = exact.figures
    counted = frame[
        (frame["indicateur"] == "accompagnes") & (frame["ligne"] == "total") & (frame["colonne"] == "total")
    ]
    communes = counted[counted["territoire"].isin(exact.service.commune_codes) & (counted["valeur"] > 0)]
    smallest = communes.sort_values("valeur")["territoire"].iloc[0]
    of_it = (frame["territoire"] == smallest) | ((frame["indicateur"] == "communes") & (frame["ligne"] == smallest))
    return masked(frame, of_it & exact.persons)


def with_last_year(now: Exact, then: Exact) -> pd.DataFrame:
    """Write ``evolutions.csv``: both years with their small figures hidden, and the difference of what was counted."""
    shifted = then.figures.assign(annee=lambda one: one["annee"] + 1)
    pairs = now.figures.merge(shifted, on=KEY, how="outer", suffixes=("", "_then")).set_index(KEY)
    shown_now, shown_then = (
        hide_small(now).set_index(KEY),
        hide_small(then).assign(annee=shifted["annee"]).set_index(KEY),
    )
    evolutions = shown_now.reindex(pairs.index).fillna({"etat": "", "unite": ""})
    former = shown_then.reindex(pairs.index)
    return evolutions.reset_index().assign(
        annee_precedente=pairs.index.get_level_values("annee") - 1,
        valeur_precedente=former["valeur"].to_numpy(),
        etat_precedent=former["etat"].fillna("").to_numpy(),
        origine="calculé",
        ecart=(pairs["valeur"] - pairs["valeur_then"]).to_numpy(),
        comparable="oui",
        raison="",
    )


def percentages(exact: Exact) -> Prose:
    """Write each small figure of the service as a percentage of its column's total."""
    frame = exact.figures[exact.small & (exact.figures["territoire"] == SERVICE)]
    totals = exact.figures[exact.figures["ligne"] == "total"].set_index([*PLACE, "colonne"])["valeur"]
    return [
        part(Key(*row[:5]), float(row[5]), float(totals[row[0], row[1], row[2], row[4]]))
        for row in frame[[*KEY, "valeur"]].itertuples(index=False)
        if (row[0], row[1], row[2], row[4]) in totals.index and row[3] != "total"
    ]


def part(key: Key, value: float, whole: float) -> str:
    """Write « 61 % » as the texts of the report do."""
    ref, of = (quoted(one) for one in (key, key._replace(ligne="total")))
    words = f"{100 * value / whole:.1f}".replace(".", ",")
    return (
        f'<span class="rl-chiffre" data-annee="{key.annee}" data-decimales="1" data-fonction="part" data-ref="{ref}" '
        f'data-sur="{of}" data-territoire="{key.territoire}">{words}\u00a0%</span>'
    )


def quoted(key: Key) -> str:
    """Write ``id/ligne/colonne`` as a page does."""
    return "/".join(part.replace("/", "%2F") for part in (key.indicateur, key.ligne, key.colonne))


def publish(
    frame: pd.DataFrame, directory: Path, service: Service, prose: Prose = (), evolutions: pd.DataFrame | None = None
) -> Path:
    """Write the files of a publication: ``indicateurs.csv``, the report, the portraits."""
    directory.mkdir(parents=True)
    declare(directory, service)
    _csv(frame[list(CSV_COLUMNS)], directory / "indicateurs.csv")
    if evolutions is not None:
        _csv(evolutions, directory / "evolutions.csv")
    families = {family.code for family in service.problematiques}
    (directory / "communes").mkdir()
    for territory, tables in frame.groupby("territoire", sort=False):
        name = "rapport" if territory == SERVICE else f"communes/{territory}"
        if territory in {SERVICE, *service.commune_codes}:
            (directory / f"{name}.html").write_text(page(tables, families, prose if territory == SERVICE else ()))
    return directory


def declare(directory: Path, service: Service, **more: object) -> None:
    """Write the data dictionary of a publication: what links its tables, and more, as what it says of rounding."""
    content = {**structure(REGISTRY, service), **more}
    (directory / "datapackage.json").write_text(json.dumps(content), encoding="utf-8")


def _csv(frame: pd.DataFrame, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(frame.columns)
        writer.writerows([_written(cell) for cell in row] for row in frame.itertuples(index=False))


def _written(cell: object) -> object:
    if isinstance(cell, float):
        return "" if math.isnan(cell) else f"{cell:g}"
    return cell


def page(frame: pd.DataFrame, families: Iterable[str], prose: Prose = ()) -> str:
    """Write tables as a page has them, and sentences."""
    tables = [_table(table, {*families}) for _, table in frame.groupby(PLACE, sort=False)]
    sentences = "".join(f"<p>{sentence}</p>" for sentence in prose)
    return f'<!doctype html><html lang="fr"><body>{"".join(tables)}<div class="rl-text">{sentences}</div></body></html>'


def _table(table: pd.DataFrame, families: set[str]) -> str:
    indicator, year, territory = table[PLACE].iloc[0]
    columns = list(dict.fromkeys(table["colonne"]))
    heads = "".join(f'<th class="num" data-colonne="{escape(one)}" scope="col">{escape(one)}</th>' for one in columns)
    rows = "".join(_row(line, group, columns, families) for line, group in table.groupby("ligne", sort=False))
    return (
        f'<table class="rl-table" data-annee="{year}" data-tableau="{indicator}" data-territoire="{territory}">'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(line: str, group: pd.DataFrame, columns: Sequence[str], families: set[str]) -> str:
    cells = group.set_index("colonne")
    kind = "famille" if line in families else "total" if line == "total" else ""
    shown = "".join(_cell(cells.at[one, "valeur"], cells.at[one, "etat"]) for one in columns if one in cells.index)
    return f'<tr class="{kind}" data-ligne="{escape(line)}"><th scope="row">{escape(line)}</th>{shown}</tr>'


def _cell(value: float, state: str) -> str:
    words = {"masque": "masqué", "nc": '<abbr title="non communiqué">nc</abbr>'}.get(state) or f"{value:g}"
    if state == "arrondi":
        words = f'<span aria-hidden="true">≈ {words}</span>'
    return f'<td class="num {state if state != "ok" else ""}">{words.replace(".", ",")}</td>'
