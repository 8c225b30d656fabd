"""What the edition to share prints that somebody typed: what it is, how it is known, what of it is suspicious."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rlpipeline.checks.forms import suspicions
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.importing.people import KEY
from rlpipeline.our_notebooks import OURS
from rlpipeline.pipeline import shared_edition
from rlpipeline.pipeline.proofreading import (
    CELL,
    LEFT_OUT,
    OTHER,
    READ,
    TEXT,
    Passage,
    note_readings,
    passages_of,
    read_proofread,
)
from rlpipeline.records.frames import FreeCell
from rlpipeline.records.names import given_names
from rlpipeline.records.store import open_records
from rlpipeline.settings.models import Settings, load_settings
from tests.conftest import ROOT
from tests.execution.made_up import write_chapter
from tests.figures.stored import counts_of

YEAR = 2023
TOLD = Passage("textes/edito.md", (1,), "Textes du rapport", "Une bonne année.", TEXT)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A service with texts, findings in its own words and two pictures, one of which may be shown."""
    written = {
        "service.yml": "nom: S\ndepartement: '62'\ncommunes: [{code: '62215', nom: Carvin}]\n",
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
    return load_settings(tmp_path / "params", YEAR).model_copy(update={"edition": "diffusion"})


def test_all_that_is_typed_is_a_passage_in_the_order_of_the_report(
    settings: Settings, tmp_path: Path
) -> None:
    chapter = tmp_path / "notebooks" / "05_activite.ipynb"
    code = "report.text('activite')\nreport.text('edito')\nreport.figure('accompagnes', title='Samira')"
    write_chapter(chapter, [code, "report.table('accompagnes')"])
    cells = [
        FreeCell("reseaux", "nom", "MDS", 2023, (4,)),
        FreeCell("reseaux", "nom", "MDS", 2022, (2,)),
    ]
    cells += [FreeCell("diagnostics", "quartier", "Nord", year, (year,)) for year in (2022, 2023)]
    found = passages_of(
        settings,
        cells,
        [chapter, OURS / "01_edito.ipynb"],
        read_proofread(settings.directory, YEAR),
    )
    assert [(one.place(Path("params"), YEAR), one.text, one.kind) for one in found] == [
        ("params/2023/textes/activite.md, ligne 1", "L'activité.", TEXT),
        ("params/2023/textes/diffusion/edito.md, ligne 1", "Bonne année à tous.", TEXT),
        ("params/2023/textes/actions-62215.md, ligne 1", "À Carvin.", TEXT),
        ("params/2023/rapport.yml, ligne 2", "Une année de sorties", OTHER),
        ("params/2023/images/images.yml, ligne 2", "Une fresque", OTHER),
        ("params/2023/images/images.yml, ligne 2", "Un mur peint", OTHER),
        ("notebooks/05_activite.ipynb, cellule 1", "# Titre", OTHER),
        ("notebooks/05_activite.ipynb, cellule 3", "Samira", OTHER),
        ("table reseaux, colonne nom, ligne 4", "MDS", CELL),
        ("table diagnostics, colonne quartier, lignes 2022, 2023", "Nord", CELL),
    ]


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
    found = passages_of(settings, [], [], proofread)
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
    hidden, codes = shared_edition._without(tables, frozenset({"Centre", "Cadre de vie"}), YEAR)
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
