"""What the service decides: ``params/`` read into typed, frozen settings.

What each key means is said, in French, in the files that ``rlpipeline new`` writes (``service.modele.yml`` and
``rapport.modele.yml``). Unknown keys and wrong values are errors that name the file, the line and the nearest key.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, FiniteFloat, PrivateAttr, field_validator, model_validator

from rlpipeline.characters import name_key
from rlpipeline.errors import SettingsError, UsageError, first_of
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.colours import BLACK, READABLE, light_surfaces, readable, reads_on
from rlpipeline.settings.strict_yaml import Frozen, Words
from rlpipeline.settings.typed import UNPRINTED

InseeCode = Annotated[str, Field(pattern=r"^(\d{2}|2[AB])\d{3}$")]
Position = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
Unseen = Annotated[Words, UNPRINTED]
"""A path, or a name that is looked up: no page and no file shows it."""
DatedTable = Literal[
    "situations", "problematiques", "orientations", "co_accompagnements", "presences", "temps", "actions",
    "participations", "demandes", "personnel", "financements", "reseaux", "instances", "partenaires", "diagnostics",
]  # fmt: skip
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TWICE = "code présent deux fois"
RESERVED = frozenset({"total", "non_renseignee", "plus_suivi"})
"""Codes that no group of situations may have: lines of its table have them."""
FIRST = 8  # files that an error names
FORMER = re.compile(r"<!--\s*texte de (\d{4}), à relire\b.*?-->", re.DOTALL)
"""What a text copied from a former report says at its top, until it is read again."""


class Commune(Frozen):
    """A commune of the service's territory."""

    code: InseeCode
    nom: Words
    position: Position | None = None


class Epci(Frozen):
    """The intercommunal body the communes belong to."""

    code: Annotated[str, Field(pattern=r"^\d{9}$")]
    nom: Words


class Qpv(Frozen):
    """A priority neighbourhood (quartier prioritaire de la politique de la ville)."""

    code: Words
    nom: Words
    commune: InseeCode


class Code(Frozen):
    """One issue that a follow-up can note."""

    code: Slug
    libelle: Words


class Family(Frozen):
    """A family of issues, in report order."""

    code: Slug
    libelle: Words
    codes: tuple[Code, ...] = Field(min_length=1)

    @property
    def codes_of_issues(self) -> tuple[str, ...]:
        """Codes of its issues, in report order."""
        return tuple(issue.code for issue in self.codes)


Situation = Literal[
    "ecole_primaire", "college", "lycee_general", "lycee_professionnel", "etudes_superieures", "descolarise",
    "recherche_emploi", "recherche_formation", "formation", "activite_professionnelle", "chomage_rsa",
]  # fmt: skip


class SituationGroup(Frozen):
    """A group of situations, of the table that says what became of young people."""

    code: Slug
    libelle: Words
    situations: tuple[Situation, ...] = Field(min_length=1)


class Objective(Frozen):
    """An objective of the convention."""

    texte: Words
    chiffre: tuple[Annotated[Slug, UNPRINTED], Unseen, Unseen]
    cible: FiniteFloat


class WiderClass(Frozen):
    """A class of the edition to share that joins several, with its own words."""

    codes: tuple[Words, ...] = Field(min_length=1)
    libelle: Words


class Disclosure(Frozen):
    """Rules of the edition to share."""

    seuil: int = Field(5, ge=2)
    base: int = Field(5, ge=2)
    seuil_sensible: int = Field(11, ge=2)
    sensibles: tuple[str, ...] = ("sante", "juridiques")
    classes: Mapping[Annotated[str, UNPRINTED], Mapping[Slug, tuple[Words, ...] | WiderClass]] = {}
    raison: Annotated[str, UNPRINTED] = ""


def default_problematiques() -> tuple[Family, ...]:
    """Families of issues of the printed report of 2023, in its order."""
    return tuple(
        Family.model_validate(family) for family in strict_yaml.packaged("problematiques.yml")
    )


def default_groups() -> tuple[SituationGroup, ...]:
    """Groups of situations of a service that declares none."""
    return tuple(
        SituationGroup.model_validate(group) for group in strict_yaml.packaged("situations.yml")
    )


class Appearance(Frozen):
    """The service's own look; the letters stay those of the report."""

    logo: Unseen | None = None
    couleur: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None

    @field_validator("couleur")
    @classmethod
    def _reads_well(cls, colour: str | None) -> str | None:
        surfaces = light_surfaces(colour) if colour else ()
        if colour and reads_on(colour, surfaces) < READABLE:
            had = f"{reads_on(colour, surfaces):.1f}".replace(".", ",")
            raise ValueError(
                f"couleur trop claire pour être lue ({colour}) : contraste de {had}, 4,5 au moins attendu (WCAG AA) ; "
                f"la même en plus sombre : {readable(colour, surfaces, BLACK)}"
            )
        return colour


class Contact(Frozen):
    """Where the service is reached: what the posters say of it."""

    adresse: Words | None = None
    telephone: Words | None = None
    courriel: Words | None = None
    site: Words | None = None


class Service(Frozen):
    """``service.yml``: the service and its territory."""

    nom: Words
    departement: Annotated[str, Field(pattern=r"^(\d{2}|2[AB]|\d{3})$")]
    communes: tuple[Commune, ...] = Field(min_length=1)
    epci: Epci | None = None
    qpv: tuple[Qpv, ...] = ()
    problematiques: tuple[Family, ...] = Field(default_factory=default_problematiques)
    reference_populations: Annotated[str, UNPRINTED] | None = None
    carte: Annotated[str, UNPRINTED] | None = None
    carte_source: str | None = None
    sigles: Mapping[Annotated[str, Field(pattern=r"^\w[\w&.-]{1,14}$")], Words] = {}
    echelle_diagnostics: Words | None = None
    annee_vide: tuple[DatedTable, ...] = ()
    objectifs: tuple[Objective, ...] = ()
    situations_groupees: tuple[SituationGroup, ...] = Field(default_factory=default_groups)
    demonstration: bool = False
    apparence: Appearance = Appearance()
    contact: Contact = Contact()
    diffusion: Disclosure = Disclosure()
    _codes: tuple[str, ...] = PrivateAttr(())

    def model_post_init(self, context: Any, /) -> None:
        """List the codes once: every count asks for them."""
        self._codes = tuple(commune.code for commune in self.communes)

    @property
    def commune_codes(self) -> tuple[str, ...]:
        """INSEE codes of the service's communes, in report order."""
        return self._codes

    @property
    def commune_names(self) -> dict[str, str]:
        """Names of the service's communes by INSEE code, in report order."""
        return {commune.code: commune.nom for commune in self.communes}

    @property
    def family_of(self) -> Mapping[str, str]:
        """Code of the family of each issue."""
        families: dict[str, str] = {}
        for family in self.problematiques:
            families |= dict.fromkeys(family.codes_of_issues, family.code)
        return families

    @property
    def departement_named(self) -> str:
        """Name of the département and its number; the number alone where there is no such département."""
        name = strict_yaml.packaged("departements.yml").get(self.departement)
        return f"{name} ({self.departement})" if name else self.departement

    def commune_name(self, code: str) -> str:
        """Name of a commune of the service."""
        return next(commune.nom for commune in self.communes if commune.code == code)

    @model_validator(mode="after")
    def _codes_fit_together(self) -> Service:
        """Refuse codes that stand twice, or that are none of those they must be."""
        groups = [group.code for group in self.situations_groupees]
        grouped = [*chain.from_iterable(group.situations for group in self.situations_groupees)]
        issues = [*(family.code for family in self.problematiques)]
        issues += chain.from_iterable(family.codes_of_issues for family in self.problematiques)
        self._refuse("communes", TWICE, _twice(self.commune_codes))
        self._refuse("qpv", TWICE, _twice(district.code for district in self.qpv))
        self._refuse("problematiques", TWICE, _twice(issues))
        self._refuse("situations_groupees", TWICE, _twice(groups))
        self._refuse("situations_groupees", "situation dans deux groupes", _twice(grouped))
        left = {*get_args(Situation)} - {*grouped}
        self._refuse("situations_groupees", "situation dans aucun groupe", left)
        self._refuse("situations_groupees", "code réservé", RESERVED & {*groups})
        strangers = {district.commune for district in self.qpv} - {*self.commune_codes}
        self._refuse("qpv", "commune absente de la liste des communes", strangers)
        return self

    def _refuse(self, key: str, what: str, codes: Collection[str]) -> None:
        """Refuse what is wrong with some codes of a key, if any; ValueError."""
        if codes:
            raise ValueError(f"{key} : {what} ({', '.join(sorted(codes))})")


def own_commune(given: str | float, service: Service) -> str:
    """Give the INSEE code of a commune of the service, from its code, as a number too, or its name; else UsageError."""
    text = f"{given:05.0f}" if isinstance(given, int | float) else str(given).strip()
    if text.upper() in service.commune_codes:
        return text.upper()
    own = {name_key(commune.nom): commune for commune in service.communes}
    if name_key(text) in own:
        return own[name_key(text)].code
    expected = ", ".join(f"{commune.nom} ({commune.code})" for commune in service.communes)
    near = difflib.get_close_matches(name_key(text), own, 1)
    todo = f"écrire « {own[near[0]].nom} »" if near else "donner le nom ou le code de l'une d'elles"
    what = "Cette commune n'est pas de celles du service."
    raise UsageError(what, expected=expected, got=text, todo=todo)


def _twice(codes: Iterable[str]) -> set[str]:
    """List the codes that come twice."""
    return {code for code, times in Counter(codes).items() if times > 1}


class Places(Frozen):
    """``rlpipeline.yml``: where the service keeps what its report is made of, and how long a cell may run."""

    source: Words | None = None
    params: Words | None = None
    out: Words | None = None
    notebooks: Words | None = None
    limite_cellule: int | None = Field(None, ge=1, le=1440)


class Rupture(Frozen):
    """A change after which some indicators are no longer comparable with the years before."""

    indicateurs: tuple[Annotated[Slug, UNPRINTED], ...] = Field(min_length=1)
    nature: Literal["definition", "perimetre", "source"]
    raison: Words
    annee: int | None = None


class Findings(Frozen):
    """What the service decides of the findings of the first page."""

    epingles: tuple[Unseen, ...] = ()
    retires: tuple[Unseen, ...] = ()
    mots: Mapping[Unseen, Words] = {}


class ReportSettings(Frozen):
    """``<year>/rapport.yml``: what is decided for one year's report."""

    titre: str | None = None
    statut: Literal["brouillon", "valide"] = "brouillon"
    date_validation: date | None = None
    chapitres: tuple[Annotated[str, UNPRINTED], ...] | None = None
    portrait: tuple[Annotated[str, UNPRINTED], ...] | None = None
    donnees_arretees_au: date | None = None
    ruptures: tuple[Rupture, ...] = ()
    publies_comparables: tuple[Annotated[Slug, UNPRINTED], ...] = ()
    constats: Findings = Findings()

    @model_validator(mode="after")
    def _validated_has_a_date(self) -> ReportSettings:
        if self.statut == "valide" and self.date_validation is None:
            raise ValueError(
                "date_validation est obligatoire quand statut vaut « valide », comme 2024-04-18"
            )
        return self


class Settings(Frozen):
    """Everything the service decided for one year."""

    service: Service
    report: ReportSettings
    year: int
    directory: Path
    edition: Literal["interne", "diffusion"] = "interne"

    def text(self, name: str) -> str | None:
        """Markdown of a section without its comments; None where it is still to be written. Lines keep their number."""
        text = _COMMENT.sub(_only_lines, self._markdown(name))
        return text if text.strip() else None

    def former_year(self, name: str) -> int | None:
        """Year that a section was written for, where it is still to be read again for this one."""
        mark = FORMER.search(self._markdown(name))
        return int(mark[1]) if mark else None

    def _markdown(self, name: str) -> str:
        path = self.text_path(name)
        if not path.is_file():
            return ""
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise SettingsError(
                "Un texte n'est pas enregistré en UTF-8.",
                where=str(path),
                expected="un fichier Markdown en UTF-8",
                got=f"un octet illisible en position {error.start}",
                todo="l'enregistrer de nouveau en choisissant l'encodage UTF-8",
            ) from error

    @property
    def report_path(self) -> Path:
        """Path of the year's ``rapport.yml``, whether it exists or not."""
        return self.directory / str(self.year) / "rapport.yml"

    def published_path(self, year: int) -> Path:
        """Path of the figures printed in the report of a former year, whether it exists or not."""
        return self.directory / str(year) / "publie.csv"

    def text_path(self, name: str) -> Path:
        """Path of the section's text, whether it exists or not: the wording of the edition where it has its own."""
        if not re.fullmatch(r"[a-z0-9_]+(-[0-9AB]+)?", name):
            raise SettingsError(
                f"Nom de texte invalide : {name!r}.", expected="lettres minuscules, chiffres et _"
            )
        texts = self.directory / str(self.year) / "textes"
        own = texts / self.edition / f"{name}.md"
        return own if self.edition == "diffusion" and own.is_file() else texts / f"{name}.md"


def _only_lines(comment: re.Match[str]) -> str:
    """Give the ends of lines of a comment: lines after it keep their number."""
    return "\n" * comment[0].count("\n")


def years_begun(params_dir: Path) -> list[int]:
    """List the years that have settings, the latest last."""
    return sorted(
        int(path.name) for path in params_dir.glob("[0-9][0-9][0-9][0-9]") if path.is_dir()
    )


def load_settings(params_dir: Path, year: int) -> Settings:
    """Read ``service.yml`` and the year's ``rapport.yml``, if any. SettingsError where one breaks the contract."""
    path = params_dir / str(year) / "rapport.yml"
    report = strict_yaml.read(path, ReportSettings) if path.exists() else ReportSettings()
    settings = Settings(
        service=load_service(params_dir), report=report, year=year, directory=params_dir
    )
    years = set(re.findall(r"\b(?:19|20)\d{2}\b", report.titre or ""))
    if years and str(year) not in years:
        where, expected = f"{settings.report_path}, titre", f"un titre de {year}, ou sans année"
        raise SettingsError(
            "Le titre est celui d'une autre année.",
            where,
            expected,
            report.titre,
            "corriger le titre",
        )
    texts = sorted((path.parent / "textes").rglob("*.md")) if report.statut == "valide" else []
    unread = [text for text in texts if FORMER.search(text.read_text("utf-8", errors="replace"))]
    if unread:
        raise SettingsError(
            "Le rapport est validé, mais des textes d'une autre année restent à relire.",
            where=first_of(unread, FIRST),
            todo="relire chacun, puis ôter sa première ligne, <!-- texte de …, à relire -->",
        )
    return settings


def load_service(params_dir: Path) -> Service:
    """Read ``service.yml``, the settings that hold for every year."""
    path = params_dir / "service.yml"
    if not path.is_file():
        raise SettingsError(
            "Les paramètres du service sont introuvables.",
            where=str(path),
            expected="un fichier service.yml avec nom, departement et communes",
            todo="indiquer le bon dossier avec --params",
        )
    return strict_yaml.read(path, Service)
