"""What the settings say of the service: its identity and its territory, as fragments of HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from rlpipeline.display import french, many
from rlpipeline.figures import SERVICE
from rlpipeline.settings.models import Commune, ReportSettings, Service, Settings


def identity(settings: Settings) -> str:
    """Write the service's name, territory and the status of the report as a list of terms."""
    service = settings.service
    communes = many.names([commune.nom for commune in service.communes])
    terms = [
        ("Service", service.nom),
        ("Département", service.departement_named),
        ("Commune" if len(service.communes) == 1 else "Communes", communes),
        *([("Intercommunalité", service.epci.nom)] if service.epci else []),
        ("Année du rapport", str(settings.year)),
        *_status(settings.report),
    ]
    return definitions(terms)


def _status(report: ReportSettings) -> Iterator[tuple[str, str]]:
    if report.donnees_arretees_au is not None:
        yield "Données arrêtées au", french.day(report.donnees_arretees_au)
    if report.statut == "valide" and report.date_validation is not None:
        validated = french.day(report.date_validation)
        yield "Validation", f"rapport validé par le conseil d'administration avant transmission, le {validated}"
    else:
        yield "Validation", "brouillon, à valider par le conseil d'administration avant transmission"


def definitions(terms: Iterable[tuple[str, str]]) -> str:
    """Write terms and what is said of them."""
    pairs = "".join(f"<dt>{escape(term)}</dt><dd>{escape(words, quote=False)}</dd>" for term, words in terms)
    return f"<dl>{pairs}</dl>"


def territory(service: Service, territory: str) -> str:
    """List the communes of the territory, each with its priority neighbourhoods."""
    communes = [commune for commune in service.communes if territory in {SERVICE, commune.code}]
    items = "".join(f"<li>{escape(_commune(commune, service), quote=False)}</li>" for commune in communes)
    listed = f"<ul>{items}</ul>"
    if len(communes) <= many.MOST_COMMUNES:
        return listed
    return f"<details><summary>{french.number(len(communes))} communes</summary>{listed}</details>"


def _commune(commune: Commune, service: Service) -> str:
    districts = [district.nom for district in service.qpv if district.commune == commune.code]
    if not districts:
        return f"Commune {french.of(commune.nom)}"
    label = "quartier prioritaire" if len(districts) == 1 else "quartiers prioritaires"
    if [name.casefold() for name in districts] == [label]:  # a district without a name of its own
        return f"Commune {french.of(commune.nom)} ({label})"
    return f"Commune {french.of(commune.nom)} ({label}{french.NBSP}: {french.listing(districts)})"
