"""What the service accepts, said in the annexes of its report with its reasons: findings, implausible records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import unquote

from rlpipeline.display import french, markup
from rlpipeline.figures import Declared, label_of
from rlpipeline.records import Silenced
from rlpipeline.records.findings import CODES
from rlpipeline.settings.acceptances import CHECKS, Acceptance, read_acceptances
from rlpipeline.settings.models import Settings

TYPED = frozenset({"chiffre_non_lie", "tendance_contredite"})
NONE = "Les chiffres publiés s'accordent entre eux : aucun écart n'a été accepté."
INTRODUCTION = (
    "Les chiffres publiés sont contrôlés avant chaque publication. Le service connaît les écarts suivants et les "
    "publie, pour la raison donnée."
)


IMPLAUSIBLE = "Le service a vérifié ces lignes de ses données, invraisemblables à première vue, et les maintient."


def to_html(settings: Settings, tables: Mapping[str, Declared], silenced: Sequence[Silenced] = ()) -> str:
    """Write what ``ecarts.yml`` accepts for the year, and what ``plausibilite.yml`` accepts of the records.

    Parameters
    ----------
    tables
        What is said of each table, by its name.
    silenced
        The implausible records that are accepted.

    Returns
    -------
    A sentence where no finding is accepted, else a list: place, the two values where they are given, rule, reason; then
    the implausible records: rule, how many, reason. Figures are marked as typed, since they come from no table.

    Raises
    ------
    SettingsError
        The file breaks its contract.
    """
    accepted = read_acceptances(settings.directory, settings.year)
    figures = f"<p>{INTRODUCTION}</p><ul>{''.join(_item(one, settings, tables) for one in accepted)}</ul>"
    records = f"<p>{IMPLAUSIBLE}</p><ul>{''.join(_silenced(one) for one in silenced)}</ul>"
    return (figures if accepted else f"<p>{french.spaced(NONE)}</p>") + (records if silenced else "")


def _silenced(one: Silenced) -> str:
    rule = CODES[one.code]
    rows = french.count(one.lignes, "ligne", "lignes")
    return _typed(f"{rule[0].upper()}{rule[1:]}{french.NBSP}: {rows}. Raison{french.NBSP}: ", one.raison)


def _item(one: Acceptance, settings: Settings, tables: Mapping[str, Declared]) -> str:
    rule = CHECKS[one.controle]
    values = f"{french.NBSP}: {' et '.join(one.valeurs)}" if one.valeurs else ""
    where = f"{_place(one, settings, tables)}{values}"
    opening = f"{where}. Règle{french.NBSP}: {rule[0].lower()}{rule[1:]}. Raison{french.NBSP}: "
    return _typed(opening, one.raison)


def _typed(opening: str, reason: str) -> str:
    words = escape(french.spaced(opening + reason.strip().rstrip(".") + "."), quote=False)
    return f'<li><span class="rl-fixe"{markup.attributes(raison="écart accepté")}>{words}</span></li>'


def _place(one: Acceptance, settings: Settings, tables: Mapping[str, Declared]) -> str:
    """« Situation des jeunes accompagnés, par âge (ensemble du service, 2023), ligne « Total », colonne « Total » »."""
    path = one.cle.removeprefix(f"{one.controle}:")
    if one.controle in TYPED:
        return "Texte « {} », « {} »".format(*_of_text(path))
    parts = [unquote(part) for part in path.partition(":")[0].split("/")]
    if len(parts) != 5:
        return path.replace("_", " ")
    indicator, year, territory, line, column = parts
    title = tables[indicator].title if indicator in tables else indicator
    names = {commune.code: commune.nom for commune in settings.service.communes}
    place = names.get(territory) or label_of(territory).lower()
    return f"{title} ({place}, {year}), ligne « {label_of(line)} », colonne « {label_of(column)} »"


def _of_text(path: str) -> tuple[str, str]:
    """Name of the text and words of a key ``edito/en_forte_baisse/77661f05``."""
    where, _, words = path.rpartition("/")[0].rpartition("/")
    return where, words.replace("_", " ")
