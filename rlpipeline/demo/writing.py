"""The files of the demonstration: one CSV a table, the settings, and what it is, in French."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from rlpipeline.demo.calendar import iso
from rlpipeline.demo.territory import Territory

# Columns of each file, in the order of the contract.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "jeunes": ("id_jeune", "sexe", "date_naissance", "commune", "quartier", "premier_contact", "origine", "qpv"),
    "suivis": ("id_suivi", "id_jeune", "statut", "date_debut", "date_fin", "motif_cloture", "educateur"),
    "situations": ("id_jeune", "annee", "situation", "commune"),
    "problematiques": ("id_suivi", "annee", "problematique"),
    "orientations": ("id_suivi", "date", "domaine", "partenaire"),
    "co_accompagnements": ("id_jeune", "annee", "partenaire"),
    "presences": ("date", "commune", "lieu", "id_jeune"),
    "temps": ("date", "educateur", "commune", "activite", "heures", "en_ligne", "creneau"),
    "actions": (
        "id_action", "annee", "commune", "categorie", "libelle", "seances", "jours", "partenaires",
        "nb_partenaires", "financements", "unite",
    ),
    "participations": ("id_action", "public", "nombre"),
    "demandes": ("date", "commune", "tranche_age", "origine", "suite", "motif"),
    "personnel": ("annee", "categorie", "poste", "etp", "etp_departement", "etp_communes", "precision"),
    "financements": ("annee", "financeur", "montant_eur", "objet"),
    "reseaux": ("annee", "nom", "objet", "modalites", "formalise", "jeunes", "journees", "heures"),
    "instances": ("annee", "instance", "champ", "participations"),
    "partenaires": ("annee", "nom", "domaine"),
    "territoires": ("territoire", "libelle", "type", "indicateur", "valeur", "unite", "millesime", "source"),
    "diagnostics": ("annee", "commune", "quartier", "indicateur", "note", "commentaire"),
}  # fmt: skip
OPTIONAL = frozenset({("jeunes", "origine"), ("jeunes", "qpv"), ("temps", "creneau")})
"""Columns that only some services keep: a file has them where they are filled."""
RENAMED = {"debut": "date_debut", "fin": "date_fin", "motif": "motif_cloture"}
# Order of the rows where the first columns of the file are not the one that reads best.
SORTED_BY = {"jeunes": ["id_jeune"], "suivis": ["id_suivi"]}
UNSORTED = frozenset({"actions", "participations", "personnel", "financements", "reseaux", "instances", "partenaires"})


def write_source(tables: Mapping[str, pd.DataFrame], directory: Path) -> None:
    """Write ``<table>.csv`` for every table: UTF-8, comma, ISO dates, decimal points, the same bytes anywhere."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, every in COLUMNS.items():
        columns = [one for one in every if one in tables[name] or (name, one) not in OPTIONAL]
        frame = _as_text(name, tables[name])[columns]
        if name not in UNSORTED:
            frame = frame.sort_values(SORTED_BY.get(name, columns), kind="stable")
        (directory / f"{name}.csv").write_bytes(frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def write_settings(territory: Territory, years: tuple[int, ...], directory: Path) -> None:
    """Write ``service.yml`` and one ``<year>/rapport.yml`` a year."""
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / "service.yml", _service_yaml(territory))
    for year in years:
        (directory / str(year)).mkdir(exist_ok=True)
        _write(directory / str(year) / "rapport.yml", _report_yaml(territory, year))


def write_readme(territory: Territory, years: tuple[int, ...], directory: Path) -> None:
    """Write ``LISEZMOI.md``: nobody in the records exists, and how they were made."""
    name = "lisezmoi_reconstitue" if territory.printed else "lisezmoi_fictif"
    text = data_text(name).replace("{communes}", str(len(territory.codes)))
    _write(directory / "LISEZMOI.md", text.replace("{annees}", ", ".join(str(year) for year in years)))


def data_text(name: str) -> str:
    """Text kept beside the data files."""
    return resources.files("rlpipeline.demo").joinpath("data", f"{name}.md").read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def _as_text(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    if name == "jeunes":
        frame = frame.assign(date_naissance=_birth(frame))
    if name == "suivis":
        frame = frame.rename(columns=RENAMED)
    return pd.DataFrame(
        {column: _text(frame[column]) if column in frame else "" for column in COLUMNS[name]}, index=frame.index
    )


def _birth(frame: pd.DataFrame) -> np.ndarray:
    """The date, else the year, else nothing."""
    year = frame["annee_naissance"].astype(str).where(frame["annee_naissance"] > 0, "").to_numpy(dtype=object)
    return np.where(frame["naissance"].isna(), year, iso(frame["naissance"].to_numpy("M8[D]")))


def _text(column: pd.Series) -> np.ndarray:
    if column.dtype.kind == "M":
        return iso(column.to_numpy("M8[D]"))
    if column.dtype.kind == "b":
        return np.where(column, "oui", "non")
    if column.dtype.kind == "f":
        return column.map({value: _number(value) for value in column.unique()}, na_action=None).to_numpy(dtype=object)
    return column.astype(object).where(column.notna(), "").to_numpy()


def _number(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if value == int(value) else repr(float(value))


DIFFUSION = (
    "diffusion:",
    "  classes:",
    '    age: {15_ans_et_plus: ["15_18", "19_21", "plus_21", "age_inconnu"]}',
    "    situation:",
    "      apres_college:",
    "        codes:",
    "          - lycee_general",
    "          - lycee_professionnel",
    "          - etudes_superieures",
    "          - recherche_emploi",
    "          - recherche_formation",
    "          - formation",
    "          - activite_professionnelle",
    "          - chomage_rsa",
    "          - non_renseignee",
    '        libelle: "Lycée, études, formation, emploi, chômage (ou non renseignée)"',
    "    motif:",
    "      orientation_ou_depart:",
    "        codes: [orientation, changement_territoire]",
    '        libelle: "Orientation ou changement de territoire"',
    "    problematique:",
    "      droits_et_logement:",
    "        codes: [acces_droits_demarches, logement]",
    '        libelle: "Accès aux droits, démarches et logement"',
    '  raison: "Des classes plus étroites compteraient moins de cinq jeunes : leurs totaux seraient arrondis."',
)
"""Wider classes of the edition to share."""
SCALE = 'echelle_diagnostics: "1, très défavorable, à 5, très favorable"'
"""What the notes, which are drawn at random, mean."""
INVENTED = (
    "ruptures:\n  - {indicateurs: [financements], nature: source, "
    'raison: "les montants de 2022 sont inventés pour la démonstration"}\n'
)
"""Why funding is not compared with the year before that of the printed report."""
PRINTED_ACRONYMS = (
    "# CLS n'y est pas : contrat local de santé et comité local de sécurité le portent tous deux dans ce rapport.",
    "sigles:",
    '  ADAE: "association départementale d\'actions éducatives"',
    '  AFERTES: "association pour la formation, l\'expérimentation et la recherche en travail éducatif et social"',
    '  CAJ: "centre animation jeunesse"',
    "  CAHC: \"communauté d'agglomération d'Hénin-Carvin\"",
    '  EMPS: "équipe mobile de prévention spécialisée"',
    '  MDA: "maison des adolescents"',
    '  MDS: "maison du département solidarité"',
    '  PV: "politique de la ville"',
)
"""What the texts of the printed report abbreviate."""


def _service_yaml(territory: Territory) -> str:
    lines = [
        "# Le service et son territoire. Codes entre guillemets : sans eux, un zéro de tête se perd.",
        f"nom: {_quoted(territory.nom)}",
        "demonstration: true",
        f"departement: {_quoted(territory.departement)}",
        "communes:",
        *(f"  - {{{_commune(territory, code, name)}}}" for code, name in territory.communes),
        f"epci: {{code: {_quoted(territory.epci[0])}, nom: {_quoted(territory.epci[1])}}}",
        "qpv:",
        *(
            f"  - {{code: {_quoted(code)}, nom: {_quoted(name)}, commune: {_quoted(commune)}}}"
            for code, name, commune in territory.qpv
        ),
        *DIFFUSION,
        SCALE,
        *(PRINTED_ACRONYMS if territory.printed else ()),
    ]
    return "\n".join(lines) + "\n"


def _commune(territory: Territory, code: str, name: str) -> str:
    position = territory.positions.get(code)
    where = f", position: [{position[0]}, {position[1]}]" if position else ""
    return f"code: {_quoted(code)}, nom: {_quoted(name)}{where}"


def _report_yaml(territory: Territory, year: int) -> str:
    title = f"Rapport d'activité de l'année {year} du {territory.nom}"
    invented = INVENTED if territory.printed and year == 2023 else ""
    return f"titre: {_quoted(title)}\nstatut: brouillon\ndonnees_arretees_au: {year + 1}-01-31\n{invented}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
