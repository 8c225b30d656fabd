"""What stands around tables: texts, pictures, status and territory of a service; method, acronyms, what it accepts."""

from __future__ import annotations

import base64
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
from markupsafe import Markup
from PIL import Image, ImageOps

from rlpipeline import french
from rlpipeline.checks.forms import typed_numbers
from rlpipeline.display import cells, text
from rlpipeline.display.cells import FILE_MIME, TEXT_MIME, Shown
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.layout import MOST_COMMUNES, names
from rlpipeline.display.phrases import FEWEST_IN_PERCENT, STEP
from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE, Scope, TableSpec, label_of
from rlpipeline.observations import FEWEST_IN_WORDS
from rlpipeline.page_templates import attributes, page_environment
from rlpipeline.pictures import Picture, every_picture, opened
from rlpipeline.records.findings import CODES
from rlpipeline.records.frames import Silenced
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.acceptances import CHECKS, Acceptance, read_acceptances
from rlpipeline.settings.models import Disclosure, Service, Settings
from rlpipeline.states import (
    AT_LEAST,
    CELLS,
    NC,
    SIGN,
    UNMEASURED,
    WORDS,
    below,
    below_means,
    rounded_means,
)
from rlpipeline.table_view import (
    EMPTY,
    TableCell,
    TableGroup,
    TableLine,
    TableView,
    html_of,
    text_cell,
)

FOLD = "Lire le texte"
FOLDED_TEXTS = frozenset({"accueil", "cadre_legislatif", "missions", "moyens", "publics"})
"""Texts that hardly change from one year to the next."""
_BOUND = re.compile(r"<span[^>]*>[^<]*</span>")
ON_SCREEN = (
    '<p class="rl-ecran">Chaque partie du rapport mène aux fiches de ses tableaux, '
    "et le nom d'une fiche y ramène.</p>"
)
"""What paper leaves out."""
ELSEWHERE = (
    "<p>Les règles de comptage et la définition de chaque tableau sont dans le rapport du service, en annexe"
    f'<span class="rl-ecran">{french.NBSP}: chaque partie y mène</span>.</p>'
)
TEXTS = Path(__file__).parent
CAPTION = "Sigles courants"
CLASS = "rl-sigles"
"""Of what holds the table, by which publication explains each acronym at its first use."""
SAID_OF_STATES = {
    "words": WORDS,
    "at_least": AT_LEAST,
    "sign": SIGN.strip(),
    "rounded_means": rounded_means,
    "below": below,
    "below_means": below_means,
}
"""What the method says of the states of a cell."""
TYPED = frozenset({"chiffre_non_lie", "tendance_contredite"})
NONE = "Les chiffres publiés s'accordent entre eux : aucun écart n'a été accepté."
INTRODUCTION = (
    "Les chiffres publiés sont contrôlés avant chaque publication. Le service connaît les écarts suivants et les "
    "publie, pour la raison donnée."
)
IMPLAUSIBLE = "Le service a vérifié ces lignes de ses données, invraisemblables à première vue, et les maintient."
DISTRICT = "quartier prioritaire"
NEEDED = (
    "indicateur", "annee", "territoire", "ligne", "colonne", "libelle_ligne", "libelle_colonne", "valeur", "etat",
)  # fmt: skip
"""Columns of the lines that an extract shows."""
LARGEST_SIDE = 1200
SAVED: Mapping[str, Mapping[str, Any]] = {"png": {"optimize": True}, "jpeg": {"quality": 82}}
"""Options with which pictures are written, by their kind."""


def section(laid: LaidOut, name: str) -> Shown | None:
    """Show a section: in a commune's portrait, the text ``<name>-<INSEE>``; the others are the report's.

    One that is still to be written is said so, but not in the edition to share.
    """
    scope = laid.scope
    name = name if scope.is_service else f"{name}-{scope.territory}"
    shown = written(laid, name, scope.territory)
    if shown is None and scope.is_service and laid.settings.edition != "diffusion":
        blank = Shown("", "", TEXT_MIME, {"name": name, "etat": "a_rediger"})
        return _notified(blank, f"texte à rédiger : {name}")
    if shown is None:
        return None
    if name in FOLDED_TEXTS:
        shown = replace(shown, html=cells.folded(FOLD, shown.html), plain=f"{FOLD}\n{shown.plain}")
    year = laid.settings.former_year(name)
    return shown if year is None else _notified(shown, f"texte de {year}, à relire")


def _notified(shown: Shown, notice: str) -> Shown:
    plain = f"{notice}\n{shown.plain}".strip()
    return replace(shown, html=f'<p class="rl-a-rediger">{notice}</p>{shown.html}', plain=plain)


def written(laid: LaidOut, name: str, territory: str) -> Shown | None:
    """Show a text about a territory, its figures filled in; None where there is none."""
    source = laid.settings.text(name)
    if source is None:
        return None
    path = laid.settings.text_path(name)
    html, silent = text.with_silences(source, path, laid.prose(territory))
    return words(name, html, silent)


def message(laid: LaidOut, source: str) -> str:
    """Write the sentence that stands above a chart; empty where a figure of it is not known.

    Raises UsageError: a figure is typed; which numbers are figures, the audit of prose says too.
    """
    html = sentence(laid, source) if source else ""
    alone = text.without_tags(_BOUND.sub(text.MASK, html))
    typed = [number.words for number in typed_numbers(alone)]
    if typed:
        raise UsageError(
            "Le titre d'un graphique contient un chiffre tapé.",
            where=f"report.figure(title={source!r})",
            got=french.listing(typed),
            expected="une expression, comme dans un texte",
            todo="écrire par exemple {{ chiffre('accompagnes', 'total', 'total') }}",
        )
    return html


def sentence(laid: LaidOut, source: str) -> str:
    """Write a sentence in Markdown whose figures are expressions; empty where one of them is not known."""
    html = text.to_html(source, Path("title"), laid.prose()).strip()
    return re.sub(r"</?p>", "", html)


def words(name: str, html: str, silent: Sequence[int] = (), **record: object) -> Shown:
    """Show words as the report writes them; the page says which passages of a text were left out, by rank.

    ``record``: what publication reads of them.
    """
    notice = attributes(texte=name, tus=" ".join(map(str, silent)))
    plain = text.without_tags(html)
    inside = f'<div class="rl-text"{notice}>{html}</div>'
    return Shown(inside, plain, TEXT_MIME, {"name": name, "etat": "ok", **record})


def name_of(title: str) -> str:
    """Give the name under which publication knows what is shown: the title in plain letters."""
    letters = unicodedata.normalize("NFKD", title.lower())
    plain = letters.encode("ascii", "ignore").decode()
    return "extrait_" + "_".join(re.findall(r"[a-z0-9]+", plain))


def extract(laid: LaidOut, data: pd.DataFrame, title: str) -> str:
    """Write chosen lines as a table whose every number the report itself fills in.

    Raises UsageError: they are not lines of ``report.indicator`` of the year: a column is missing, there is no line, or
    one is of another year.
    """
    _check_lines(data, laid.scope.year)
    columns = dict(zip(data["colonne"], data["libelle_colonne"], strict=True))
    several = data["territoire"].nunique() > 1
    lines = []
    groups = data.groupby(["indicateur", "territoire", "ligne"], sort=False)
    for (_, territory, _), group in groups:
        place = f" – {laid.place(str(territory)) or 'ensemble du service'}" if several else ""
        label = f"{group['libelle_ligne'].iloc[0]}{place}"
        numbers = {row["colonne"]: _quoted(laid, row) for _, row in group.iterrows()}
        shown = [numbers.get(code, EMPTY) for code in columns]
        lines.append(TableLine([text_cell(label, scope="row"), *shown]))
    headers = [text_cell(label, "num", "col") for label in columns.values()]
    head = [EMPTY, *headers]
    return html_of(TableView(title, head, [TableGroup(lines)]))


def _check_lines(data: pd.DataFrame, year: int) -> None:
    missing = [name for name in NEEDED if name not in data.columns]
    if missing:
        got = f"sans la colonne {missing[0]}"
    elif data.empty:
        got = "aucune ligne"
    elif {*data["annee"]} != {year}:
        got = "une autre année"
    else:
        return
    raise UsageError(
        "Ce ne sont pas des lignes de report.indicator.",
        expected=f"une ou plusieurs lignes de {year}, choisies sans enlever de colonne",
        got=got,
        todo="choisir les lignes avec .query(…), et laisser les colonnes telles quelles",
    )


def _quoted(laid: LaidOut, row: pd.Series) -> TableCell:
    """Give the cell of a line that was chosen, as a text quotes its figure."""
    id, line, column = row[["indicateur", "ligne", "colonne"]].astype(str)
    unknown = CELLS.get(str(row["etat"]), CELLS[NC])
    prose = laid.prose(str(row["territoire"]))
    figure = prose.chiffre(id, line, column, sinon=unknown)
    return TableCell(figure.words, Markup(text.mark(figure)), "num")


def alerts(listed: pd.DataFrame) -> Shown:
    """Say how many follow-ups are to be looked at again; the bundle has the lines of ``alertes.csv``."""
    rows = listed.astype(object).where(listed.notna(), None)
    lines = [[*map(_plain, row)] for row in rows.itertuples(index=False)]
    html, plain = notice(len(listed))
    file = {"name": "alertes.csv", "columns": [*listed.columns], "rows": lines}
    return Shown(html, plain, FILE_MIME, file)


def _plain(value: object) -> object:
    """Give a value as a file has it: a day by its date."""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value


def notice(number: int) -> tuple[str, str]:
    """Say how many follow-ups are listed in ``alertes.csv``, in HTML and in plain text."""
    if number == 0:
        words = "Aucun suivi n'est à réexaminer."
        return f'<p class="rl-vide">{words}</p>', words
    forms = "suivi, de tout statut, est à réexaminer", "suivis, de tout statut, sont à réexaminer"
    listed = french.count(number, *forms)
    words = f"{listed}{french.NBSP}; leur liste par éducateur est dans le fichier alertes.csv, réservé au service."
    return f'<p class="rl-note">{words}</p>', words


def identity(settings: Settings) -> str:
    """Write the service's name, territory and the status of the report as a list of terms."""
    service, report = settings.service, settings.report
    communes = names([commune.nom for commune in service.communes])
    terms = {"Service": service.nom, "Département": service.departement_named}
    terms["Commune" if len(service.communes) == 1 else "Communes"] = communes
    if service.epci:
        terms["Intercommunalité"] = service.epci.nom
    terms["Année du rapport"] = str(settings.year)
    if report.donnees_arretees_au is not None:
        terms["Données arrêtées au"] = french.day(report.donnees_arretees_au)
    terms["Validation"] = "brouillon, à valider par le conseil d'administration avant transmission"
    if report.statut == "valide" and report.date_validation is not None:
        validated = french.day(report.date_validation)
        terms["Validation"] = (
            f"rapport validé par le conseil d'administration avant transmission, le {validated}"
        )
    pairs = "".join(
        f"<dt>{escape(term)}</dt><dd>{escape(said, quote=False)}</dd>"
        for term, said in terms.items()
    )
    return f"<dl>{pairs}</dl>"


def territory(service: Service, territory: str) -> str:
    """List the communes of the territory, each with its priority neighbourhoods."""
    communes = [commune for commune in service.communes if territory in {SERVICE, commune.code}]
    items = ""
    for commune in communes:
        districts = [district.nom for district in service.qpv if district.commune == commune.code]
        named = f" ({_districts_said(districts)})" if districts else ""
        said = f"Commune {french.de(commune.nom)}{named}"
        items += f"<li>{escape(said, quote=False)}</li>"
    listed = f"<ul>{items}</ul>"
    if len(communes) <= MOST_COMMUNES:
        return listed
    return f"<details><summary>{french.number(len(communes))} communes</summary>{listed}</details>"


def _districts_said(districts: Sequence[str]) -> str:
    """Name priority neighbourhoods, and what they are unless each name says it: some have no other name."""
    said = french.listing([f"{name[:1].lower()}{name[1:]}" for name in districts])
    if all(name.casefold().startswith(DISTRICT) for name in districts):
        return said
    label = DISTRICT if len(districts) == 1 else "quartiers prioritaires"
    return f"{label}{french.NBSP}: {french.listing(districts)}"


def method(indicators: Iterable[TableSpec], scope: Scope, settings: Settings) -> str:
    """Write what cells may say, what is rounded, acronyms; in the service's report, the rules and a card a table too.

    A portrait leaves the rules and the cards to the report, which says the same of all.
    """
    rounded = settings.service.diffusion if settings.edition == "diffusion" else None
    cases = _packaged("cases.md", base=rounded and rounded.base, **SAID_OF_STATES)
    parts = [cells.folded("Ce que disent les cases", cases)]
    if rounded:
        said = _packaged("arrondi.md", settings=rounded, **_said_of_rounding(rounded))
        parts.append(cells.folded("Chiffres exacts, chiffres arrondis", said))
    sigles = acronyms(scope.service.sigles)
    if not scope.is_service:
        return "".join([*parts, ELSEWHERE, sigles])
    rules = cells.folded("Règles de comptage", _packaged("methode.md"))
    definitions = cells.folded("Définition de chaque tableau", ON_SCREEN + cards(indicators))
    return "".join([*parts, rules, sigles, definitions])


def _said_of_rounding(rounded: Disclosure) -> Mapping[str, object]:
    """Give what the method says of the edition to share."""
    return {
        "sensibles": " et ".join(f"« {label_of(code)} »" for code in rounded.sensibles),
        "percents": FEWEST_IN_PERCENT * rounded.base,
        "words": FEWEST_IN_WORDS * rounded.base,
        "step": STEP,
        "unmeasured": UNMEASURED,
    }


def _packaged(name: str, **said: object) -> str:
    return text.markdown_to_html(page_environment(TEXTS).get_template(name).render(said))


def cards(indicators: Iterable[TableSpec]) -> str:
    """Write one card per table: definition, unit, denominator, source.

    A card says which table it is about (``data-fiche``): publication makes it the place that its caption leads to.
    """
    written = "".join(map(_card, indicators))
    return f"<dl>{written}</dl>"


def _card(indicator: TableSpec) -> str:
    """Write the card of a table."""
    unit, denominator = indicator.unit, indicator.denominator
    meaning = [indicator.definition]
    if unit:
        meaning.append(f"Unité : {unit}.")
    if denominator:
        meaning.append(f"Rapporté à : {denominator}.")
    meaning.append(f"Source : {indicator.source}.")
    words = cells.words(" ".join(filter(None, meaning)))
    term = f"<dt>{escape(indicator.title, quote=False)}</dt><dd>{words}</dd>"
    return f'<div class="rl-fiche"{attributes(fiche=indicator.id)}>{term}</div>'


def acronyms(own: Mapping[str, str]) -> str:
    """Write the table of acronyms, folded, in alphabetical order; the service's words (``own``) replace ours."""
    meanings = {**strict_yaml.packaged("sigles.yml"), **own}
    lines = []
    for name in sorted(meanings, key=str.casefold):
        meaning = text_cell(french.spaced(meanings[name]))
        lines.append(TableLine([text_cell(name, scope="row"), meaning]))
    head = [text_cell("Sigle", scope="col"), text_cell("Signification", scope="col")]
    table = TableView(CAPTION, head, [TableGroup(lines)])
    return cells.folded("Sigles", html_of(table), CLASS)


def accepted(
    settings: Settings, tables: Mapping[str, TableSpec], silenced: Sequence[Silenced] = ()
) -> str:
    """Write what ``ecarts.yml`` accepts for the year, and what ``plausibilite.yml`` accepts of the records.

    Gives a sentence where no finding is accepted, else a list: place, the two values where they are given, rule,
    reason; then the implausible records: rule, how many, reason. Figures are marked as typed, since they come from no
    table. Raises SettingsError: the file breaks its contract.
    """
    figures = records = ""
    for acceptance in read_acceptances(settings.directory, settings.year):
        values = f" : {' et '.join(acceptance.valeurs)}" if acceptance.valeurs else ""
        rule = CHECKS[acceptance.controle]
        where = (
            f"{_where(acceptance, settings, tables)}{values}. Règle : {rule[0].lower()}{rule[1:]}"
        )
        figures += _typed(where, acceptance.raison)
    for row in silenced:
        rule, rows = CODES[row.code], french.count(row.lignes, "ligne", "lignes")
        records += _typed(f"{rule[0].upper()}{rule[1:]} : {rows}", row.raison)
    said = (
        f"<p>{INTRODUCTION}</p><ul>{figures}</ul>" if figures else f"<p>{french.spaced(NONE)}</p>"
    )
    return said + (f"<p>{IMPLAUSIBLE}</p><ul>{records}</ul>" if records else "")


def _typed(what: str, reason: str) -> str:
    words = cells.words(f"{what}. Raison : {reason.strip().rstrip('.')}.")
    return f'<li><span class="rl-fixe"{attributes(raison="écart accepté")}>{words}</span></li>'


def _where(acceptance: Acceptance, settings: Settings, tables: Mapping[str, TableSpec]) -> str:
    """« Situation des jeunes accompagnés, par âge (ensemble du service, 2023), ligne « Total », colonne « Total » »."""
    path = acceptance.cle.removeprefix(f"{acceptance.controle}:")
    if acceptance.controle in TYPED:  # edito/en_forte_baisse/77661f05
        name, _, words = path.rpartition("/")[0].rpartition("/")
        return f"Texte « {name} », « {words.replace('_', ' ')} »"
    parts = [*map(unquote, path.partition(":")[0].split("/"))]
    if len(parts) != 5:
        return path.replace("_", " ")
    indicator, year, territory, line, column = parts
    title = tables[indicator].title if indicator in tables else indicator
    names = settings.service.commune_names
    place = names.get(territory) or label_of(territory).lower()
    return f"{title} ({place}, {year}), ligne « {label_of(line)} », colonne « {label_of(column)} »"


def pictures(settings: Settings, sections: Sequence[str], most: int | None = None) -> str:
    """Write the pictures of some sections, in the order of the sections then of the file, so many at most.

    Each is drawn anew, without what the camera noted in its file; to share, those that may be shown to anyone alone.
    Raises SettingsError: ``images.yml`` breaks its contract; a file is missing, is no picture, or is too large.
    """
    listed = every_picture(settings)
    shown = [picture for section in sections for picture in listed if picture.section == section]
    if settings.edition != "interne":
        shown = [picture for picture in shown if picture.autorisation == "oui"]
    return "".join(_photo(settings, picture) for picture in shown[:most])


def _photo(settings: Settings, picture: Picture) -> str:
    """Write a picture, drawn anew, with its caption."""
    with opened(settings, picture) as image:
        upright = ImageOps.exif_transpose(image)
        kind = "png" if image.format == "PNG" else "jpeg"
        small = upright.convert("RGBA" if kind == "png" else "RGB")
    small.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    width, height = small.size
    bare, target = Image.new(small.mode, small.size), io.BytesIO()
    bare.paste(small)
    bare.save(target, kind, **SAVED[kind])
    content = base64.b64encode(target.getvalue()).decode()
    return (
        f'<figure class="rl-photo"><img src="data:image/{kind};base64,{content}" '
        f'alt="{escape(picture.alternative)}" width="{width}" height="{height}">'
        f"<figcaption>{cells.words(picture.legende)}</figcaption></figure>\n"
    )
