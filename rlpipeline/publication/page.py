"""The page: cover, linked contents, chapters, the service's own look; one file that asks nothing of the network."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from lxml import etree
from markupsafe import Markup

from rlpipeline import french
from rlpipeline.errors import SettingsError
from rlpipeline.french import MOST_TOGETHER, short, slug
from rlpipeline.page_templates import SERVICE_ROLE, page_environment, typographic
from rlpipeline.pictures import PNG, bare_logo, bare_picture
from rlpipeline.publication.definitions import NO_CARDS, Cards
from rlpipeline.publication.figures import SERVICE
from rlpipeline.publication.stitch import Chapter
from rlpipeline.settings.colours import (
    DARK,
    PALE_DARK,
    PALE_LIGHT,
    WHITE,
    dark_surfaces,
    mixed,
    readable,
)
from rlpipeline.settings.models import Service, Settings

MOST_BYTES = 200_000
"""Every page has the logo in it."""


@dataclass(frozen=True)
class PageStyle:
    """What a page takes from the settings: a picture as a ``data:`` address, and the colours that replace ours."""

    logo: str = ""
    css: str = ""


OURS = PageStyle()
"""That of a service which has none of its own."""


TEMPLATES = Path(__file__).parent / "templates"
TYPEFACE = "rapport/police.css"
"""What every page is set in, made by ``python -m tests.publication.test_typeface``."""
REPORT, PORTRAITS = "rapport.html", "communes"
EDITIONS = {
    "interne": "Interne : chiffres exacts",
    "diffusion": "À diffuser : principaux totaux exacts, détail arrondi",
}
MARKS = {
    "interne": "Édition interne : chiffres exacts, ne pas diffuser",
    "diffusion": "Édition à diffuser : principaux totaux exacts, détail arrondi",
}
IN_PUBLIC = {
    "interne": "Réservée au service : ne pas afficher en public",
    "diffusion": "Source : rapport d’activité du service",
}
"""What a sheet on a wall says, by its edition."""
POSTERS = {
    "interne": "L’affiche de la commune, à relire : celle à afficher est dans l’édition à diffuser",
    "diffusion": "L’affiche de la commune, à imprimer",
}
"""How a page calls the sheet that it holds."""
DEMONSTRATION = (
    "Données de démonstration : personne n'y existe, la plupart des montants sont inventés"
)
"""What is said wherever invented records are shown."""


def marked(mark: str, demonstration: bool) -> str:
    """A mark, and what is said of invented records where these are."""
    return joined(mark, DEMONSTRATION if demonstration else "")


def joined(*parts: str | None) -> str:
    """Join what there is of several remarks."""
    return " · ".join(filter(None, parts))


def standing(
    statut: str | None, validated: date | None, extracted: date | None
) -> Iterator[tuple[str, str]]:
    """Give label and value of what a report is worth: whether it is validated, and when its records were taken."""
    if statut == "valide" and validated:
        yield "Statut", f"Validé le {french.day(validated)}"
    elif statut is not None:
        yield "Statut", "Brouillon, non validé"
    if extracted:
        yield "Données arrêtées au", french.day(extracted)


def stamp(settings: Settings) -> str:
    """Say of a file of figures which edition it is, what it is worth and of when."""
    report = settings.report
    facts = standing(report.statut, report.date_validation, report.donnees_arretees_au)
    said = (value if label == "Statut" else f"{label.lower()} {value}" for label, value in facts)
    return joined(marked(MARKS[settings.edition], settings.service.demonstration), *said)


@dataclass(frozen=True)
class Onward:
    """Where a page leads, from its foot: a name, then addresses and the words that lead to them."""

    name: str
    links: tuple[tuple[str, str], ...]

    @property
    def many(self) -> bool:
        """Whether they are folded behind their name."""
        return len(self.links) > MOST_TOGETHER


@dataclass(frozen=True)
class Cover:
    """What the first page says, and where the page leads.

    ``territoire``: name of the commune of a portrait; None for the service's report; ``departement``, ``epci``: where
    they are; empty where the settings do not say; ``demonstration``: the records are invented; ``look``: logo and
    colours of the service; ``onward``: the other pages and files of the publication; ``definitions``: where the tables
    of a portrait are defined; ``headline``: the year in one sentence.
    """

    service: str
    titre: str | None
    annee: int | None
    territoire: str | None = None
    edition: str = "interne"
    statut: str | None = None
    date_validation: date | None = None
    donnees_arretees_au: date | None = None
    departement: str = ""
    epci: str = ""
    demonstration: bool = False
    look: PageStyle = OURS
    onward: tuple[Onward, ...] = ()
    definitions: Cards = NO_CARDS
    headline: str = ""

    @property
    def heading(self) -> str:
        """The page's one h1: the commune of a portrait, else the report's title."""
        return f"Portrait : {self.territoire}" if self.territoire else self.report_title

    @property
    def subheading(self) -> str:
        """The report that a portrait goes with."""
        return self.report_title if self.territoire else ""

    @property
    def window_title(self) -> str:
        """Title of the window or the tab, where the service is named once."""
        named = self.service.casefold() in self.report_title.casefold()
        parts = [self.heading, self.subheading, "" if named else self.service]
        return " – ".join(part for part in parts if part)

    @property
    def running_title(self) -> str:
        """What stands at the head of each printed page."""
        return " – ".join(part for part in (self.heading, self.subheading) if part)

    @property
    def report_title(self) -> str:
        """Title of the year's report, without the service's name at its end: the cover says it above."""
        title = self.titre or f"Rapport d'activité {self.annee or ''}".strip()
        if not self.service:
            return title
        named = rf"\s+(?:du|des|de(?: la)?|de l['’])\s*{re.escape(self.service)}$"
        return re.sub(named, "", title, flags=re.IGNORECASE)

    @property
    def mark(self) -> str:
        """What every page says of who may read it, and of records that are invented."""
        return marked(MARKS.get(self.edition, ""), self.demonstration)

    @property
    def public_mark(self) -> str:
        """What a sheet on a wall says in the place of the mark of its edition."""
        words = IN_PUBLIC.get(self.edition, "")
        draft = "Brouillon, non validé" if self.is_draft else ""
        return joined(marked(words, self.demonstration), draft)

    @property
    def poster_title(self) -> str:
        """What the poster of a portrait is for, in this edition."""
        return POSTERS.get(self.edition, "")

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Label and value of each line of the cover."""
        facts = {"Édition": EDITIONS.get(self.edition, "")}
        if self.territoire:  # a report's identity card says it
            year = "" if self.annee is None else str(self.annee)
            place = {"Intercommunalité": self.epci, "Département": self.departement}
            facts = {"Année": year, **place, **facts}
        facts |= standing(self.statut, self.date_validation, self.donnees_arretees_au)
        return tuple(fact for fact in facts.items() if fact[1])

    @property
    def is_draft(self) -> bool:
        """Whether the report is not validated yet."""
        return self.statut is not None and not (self.statut == "valide" and self.date_validation)


def cover_for(settings: Settings, place: str, edition: str) -> Cover:
    """The cover of the service's report or of a commune's portrait."""
    service, report = settings.service, settings.report
    return Cover(
        service=service.nom,
        titre=report.titre,
        annee=settings.year,
        territoire=None if place == SERVICE else service.commune_name(place),
        edition=edition,
        statut=report.statut,
        date_validation=report.date_validation,
        donnees_arretees_au=report.donnees_arretees_au,
        departement=service.departement_named,
        epci=service.epci.nom if service.epci else "",
        demonstration=service.demonstration,
        look=look_of(service, settings.directory),
    )


def page_path(settings: Settings, place: str) -> Path:
    """Where a territory's page goes: ``rapport.html`` or ``communes/<INSEE>-<slug>.html``."""
    if place == SERVICE:
        return Path(REPORT)
    return Path(PORTRAITS) / f"{place}-{short(slug(settings.service.commune_name(place)))}.html"


def render_page(chapters: Sequence[Chapter], cover: Cover, poster: str = "") -> str:
    """The complete page of stitched chapters; ``poster``: that of a commune, in HTML."""
    styles = ("rapport/rapport.css", "rapport/affiche.css")
    values = {"role": SERVICE_ROLE, "cover": cover, "chapters": chapters, "poster": poster}
    return filled("rapport/page.html.j2", styles, **values)


def filled(template: str, styles: Sequence[str], **values: Any) -> str:
    """The page that a template makes of values, with its styles in it."""
    sheets = (TEMPLATES / style for style in (TYPEFACE, *styles))
    css = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    return _environment().get_template(template).render(css=css, **values)


@cache
def _environment() -> Environment:
    environment = page_environment(TEMPLATES, typeset=True)
    environment.filters.update(css_string=css_string, csp_hash=csp_hash)
    return environment


def css_string(text: str) -> Markup:
    """A CSS string that no text can leave, nor the style element: all but letters, digits and spaces is escaped."""
    escaped = "".join(map(_css_letter, typographic(text)))
    return Markup(f'"{escaped}"')


def _css_letter(letter: str) -> str:
    return letter if letter.isalnum() or letter == " " else f"\\{ord(letter):x} "


def csp_hash(style: str) -> str:
    """What a content security policy calls a style that it lets through: its SHA-256, in base 64."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def look_of(service: Service, params: Path) -> PageStyle:
    """Read the look of a service. Raises SettingsError: the logo is elsewhere, missing, too heavy, or no picture."""
    look = service.apparence
    logo = _logo(params, look.logo) if look.logo else ""
    return PageStyle(logo, _colours(look.couleur) if look.couleur else "")


def _colours(colour: str) -> str:
    """Write the style that puts a colour in the place of ours: on screen, in the dark, on paper."""
    covers = {"couverture": colour, "couverture-encre": WHITE}
    soft = {"couverture-douce": readable(mixed(WHITE, colour, 0.8), [colour], WHITE)}
    bright = readable(colour, dark_surfaces(colour), WHITE)
    light = _accents(colour, mixed(colour, WHITE, PALE_LIGHT), mixed(colour, WHITE, 0.45))
    dark = _accents(bright, mixed(colour, DARK[0], PALE_DARK), mixed(bright, DARK[0], 0.5))
    drawn = "".join(
        f".rl-figure [{part}='{colour.lower()}'] {{ {part}: var(--accent); }}"
        for part in ("fill", "stroke")
    )
    in_the_dark = f"{_root(dark)} @media screen {{ {drawn} }}"
    return "\n".join(
        [
            _root({**covers, **soft, **light}),
            f"@media (prefers-color-scheme: dark) {{ {in_the_dark} }}",
            f"@media print {{ {_root({**covers, **light})} }}",
        ]
    )


def _accents(accent: str, pale: str, bar: str) -> Mapping[str, str]:
    return {"accent": accent, "accent-pale": pale, "barre": bar}


def _root(colours: Mapping[str, str]) -> str:
    """Write colours as properties of the whole page."""
    properties = " ".join(f"--{name}: {colour};" for name, colour in colours.items())
    return f":root {{ {properties} }}"


def _logo(params: Path, name: str) -> str:
    """Read a logo as a ``data:`` address."""
    path = params / name
    if not path.resolve().is_relative_to(params.resolve()) or not path.is_file():
        expected = f"un fichier {name} dans ce dossier"
        raise _wrong(params / "service.yml", "Le logo est introuvable.", expected, name)
    content = path.read_bytes()
    if len(content) > MOST_BYTES:
        expected = f"{MOST_BYTES // 1000} ko au plus : chaque page le porte"
        size = f"{len(content) // 1000} ko"
        raise _wrong(path, "Le logo est trop lourd.", expected, size)
    try:
        kind, picture = _picture(content)
    except (ValueError, etree.XMLSyntaxError) as error:
        expected = "une image PNG, JPEG ou SVG entière"
        raise _wrong(path, "Le logo ne se lit pas.", expected, name) from error
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _picture(content: bytes) -> tuple[str, bytes]:
    """Give the kind of a picture, and the picture bare of all that is not shown."""
    if b"<svg" in content[:2000]:
        return "svg+xml", bare_logo(content)
    return "png" if content.startswith(PNG) else "jpeg", bare_picture(content)


def _wrong(path: Path, what: str, expected: str, got: str) -> SettingsError:
    return SettingsError(
        what, str(path), expected, got, "corriger apparence.logo dans service.yml, ou l’enlever"
    )
