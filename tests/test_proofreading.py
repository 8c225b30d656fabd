"""What the edition to share prints that somebody typed: what it is, how it is known, what of it is suspicious."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from nbformat import v4
from PIL import Image

from rlpipeline.characters import holds_a_word
from rlpipeline.checks.forms import suspicions
from rlpipeline.declared import Links
from rlpipeline.display import handed
from rlpipeline.display.cells import TEXT_MIME, Shown
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import Task
from rlpipeline.figures.declaration import Declarations
from rlpipeline.figures.structure import declarations
from rlpipeline.importing.people import KEY, Pseudonyms, read_key
from rlpipeline.our_notebooks import OURS
from rlpipeline.pipeline import shared_edition
from rlpipeline.pipeline.passages import TABLES, may_be_left_out, passages_of
from rlpipeline.pipeline.proofreading import (
    CELL,
    LEFT_OUT,
    OTHER,
    READ,
    TEXT,
    Passage,
    note_readings,
    read_proofread,
)
from rlpipeline.records.frames import FreeCell
from rlpipeline.records.names import given_names
from rlpipeline.records.store import open_records
from rlpipeline.settings.models import Settings, load_settings
from tests.conftest import ROOT
from tests.declared import INDICATORS
from tests.figures.stored import counts_of

UNDECLARED = Declarations({}, Links(), {})
"""Nothing is said of any table."""
YEAR = 2023
TOLD = Passage("textes/edito.md", (1,), "Textes du rapport", "Une bonne année.", TEXT)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A service with texts, findings in its own words and two pictures, one of which may be shown."""
    written = {
        "service.yml": "nom: Le service\ndepartement: '62'\n"
        "communes: [{code: '62215', nom: Carvin}]\ncontact: {telephone: 01 23 45 67 89}\n",
        "2023/rapport.yml": "constats:\n  mots: {titre: 'Une année de sorties'}\n",
        "2023/textes/edito.md": "<!-- à nous -->\n\nBonne année.\n",
        "2023/textes/diffusion/edito.md": "Bonne année à tous.\n",
        "2023/textes/actions-62215.md": "À Carvin.\n",
        "2023/textes/moyens.md": "<!-- à écrire -->\n",
        "2023/textes/activite.md": "L'activité.\n",
        "2023/images/images.yml": "images:\n"
        "  - {file: a.jpg, legende: Une fresque, alternative: Un mur peint, autorisation: oui}\n"
        "  - {file: b.jpg, legende: Un enfant, alternative: Un visage}\n",
    }
    for name, text in written.items():
        (tmp_path / "params" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "params" / name).write_text(text, "utf-8")
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (9, 9)).save(tmp_path / "params/2023/images" / name)
    return load_settings(tmp_path / "params", YEAR).model_copy(update={"edition": "diffusion"})


def ran(chapter: Path, *cells: tuple[str, object]) -> Outcome:
    """A chapter that has run: a title, then cells of code, each with what it shows."""
    titled = v4.new_markdown_cell("# Titre")
    code = [
        v4.new_code_cell(source, outputs=[v4.new_output("display_data", data=data)])
        for source, data in cells
    ]
    executed = chapter.with_suffix(".execute.ipynb")
    executed.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=[titled, *code]), executed)
    return Outcome(Task(chapter.stem, chapter, "service", YEAR, "diffusion"), executed)


def shown(html: str, *texts: object, name: str = "x") -> dict[str, object]:
    """What a method of the report shows that was handed texts."""
    fragment = Shown(html, "", TEXT_MIME, {"name": name})
    return dict(handed.sealed(fragment, texts, frozenset())._repr_mimebundle_())


def test_all_that_is_typed_is_a_passage_in_the_order_of_the_report(
    settings: Settings, tmp_path: Path
) -> None:
    cells = [
        FreeCell("reseaux", "nom", "MDS", 2023, (4,)),
        FreeCell("reseaux", "nom", "MDS", 2022, (2,)),
        FreeCell("actions", "id_action", "CHANTIER-…", 2023, (7,)),
    ]
    cells += [FreeCell("diagnostics", "quartier", "Nord", year, (year,)) for year in (2022, 2023)]
    chapter = ran(
        tmp_path / "notebooks" / "05_activite.ipynb",
        ("report.text('activite')", shown("<p>L'activité.</p>", "activite", name="activite")),
        ("report.text('edito')", shown("<p>Bonne année</p>", "edito", name="edito")),
        ("report.figure('accompagnes', title=nom)", shown("<p/>", "accompagnes", "Samira")),
        ("replace(…)", {**shown("<p/>"), "text/html": "<p>Nadia <i title='Inès'>x</i></p>"}),
    )
    first = may_be_left_out(settings, cells, read_proofread(settings.directory, YEAR))
    found = passages_of(settings, first, [chapter], UNDECLARED)
    picture = found[8].text
    assert picture.startswith("image, empreinte ")
    assert [(one.place(Path("params"), YEAR), one.text, one.kind) for one in found] == [
        ("params/2023/textes/activite.md, ligne 1", "L'activité.", TEXT),
        ("params/2023/textes/diffusion/edito.md, ligne 1", "Bonne année à tous.", TEXT),
        ("params/2023/textes/actions-62215.md, ligne 1", "À Carvin.", TEXT),
        ("params/2023/rapport.yml, ligne 2", "Une année de sorties", OTHER),
        ("params/service.yml, ligne 1", "Le service", OTHER),
        ("params/service.yml, ligne 4", "01 23 45 67 89", OTHER),
        ("params/2023/images/images.yml, ligne 2", "Une fresque", OTHER),
        ("params/2023/images/images.yml, ligne 2", "Un mur peint", OTHER),
        ("params/2023/images/a.jpg", picture, OTHER),
        ("notebooks/05_activite.ipynb, cellule 1", "# Titre", OTHER),
        ("notebooks/05_activite.ipynb, cellule 4", "Samira", OTHER),
        ("notebooks/05_activite.ipynb, cellule 5", "Nadia\nx\nInès", OTHER),
        ("table reseaux, colonne nom, ligne 4", "MDS", CELL),
        ("table actions, colonne id_action, ligne 7", "CHANTIER-…", OTHER),
        ("table diagnostics, colonne quartier, lignes 2022, 2023", "Nord", CELL),
    ]


def test_one_text_handed_in_every_commune_is_read_once_and_a_copy_of_it_again(
    settings: Settings, tmp_path: Path
) -> None:
    chapters = [
        ran(tmp_path / name / "20_a_nous.ipynb", ("code", shown("<p/>", "Samira")))
        for name in ("service", "62215")
    ]
    other = ran(tmp_path / "21_ailleurs.ipynb", ("code", shown("<p/>", "Samira")))
    found = passages_of(settings, (), [*chapters, other], UNDECLARED)
    named = [one for one in found if one.text == "Samira"]
    assert [one.where for one in named] == [
        "notebooks/20_a_nous.ipynb",
        "notebooks/21_ailleurs.ipynb",
    ]
    note_readings(settings.directory, YEAR, named[:1], READ, "Camille")
    assert read_proofread(settings.directory, YEAR).unread(named) == named[1:]


def test_what_was_read_before_places_counted_stays_read_where_it_is(tmp_path: Path) -> None:
    params = tmp_path / "params"
    note_readings(params, YEAR, [], READ, "Camille")
    key = read_key(tmp_path)
    assert key
    former = Pseudonyms(key).digest(f"relecture\x1f{TOLD.text}")
    (params / str(YEAR) / "relecture.yml").write_text(
        f"lectures:\n  - {{empreinte: {former}, decision: lu, par: C, le: 2024-03-01, "
        f"ou: {TOLD.where}}}\n",
        "utf-8",
    )
    proofread = read_proofread(params, YEAR)
    copied = replace(TOLD, where="textes/edito-62215.md")
    assert proofread.unread([TOLD, copied]) == [copied]
    note_readings(params, YEAR, [copied], READ, "Camille")
    assert read_proofread(params, YEAR).unread([TOLD, copied]) == []


def test_a_picture_says_what_is_written_in_it_and_whether_more_may_be(
    settings: Settings, tmp_path: Path
) -> None:
    figure, axes = plt.subplots()
    axes.bar(["Filles", "Garçons"], [1, 2], label="Samira")
    axes.set_yscale("log")
    axes.set_title("Inès")
    axes.legend()
    axes.plot([1], [1], marker="$Nadia$")
    axes.table([["Yanis"]], edges="open")
    written = {text for text in handed.texts_in([figure]) if holds_a_word(text)}
    assert written == {"Filles", "Garçons", "Samira", "Inès", "$Nadia$", "Yanis"}
    record = handed.sealed(Shown("", "", TEXT_MIME, {}), [figure], {"Filles"}).more[handed.MIME]
    assert "Filles" not in record[handed.TEXTS]
    assert not record[handed.WHOLE]
    axes.set_yscale("linear")
    for add in (
        lambda: axes.imshow([[1.0]]),
        lambda: axes.scatter([1], [1], marker="$Inès$"),
        lambda: axes.add_patch(PathPatch(TextPath((0, 0), "Inès"))),
    ):
        added = add()
        outcome = ran(tmp_path / "20_x.ipynb", ("code", shown("<p/>", figure)))
        texts = [one.text for one in passages_of(settings, (), [outcome], UNDECLARED)]
        assert any(text.startswith("image, empreinte") for text in texts)
        added.remove()
    plt.close(figure)


def test_what_the_package_writes_is_not_asked(settings: Settings, tmp_path: Path) -> None:
    asked = ("accompagnes", "62215", "Filles et garçons accompagnés", "bars", "12,5 %")
    copied = ran(tmp_path / "01_edito.ipynb", ("code", shown("<p/>", *asked)))
    ours = replace(copied.task, notebook=OURS / "01_edito.ipynb")
    outcome = replace(copied, task=ours)
    found = passages_of(settings, (), [outcome], UNDECLARED)
    assert not [one for one in found if one.where.startswith("notebooks") and "# T" not in one.text]


def test_what_is_read_is_known_by_its_words_and_by_the_key_of_the_service(tmp_path: Path) -> None:
    digests = []
    for name in ("un", "autre"):
        params = tmp_path / name / "params"
        params.mkdir(parents=True)
        note_readings(params, YEAR, [TOLD], READ, "Camille")
        proofread = read_proofread(params, YEAR)
        assert proofread.unread([TOLD]) == []
        changed = replace(TOLD, text="Une moins bonne année.")
        assert proofread.unread([changed]) == [changed]
        assert proofread.changed(changed) == next(iter(proofread.readings.values()))
        digests += proofread.readings
        assert (tmp_path / name / KEY).stat().st_mode & 0o777 == 0o600
    assert len({*digests}) == 2
    (tmp_path / "un" / KEY).unlink()
    assert read_proofread(tmp_path / "un" / "params", YEAR).unread([TOLD]) == [TOLD]
    with pytest.raises(SettingsError, match="clé du service manque"):
        note_readings(tmp_path / "un" / "params", YEAR, [TOLD], READ, "Camille")


def test_what_a_cell_says_of_a_table_that_is_shared_is_read(settings: Settings) -> None:
    cells = {"accompagnes": "calcul.ipynb, cellule de code n° 7"}
    ours = INDICATORS["accompagnes"]
    for change in ({}, {"title": "Ceux de Nadia"}, {"definition": "Les jeunes de Nadia."}):
        said = declarations({"accompagnes": ours.declared(**change)}, settings.service, cells)
        found = [one for one in passages_of(settings, (), [], said) if one.section == TABLES]
        assert [one.text for one in found] == [*change.values()]
        assert [one.place(settings.directory, YEAR) for one in found] == [
            "notebooks/calcul.ipynb, cellule 7" for _ in change
        ]
    own = declarations({"x": ours.declared(id="x", title="Nadia", own=True)}, settings.service)
    assert not [one for one in passages_of(settings, (), [], own) if one.section == TABLES]


def test_a_passage_left_out_is_no_more_printed_and_a_setting_is_changed_where_it_is(
    settings: Settings,
) -> None:
    params = settings.directory
    note_readings(
        params,
        YEAR,
        [TOLD, replace(TOLD, where="textes/activite.md", text="L'activité.")],
        LEFT_OUT,
        "C",
    )
    proofread = read_proofread(params, YEAR)
    assert (proofread.unread([TOLD]), proofread.still_printed([TOLD])) == ([], [TOLD])
    found = passages_of(settings, may_be_left_out(settings, [], proofread), [], UNDECLARED)
    assert [one.text for one in found if one.left_out] == ["L'activité."]
    with pytest.raises(UsageError, match="ne peut pas être retiré"):
        note_readings(params, YEAR, [replace(TOLD, kind=OTHER)], LEFT_OUT, "C")
    with pytest.raises(UsageError, match="nom de qui relit"):
        note_readings(params, YEAR, [TOLD], READ, " ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Nous avons vu 3 jeunes, puis 8 garçons.", ["3 jeunes"]),
        ("Un lycéen de seize ans dort dans sa voiture.", ["Un lycéen", "seize ans"]),
        ("La salle Samira, où Samira est venue.", ["Samira"]),
        ("Rappeler K. au 06 12 34 56 78.", ["K.", "06 12 34 56 78"]),
        ("Il a été incarcéré en mars.", ["incarcéré"]),
        ("L'équipe peut accueillir un jeune ; lutte contre l'exclusion.", []),
        ("Trois réunions avec le collège, pour 25 élèves.", []),
    ],
)
def test_what_makes_one_think_of_a_person_is_marked(text: str, words: list[str]) -> None:
    assert [text[one.start : one.end] for one in suspicions(text, 5, given_names())] == words


def test_a_cell_left_out_has_one_number_wherever_its_line_is_shown() -> None:
    place = ROOT / "tests/cases/services/vallee"
    settings = load_settings(place / "params", YEAR)
    records = open_records(str(place / "source"), settings.service)
    tables = dict(shared_edition._tables(counts_of(records, settings.service, YEAR), settings))
    some = [("diagnostics", "quartier", "Centre"), ("diagnostics", "indicateur", "Cadre de vie")]
    hidden, numbers = shared_edition._without(tables, frozenset(some), YEAR, {})
    codes = numbers["diagnostics"]
    assert [*codes.values()] == [f"non_diffuse_{YEAR}_{rank}" for rank in range(1, len(codes) + 1)]
    assert {
        "Cadre de vie",
        *(f"{code}/Centre" for code in settings.service.commune_codes),
    } <= codes.keys()
    for key, data in hidden.items():
        assert len(data.figures) == len(tables[key].figures)
        said = {*data.figures["ligne"], *data.figures["colonne"], *data.texts["texte"]}
        said |= {words for one in (*data.rows, *data.columns) for words in (one.code, one.label)}
        assert not [
            words for words in said if re.search(r"(?:^|/|– )(?:Centre|Cadre de vie)$", words)
        ], key
