"""The annexes: how everything is counted, table by table; acronyms; what the service accepts, with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import unquote

from rlpipeline.display import french, markup, text
from rlpipeline.display.phrases import FEWEST_IN_PERCENT, FEWEST_IN_WORDS, STEP, UNMEASURED
from rlpipeline.figures import Declared, Scope, label_of
from rlpipeline.page_templates import page_environment
from rlpipeline.records import Silenced
from rlpipeline.records.findings import CODES
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.acceptances import CHECKS, Acceptance, read_acceptances
from rlpipeline.settings.models import Settings

ON_SCREEN = (
    "<p class=\"rl-ecran\">Le titre d'un tableau ou d'un graphique mène à sa fiche, et le nom d'une fiche y ramène.</p>"
)
"""What paper leaves out."""
ELSEWHERE = (
    "<p>Les règles de comptage et la définition de chaque tableau sont dans le rapport du service, en annexe"
    f'<span class="rl-ecran">{french.NBSP}: le titre d\'un tableau y mène</span>.</p>'
)
TEXTS = Path(__file__).parent
CAPTION = "Sigles courants"
CLASS = "rl-sigles"
"""Of what holds the table, by which publication explains each acronym at its first use."""
TYPED = frozenset({"chiffre_non_lie", "tendance_contredite"})
NONE = "Les chiffres publiés s'accordent entre eux : aucun écart n'a été accepté."
INTRODUCTION = (
    "Les chiffres publiés sont contrôlés avant chaque publication. Le service connaît les écarts suivants et les "
    "publie, pour la raison donnée."
)
IMPLAUSIBLE = "Le service a vérifié ces lignes de ses données, invraisemblables à première vue, et les maintient."


def method(indicators: Iterable[Declared], scope: Scope, settings: Settings) -> str:
    """Write what cells may say, what is rounded, acronyms; in the service's report, the rules and a card a table too.

    A portrait leaves the rules and the cards to the report, which says the same of all.
    """
    rounded = settings.service.diffusion if settings.edition == "diffusion" else None
    parts = [_packaged("cases.md", base=rounded and rounded.base)]
    if rounded:
        said = {
            "settings": rounded,
            "sensibles": " et ".join(f"« {label_of(code)} »" for code in rounded.sensibles),
            "percents": FEWEST_IN_PERCENT * rounded.base,
            "words": FEWEST_IN_WORDS * rounded.base,
            "step": STEP,
            "unmeasured": UNMEASURED,
        }
        parts.append(markup.folded("Chiffres exacts, chiffres arrondis", _packaged("arrondi.md", **said)))
    sigles = acronyms(scope.service.sigles)
    if not scope.is_service:
        return "".join([*parts, ELSEWHERE, sigles])
    rules = markup.folded("Règles de comptage", _packaged("methode.md"))
    definitions = markup.folded("Définition de chaque tableau", ON_SCREEN + cards(indicators))
    return "".join([*parts, rules, sigles, definitions])


def _packaged(name: str, **said: object) -> str:
    return text.markdown_to_html(page_environment(TEXTS).get_template(name).render(said))


def cards(indicators: Iterable[Declared]) -> str:
    """Write one card per table: definition, unit, denominator, source.

    A card says which table it is about (``data-fiche``): publication makes it the place that its caption leads to.
    """
    written = ""
    for indicator in indicators:
        meaning = [
            indicator.definition,
            f"Unité : {indicator.unit}." if indicator.unit else "",
            f"Rapporté à : {indicator.denominator}." if indicator.denominator else "",
            f"Source : {indicator.source}.",
        ]
        words = f"<dd>{markup.words(' '.join(filter(None, meaning)))}</dd>"
        title = escape(indicator.title, quote=False)
        written += f'<div class="rl-fiche"{markup.attributes(fiche=indicator.id)}><dt>{title}</dt>{words}</div>'
    return f"<dl>{written}</dl>"


def acronyms(own: Mapping[str, str]) -> str:
    """Write the table of acronyms, folded, in alphabetical order; the service's words (``own``) replace ours."""
    meanings, rows = {**strict_yaml.packaged("sigles.yml"), **own}, ""
    for name in sorted(meanings, key=str.casefold):
        meaning = markup.words(meanings[name])
        rows += f'<tr><th scope="row">{escape(name, quote=False)}</th><td>{meaning}</td></tr>'
    head = '<thead><tr><th scope="col">Sigle</th><th scope="col">Signification</th></tr></thead>'
    return markup.folded("Sigles", markup.framed(CAPTION, f"{head}<tbody>{rows}</tbody>"), CLASS)


def accepted(settings: Settings, tables: Mapping[str, Declared], silenced: Sequence[Silenced] = ()) -> str:
    """Write what ``ecarts.yml`` accepts for the year, and what ``plausibilite.yml`` accepts of the records.

    Gives a sentence where no finding is accepted, else a list: place, the two values where they are given, rule,
    reason; then the implausible records: rule, how many, reason. Figures are marked as typed, since they come from no
    table. Raises SettingsError: the file breaks its contract.
    """
    figures = records = ""
    for acceptance in read_acceptances(settings.directory, settings.year):
        values = f" : {' et '.join(acceptance.valeurs)}" if acceptance.valeurs else ""
        rule = CHECKS[acceptance.controle]
        where = f"{_place(acceptance, settings, tables)}{values}. Règle : {rule[0].lower()}{rule[1:]}"
        figures += _typed(where, acceptance.raison)
    for row in silenced:
        rule, rows = CODES[row.code], french.count(row.lignes, "ligne", "lignes")
        records += _typed(f"{rule[0].upper()}{rule[1:]} : {rows}", row.raison)
    said = f"<p>{INTRODUCTION}</p><ul>{figures}</ul>" if figures else f"<p>{french.spaced(NONE)}</p>"
    return said + (f"<p>{IMPLAUSIBLE}</p><ul>{records}</ul>" if records else "")


def _typed(what: str, reason: str) -> str:
    words = markup.words(f"{what}. Raison : {reason.strip().rstrip('.')}.")
    return f'<li><span class="rl-fixe"{markup.attributes(raison="écart accepté")}>{words}</span></li>'


def _place(acceptance: Acceptance, settings: Settings, tables: Mapping[str, Declared]) -> str:
    """« Situation des jeunes accompagnés, par âge (ensemble du service, 2023), ligne « Total », colonne « Total » »."""
    path = acceptance.cle.removeprefix(f"{acceptance.controle}:")
    if acceptance.controle in TYPED:  # edito/en_forte_baisse/77661f05
        name, _, words = path.rpartition("/")[0].rpartition("/")
        return f"Texte « {name} », « {words.replace('_', ' ')} »"
    parts = [unquote(part) for part in path.partition(":")[0].split("/")]
    if len(parts) != 5:
        return path.replace("_", " ")
    indicator, year, territory, line, column = parts
    title = tables[indicator].title if indicator in tables else indicator
    names = {commune.code: commune.nom for commune in settings.service.communes}
    place = names.get(territory) or label_of(territory).lower()
    return f"{title} ({place}, {year}), ligne « {label_of(line)} », colonne « {label_of(column)} »"
