"""What a program asks of rlpipeline: a report, a store of figures, the records checked, a year built, its figures read.

Places that are not given are those of ``rlpipeline.yml``, found from the current folder or above, as for the commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pandas as pd

from rlpipeline.errors import UsageError
from rlpipeline.figures.store import Store, is_figure_store
from rlpipeline.pipeline.build import BuildRequest, Published, build_years
from rlpipeline.records.findings import Finding
from rlpipeline.records.store import check as check_records
from rlpipeline.records.store import read_expected
from rlpipeline.report import Edition, Report
from rlpipeline.report import open_report as open_one
from rlpipeline.settings.models import load_service
from rlpipeline.settings.project import opened_by

__all__ = ["Report", "build", "check", "open_report", "open_store", "read_figures"]
FIGURES = "figures.parquet"


def open_report(
    year: int = 0,
    commune: str | int | None = None,
    edition: Edition = "interne",
    source: str = "",
    params: str = "",
) -> Report:
    """Open the report of a year, by default the latest, as a notebook does; raises as it does there.

    Parameters
    ----------
    commune
        Name or INSEE code of a commune, for its portrait.

    Examples
    --------
    ``open_report(2023, "Carvin").indicator("accompagnes")`` gives a DataFrame, a line a figure.
    """
    return open_one(source, params, year, commune, edition)


def open_store(directory: str | Path) -> Store:
    """Open a store of exact figures that ``notebooks/calcul.ipynb`` has written.

    Raises
    ------
    UsageError
        The folder is no such store.
    """
    if not is_figure_store(Path(directory)):
        raise UsageError("Ce dossier ne contient pas de chiffres calculés.", where=str(directory))
    return Store(Path(directory))


def check(source: str | Path = "", params: str | Path = "") -> tuple[Finding, ...]:
    """List every finding of the records, errors (``is_error``) and warnings.

    Raises
    ------
    UsageError
        There is no such source.
    SettingsError
        The settings break their contract.
    ToolError
        The database does not answer.
    """
    places = opened_by(str(source), str(params))
    expected = read_expected(places.params).or_today()
    return tuple(check_records(places.source, load_service(places.params), expected))


def build(
    years: int | Sequence[int] = (),
    editions: Edition | Sequence[Edition] = ("interne", "diffusion"),
    communes: str | Sequence[str] = (),
    pdf: bool = True,
) -> tuple[Published, ...]:
    """Make reports, portraits and their data, in a service's folder; raises as ``pipeline.build.build_years``.

    Parameters
    ----------
    years
        The latest of the records when empty.
    communes
        INSEE codes of the portraits; all of them when empty.

    Returns
    -------
    One an edition of each year: ``directory`` is where it is, ``files`` what people open.
    """
    asked = (editions,) if isinstance(editions, str) else tuple(editions)
    if not asked or not {*asked} <= {*get_args(Edition)}:
        raise UsageError(
            "Édition inconnue.",
            expected=" ou ".join(get_args(Edition)),
            got=repr(editions),
            todo="corriger editions",
        )
    places = opened_by("", "")
    request = BuildRequest(
        *(places.source, places.params, places.out, places.notebooks),
        communes=(communes,) if isinstance(communes, str) else tuple(communes),
        editions=asked,
        pdf=pdf,
        ours=True,
    )
    return tuple(build_years(request, (years,) if isinstance(years, int) else tuple(years)))


def read_figures(directory: str | Path) -> pd.DataFrame:
    """Read the figures of an edition that was built, with their words.

    Parameters
    ----------
    directory
        ``outputs/2023``, or ``outputs/2023/diffusion``.

    Returns
    -------
    indicateur, annee, territoire, ligne, colonne, valeur, unite, etat, tableau, nom_territoire, libelle_ligne,
    libelle_colonne, ligne_totale, colonne_totale, and of the year before valeur_precedente, etat_precedent, origine,
    ecart, comparable, raison: a row a figure of the year; ``valeur`` is NaN where ``etat`` has no number.

    Raises
    ------
    UsageError
        There is none in the folder.
    """
    path = Path(directory) / FIGURES
    if not path.is_file():
        raise UsageError(
            "Ce dossier n'est pas une édition publiée.",
            where=str(path),
            todo="lancer « rlpipeline build »",
        )
    return pd.read_parquet(path).dropna(
        subset="etat", ignore_index=True
    )  # else of the year before alone
