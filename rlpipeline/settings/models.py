"""What the service decides: ``params/`` read into typed, frozen settings.

The files are YAML 1.2 read safely. Duplicate keys, unknown keys, an unquoted code and a wrong type are
errors that name the file, the line and the nearest valid key.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from rlpipeline import reads
from rlpipeline.errors import SettingsError
from rlpipeline.settings import strict_yaml, validated
from rlpipeline.settings.colours import BLACK, READABLE, light_surfaces, readable, reads_on

InseeCode = Annotated[str, Field(pattern=r"^(\d{2}|2[AB])\d{3}$")]
Position = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
NonEmpty = Annotated[str, Field(min_length=1)]
DatedTable = Literal[
    "situations", "problematiques", "orientations", "co_accompagnements", "presences", "temps", "actions",
    "participations", "demandes", "personnel", "financements", "reseaux", "instances", "partenaires", "diagnostics",
]  # fmt: skip
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
FIRST = 8
"""Files that an error names."""
FORMER = re.compile(r"<!--\s*texte de (\d{4}), à relire\b.*?-->", re.DOTALL)
"""What a text copied from a former report says at its top, until it is read again."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Noted(_Frozen):
    """Settings whose keys are noted one by one as they are read."""

    noted_as: ClassVar[str]

    def __getattribute__(self, name: str) -> Any:
        """Note the key, or all of them where the whole is looked at."""
        kind = type(self)
        if name == "__dict__" or name in kind.__pydantic_fields__:
            reads.note(reads.SETTING, kind.noted_as, "*" if name == "__dict__" else name)
        return super().__getattribute__(name)


class Commune(_Frozen):
    """A commune of the service's territory.

    Parameters
    ----------
    position
        Latitude and longitude of its middle, in degrees, for the map.
    """

    code: InseeCode
    nom: NonEmpty
    position: Position | None = None


class Epci(_Frozen):
    """The intercommunal body the communes belong to."""

    code: Annotated[str, Field(pattern=r"^\d{9}$")]
    nom: NonEmpty


class Qpv(_Frozen):
    """A priority neighbourhood (quartier prioritaire de la politique de la ville)."""

    code: NonEmpty
    nom: NonEmpty
    commune: InseeCode


class Code(_Frozen):
    """One issue that a follow-up can note."""

    code: Slug
    libelle: NonEmpty


class Family(_Frozen):
    """A family of issues, in report order."""

    code: Slug
    libelle: NonEmpty
    codes: tuple[Code, ...] = Field(min_length=1)


Situation = Literal[
    "ecole_primaire", "college", "lycee_general", "lycee_professionnel", "etudes_superieures", "descolarise",
    "recherche_emploi", "recherche_formation", "formation", "activite_professionnelle", "chomage_rsa",
]  # fmt: skip


class SituationGroup(_Frozen):
    """A group of situations, of the table that says what became of young people."""

    code: Slug
    libelle: NonEmpty
    situations: tuple[Situation, ...] = Field(min_length=1)


class Objective(_Frozen):
    """An objective of the convention.

    Parameters
    ----------
    texte
        What was agreed, in words.
    chiffre
        The figure that it is about: table, line, column, as texts quote it.
    cible
        What it should reach.
    """

    texte: NonEmpty
    chiffre: tuple[Slug, NonEmpty, NonEmpty]
    cible: float


class WiderClass(_Frozen):
    """A class of the edition to share that joins several, with its own words."""

    codes: tuple[NonEmpty, ...] = Field(min_length=1)
    libelle: NonEmpty


class Disclosure(_Frozen):
    """Rules of the edition to share.

    Parameters
    ----------
    seuil, seuil_sensible
        Least number of persons that may be published exactly; of sensitive subjects, another.
    base
        What rounded figures are a multiple of; twice that for sensitive subjects.
    sensibles
        Families of issues that are sensitive: joined into one row, without their codes.
    classes
        Wider classes by axis: code to the codes that it joins, the same for every year.
    regroupements
        Former form of ``classes``, without codes.
    raison
        Why these were chosen.
    """

    seuil: int = Field(5, ge=2)
    base: int = Field(5, ge=2)
    seuil_sensible: int = Field(11, ge=2)
    sensibles: tuple[str, ...] = ("sante", "juridiques")
    classes: Mapping[str, Mapping[Slug, tuple[NonEmpty, ...] | WiderClass]] = {}
    regroupements: Mapping[str, tuple[tuple[str, ...], ...]] = {}
    raison: str = ""


def default_problematiques() -> tuple[Family, ...]:
    """Families of issues of the printed report of 2023, in its order."""
    return tuple(Family.model_validate(family) for family in strict_yaml.packaged("problematiques.yml"))


DEFAULT_GROUPS = (
    SituationGroup(
        code="scolarise",
        libelle="Scolarisés",
        situations=("ecole_primaire", "college", "lycee_general", "lycee_professionnel", "etudes_superieures"),
    ),
    SituationGroup(code="descolarise", libelle="Déscolarisés", situations=("descolarise",)),
    SituationGroup(
        code="recherche_chomage",
        libelle="En recherche, au chômage ou au RSA",
        situations=("recherche_emploi", "recherche_formation", "chomage_rsa"),
    ),
    SituationGroup(
        code="emploi_formation",
        libelle="En emploi ou en formation",
        situations=("formation", "activite_professionnelle"),
    ),
)


@cache
def departement_names() -> Mapping[str, str]:
    """Names of the départements by number."""
    names: Mapping[str, str] = strict_yaml.packaged("departements.yml")
    return names


class Appearance(_Frozen):
    """The service's own look; the letters stay those of the report.

    Parameters
    ----------
    logo
        PNG, JPEG or SVG file in the settings' folder.
    couleur
        ``#rrggbb``, read on the page's light surfaces and under white; its dark form is derived from it.
    """

    logo: NonEmpty | None = None
    couleur: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None

    @field_validator("couleur")
    @classmethod
    def _reads_well(cls, colour: str | None) -> str | None:
        surfaces = light_surfaces(colour) if colour else ()
        if colour and reads_on(colour, surfaces) < READABLE:
            raise ValueError(
                f"couleur trop claire pour être lue ({colour}) : contraste de {reads_on(colour, surfaces):.1f}".replace(
                    ".", ","
                )
                + ", 4,5 au moins attendu (WCAG AA) ; "
                f"la même en plus sombre : {readable(colour, surfaces, BLACK)}"
            )
        return colour


class Contact(_Frozen):
    """Where the service is reached: what the posters say of it."""

    adresse: NonEmpty | None = None
    telephone: NonEmpty | None = None
    courriel: NonEmpty | None = None
    site: NonEmpty | None = None


class Service(_Noted):
    """``service.yml``: the service and its territory.

    Parameters
    ----------
    carte, carte_source
        GeoJSON file of the communes in the settings' folder, and where their outlines come from.
    sigles
        The service's own acronyms, with their words.
    echelle_diagnostics
        What the notes of the territorial assessments mean, from 1 to 5.
    annee_vide
        Tables of the records whose year without a row is a true zero, not one that was not entered; with
        ``participations``, an action without any too.
    objectifs
        Objectives of the convention, beside what was reached.
    situations_groupees
        Groups of situations by which the report follows young people from one year to the next: each situation is in
        one of them.
    demonstration
        The records are invented: every page, sheet and file says so.
    apparence
        Logo and colour of the covers and of the indexes.
    contact
        What the posters of the communes say under the service's name.
    """

    noted_as = "service"

    nom: NonEmpty
    departement: Annotated[str, Field(pattern=r"^(\d{2}|2[AB]|\d{3})$")]
    communes: tuple[Commune, ...] = Field(min_length=1)
    epci: Epci | None = None
    qpv: tuple[Qpv, ...] = ()
    problematiques: tuple[Family, ...] = Field(default_factory=default_problematiques)
    reference_populations: str | None = None
    carte: str | None = None
    carte_source: str | None = None
    sigles: Mapping[Annotated[str, Field(pattern=r"^\w[\w&.-]{1,14}$")], NonEmpty] = {}
    echelle_diagnostics: NonEmpty | None = None
    annee_vide: tuple[DatedTable, ...] = ()
    objectifs: tuple[Objective, ...] = ()
    situations_groupees: tuple[SituationGroup, ...] = DEFAULT_GROUPS
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
        reads.note(reads.SETTING, self.noted_as, "communes")
        return self._codes

    @property
    def departement_named(self) -> str:
        """Name of the département and its number; the number alone where there is no such département."""
        name = departement_names().get(self.departement)
        return f"{name} ({self.departement})" if name else self.departement

    def commune_name(self, code: str) -> str:
        """Name of a commune of the service."""
        return next(commune.nom for commune in self.communes if commune.code == code)

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Service:
        families = [family.code for family in self.problematiques]
        codes = [code.code for family in self.problematiques for code in family.codes]
        for label, values in (
            ("communes", list(self.commune_codes)),
            ("qpv", [qpv.code for qpv in self.qpv]),
            ("problematiques", families + codes),
            ("situations_groupees", [group.code for group in self.situations_groupees]),
        ):
            twice = sorted(value for value, times in Counter(values).items() if times > 1)
            if twice:
                raise ValueError(f"{label} : code présent deux fois ({', '.join(twice)})")
        grouped = Counter(code for group in self.situations_groupees for code in group.situations)
        twice = sorted(code for code, times in grouped.items() if times > 1)
        if twice:
            raise ValueError(f"situations_groupees : situation dans deux groupes ({', '.join(twice)})")
        absent = [code for code in get_args(Situation) if code not in grouped]
        if absent:
            raise ValueError(f"situations_groupees : situation dans aucun groupe ({', '.join(absent)})")
        reserved = {"total", "non_renseignee", "plus_suivi"} & {group.code for group in self.situations_groupees}
        if reserved:
            raise ValueError(f"situations_groupees : code réservé ({', '.join(sorted(reserved))})")
        strangers = sorted({qpv.commune for qpv in self.qpv} - set(self.commune_codes))
        if strangers:
            raise ValueError(f"qpv : commune absente de la liste des communes ({', '.join(strangers)})")
        return self


class Rupture(_Frozen):
    """A change after which some indicators are no longer comparable with the years before.

    Parameters
    ----------
    annee
        First year counted the new way; the report's own year when None.
    """

    indicateurs: tuple[Slug, ...] = Field(min_length=1)
    nature: Literal["definition", "perimetre", "source"]
    raison: NonEmpty
    annee: int | None = None


class Findings(_Frozen):
    """What the service decides of the findings of the first page.

    Parameters
    ----------
    epingles, retires
        Names of those that come first whatever they say, and of those that are not told.
    mots
        Sentences in the service's own words by the name of the finding, ``titre`` for the headline; followed by
        ``-<INSEE>``, those of the portrait of a commune.
    """

    epingles: tuple[NonEmpty, ...] = ()
    retires: tuple[NonEmpty, ...] = ()
    mots: Mapping[NonEmpty, NonEmpty] = {}


class ReportSettings(_Noted):
    """``<year>/rapport.yml``: what is decided for one year's report.

    Parameters
    ----------
    publies_comparables
        Indicators whose figures printed in a former report (``publie.csv``) were counted as they are now.
    """

    noted_as = "rapport"

    titre: str | None = None
    statut: Literal["brouillon", "valide"] = "brouillon"
    date_validation: date | None = None
    chapitres: tuple[str, ...] | None = None
    portrait: tuple[str, ...] | None = None
    donnees_arretees_au: date | None = None
    ruptures: tuple[Rupture, ...] = ()
    publies_comparables: tuple[Slug, ...] = ()
    constats: Findings = Findings()

    @model_validator(mode="after")
    def _validated_has_a_date(self) -> ReportSettings:
        if self.statut == "valide" and self.date_validation is None:
            raise ValueError("date_validation est obligatoire quand statut vaut « valide », comme 2024-04-18")
        return self


class Settings(_Frozen):
    """Everything the service decided for one year."""

    service: Service
    report: ReportSettings
    year: int
    directory: Path
    edition: Literal["interne", "diffusion"] = "interne"

    def text(self, name: str) -> str | None:
        """Markdown of a section written by the service, None where it is still to be written.

        Notes
        -----
        Comments (``<!-- … -->``) are left out, the lines after them keep their number: a text of comments alone, as
        those of a new service, is still to be written.
        """
        text = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), self._markdown(name))
        return text if text.strip() else None

    def former_year(self, name: str) -> int | None:
        """Year that a section was written for, where it is still to be read again for this one."""
        mark = FORMER.search(self._markdown(name))
        return int(mark[1]) if mark else None

    def _markdown(self, name: str) -> str:
        """A section as it is typed; empty where there is none."""
        path = self.text_path(name)
        reads.note_text(self._inside(path))
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
        path = self.directory / str(year) / "publie.csv"
        self.note_file(path)
        return path

    def text_path(self, name: str) -> Path:
        """Path of the section's text, whether it exists or not: the wording of the edition where it has its own."""
        if not re.fullmatch(r"[a-z0-9_]+(-[0-9AB]+)?", name):
            raise SettingsError(f"Nom de texte invalide : {name!r}.", expected="lettres minuscules, chiffres et _")
        texts = self.directory / str(self.year) / "textes"
        own = texts / self.edition / f"{name}.md"
        if self.edition == "diffusion":
            reads.note_text(self._inside(own))
        return own if self.edition == "diffusion" and own.is_file() else texts / f"{name}.md"

    def note_file(self, path: Path) -> None:
        """Note that a file of the settings is read, there or not."""
        reads.note(reads.SETTINGS_FILE, self._inside(path))

    def _inside(self, path: Path) -> str:
        return path.relative_to(self.directory).as_posix()


def load_settings(params_dir: Path, year: int) -> Settings:
    """Read ``service.yml`` and the year's ``rapport.yml``.

    Raises
    ------
    SettingsError
        A file is missing (``service.yml`` alone is required), unreadable, or breaks the contract.
    """
    path = params_dir / str(year) / "rapport.yml"
    with reads.unrecorded():  # the keys are noted when they are used
        report = validated.read(path, ReportSettings, params_dir) if path.exists() else ReportSettings()
        settings = Settings(service=load_service(params_dir), report=report, year=year, directory=params_dir)
        _check_title(settings)
        if report.statut == "valide":
            _check_texts(settings)
        return settings


def _check_title(settings: Settings) -> None:
    """Refuse the title of another year's report."""
    years = set(re.findall(r"\b(?:19|20)\d{2}\b", settings.report.titre or ""))
    if years and str(settings.year) not in years:
        raise SettingsError(
            "Le titre est celui d'une autre année.",
            where=f"{settings.report_path}, titre",
            expected=f"un titre de {settings.year}, ou sans année",
            got=settings.report.titre,
            todo="corriger le titre",
        )


def _check_texts(settings: Settings) -> None:
    """Refuse a validated report with texts of a former one that nobody has read again."""
    texts = settings.directory / str(settings.year) / "textes"
    unread = [path for path in sorted(texts.rglob("*.md")) if FORMER.search(path.read_text("utf-8", errors="replace"))]
    if unread:
        more = len(unread) - FIRST
        raise SettingsError(
            "Le rapport est validé, mais des textes d'une autre année restent à relire.",
            where="\n    ".join(["", *map(str, unread[:FIRST]), *([f"et {more} autres"] if more > 0 else [])]),
            todo="relire chacun, puis ôter sa première ligne, <!-- texte de …, à relire -->",
        )


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
    with reads.unrecorded():
        return validated.read(path, Service, params_dir)


def keep_validated(settings: Settings, params_dir: Path) -> None:
    """Write settings that were read beside a copy of their files, for who opens them there again and again."""
    validated.keep(params_dir / "service.yml", settings.service, params_dir)
    path = params_dir / str(settings.year) / "rapport.yml"
    if path.is_file():
        validated.keep(path, settings.report, params_dir)
