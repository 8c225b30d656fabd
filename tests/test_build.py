"""From a source to a publication, with two small chapters in place of the real ones.

Slow: what the audit's own tests show of findings, through a whole build.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rlpipeline.checks.audit import PAGE
from rlpipeline.cli import main
from rlpipeline.errors import (
    DataError,
    DisclosureError,
    NotebookError,
    ReconciliationError,
    RlpipelineError,
    SettingsError,
    UsageError,
)
from rlpipeline.execution.memory import summary
from rlpipeline.execution.output_folder import MARKER
from rlpipeline.pipeline import build as steps
from rlpipeline.pipeline import inputs
from rlpipeline.pipeline.build import BuildRequest, Published, Refusals, audit_year, build_years
from rlpipeline.pipeline.inputs import Wanted
from rlpipeline.publication.printing import Printing
from rlpipeline.records.store import load
from tests.execution.made_up import PARAMETERS, write_chapter

YOUNG = "id_jeune,sexe,date_naissance,commune,premier_contact\nJ1,F,2008-05-01,01004,2022-01-03\n"
FOLLOWED = "id_suivi,id_jeune,statut,date_debut,date_fin,motif_cloture\nS1,J1,PAEI,2022-01-03,,\n"
SERVICE = """
nom: "Service d'Ambérieu"
departement: "01"
communes: [{code: "01004", nom: "Ambérieu-en-Bugey"}, {code: "01033", nom: "Valserhône"}]
"""
TABLE = """
from rlpipeline.report import open_report
report = open_report(source, params, year, commune, edition)
report.table("accompagnes")
"""
WRONG = """
from dataclasses import replace
shown = report.table("accompagnes")
replace(shown, html=shown.html.replace(">1<", ">7<"))
"""


@dataclass(frozen=True)
class Built:
    request: BuildRequest
    result: Published
    told: str


def request_in(place: Path) -> BuildRequest:
    for name, text in (
        ("source/jeunes.csv", YOUNG),
        ("source/suivis.csv", FOLLOWED),
        ("params/service.yml", SERVICE),
    ):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    write_chapter(place / "notebooks" / "01_edito.ipynb", ["'bonjour'"])
    write_chapter(place / "notebooks" / "05_activite.ipynb", [TABLE])
    return BuildRequest(
        source=str(place / "source"),
        params=place / "params",
        out=place / "outputs",
        notebooks=place / "notebooks",
        jobs=2,
        stream=StringIO(),
    )


def build(request: BuildRequest) -> Published:
    """The first edition asked for, of the latest year."""
    return next(build_years(request))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    request = request_in(tmp_path_factory.mktemp("construction"))
    result = build(request)
    assert isinstance(request.stream, StringIO)
    yield Built(request, result, request.stream.getvalue())


@pytest.fixture
def request_alone(tmp_path: Path) -> BuildRequest:
    return request_in(tmp_path)


def content(directory: Path) -> dict[str, bytes]:
    """Every file by its path, but those that a build leaves to the next."""
    names = (
        path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()
    )
    return {name: (directory / name).read_bytes() for name in names if not name.startswith(".")}


def no_kernel(*_: object) -> None:
    raise AssertionError("a kernel started")


STEPS = ("prepare", "execute", "stage", "publish")


@pytest.mark.parametrize("refused", ["", *STEPS])
@pytest.mark.parametrize("error", [DisclosureError, ReconciliationError, SettingsError, DataError])
def test_an_edition_is_printed_while_the_next_is_executed_and_its_refusal_stops_no_other(
    request_alone: BuildRequest,
    monkeypatch: pytest.MonkeyPatch,
    refused: str,
    error: type[RlpipelineError],
) -> None:
    done, year = list[str](), SimpleNamespace(year=2022)
    made = SimpleNamespace(request=request_alone)
    made.editions = [Wanted(made, year, edition) for edition in ("interne", "diffusion")]  # type: ignore[arg-type]

    def taken(step: str, before: Any) -> SimpleNamespace:
        wanted = getattr(before, "wanted", before)
        done.append(f"{step} {wanted.edition}")
        if done[-1] == f"{refused} interne":
            raise error("Refus.")
        return SimpleNamespace(wanted=wanted)

    for step in STEPS:
        monkeypatch.setattr(steps, step, partial(taken, step))
    for wanted in made.editions:
        wanted.folders.callback(done.append, f"gone {wanted.edition}")
    refusals = Refusals()
    published = [of.wanted.edition for of in steps._editions(made, refusals)]  # type: ignore[attr-defined]
    first = [f"{step} interne" for step in STEPS]
    if refused:
        first = [*first[: STEPS.index(refused) + 1], "gone interne"]
        assert (published, len(refusals.refused)) == (["diffusion"], 1)
    else:
        assert published == ["interne", "diffusion"]
    assert [each for each in done if "interne" in each][: len(first)] == first
    other = [f"{step} diffusion" for step in STEPS]
    assert [each for each in done if each in other] == other
    if refused in ("", "publish"):
        assert done.index("execute diffusion") < done.index("publish interne")
        assert done.index("publish interne") < done.index("stage diffusion")


@pytest.mark.parametrize("statut", ["brouillon", "valide"])
def test_a_draft_is_printed_once_the_audit_has_marked_it(
    request_alone: BuildRequest, monkeypatch: pytest.MonkeyPatch, statut: str
) -> None:
    audited = list[bool]()

    class Noting(Printing):
        """Prints nothing."""

        def add(self, page: Path) -> None:
            audited.append((self._directory / PAGE).is_file())

    monkeypatch.setattr(steps, "Printing", Noting)
    report = request_alone.params / "2022/rapport.yml"
    report.parent.mkdir()
    report.write_text(f"statut: {statut}\ndate_validation: 2023-04-18\n", encoding="utf-8")
    build(replace(request_alone, pdf=True))
    assert audited == [statut == "brouillon"] * 3


def test_of_many_portraits_the_summary_names_the_folder() -> None:
    pages = [Path("rapport.html"), *(Path(f"communes/{number:05}.html") for number in range(1000))]
    lines = summary(2022, "interne", Path("outputs/2022"), pages, "").splitlines()
    assert lines[1:] == [
        "  outputs/2022/rapport.html",
        "  outputs/2022/communes : 1000 fichiers .html",
    ]


def test_warnings_are_counted_and_progress_told(built: Built) -> None:
    first, *others = built.told.splitlines()
    assert first.startswith("Données : ")
    assert "informations" in first
    assert "4 chapitres à exécuter" in others
    assert any("Ambérieu-en-Bugey · 05_activite : terminé" in line for line in others)
    assert others[-2:] == ["2022 (interne) : mise en pages", "2022 (interne) : vérification"]


def test_records_that_stay_are_judged_once_and_said_as_before(
    request_alone: BuildRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = list[bool]()

    def noting(*of: Any, plausible: bool) -> Any:
        judged.append(plausible)
        return load(*of, plausible=plausible)

    monkeypatch.setattr(inputs, "load", noting)
    text = request_alone.params / "2022/textes/edito.md"
    rules = request_alone.params / "plausibilite.yml"
    text.parent.mkdir(parents=True)

    def warned() -> str:
        stream = StringIO()
        build(replace(request_alone, stream=stream))
        return next(filter(None, stream.getvalue().splitlines()))

    first = warned()
    text.write_text("Bonjour.\n", encoding="utf-8")
    assert warned() == first
    assert judged == [True, False]
    rules.write_text('acceptes: [{code: P309, raison: "rien"}]\n', encoding="utf-8")
    assert warned() != first
    rules.unlink()
    assert judged == [True, False, True]
    more = Path(request_alone.source) / "jeunes.csv"
    more.write_text(f"{YOUNG}J2,F,2008-05-01,01004,2022-01-04\n", encoding="utf-8")
    assert warned() == first
    assert judged == [True, False, True, True]


def test_a_program_is_told_each_chapter_and_how_the_build_ended(
    request_alone: BuildRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {
        name: getattr(request_alone, name) for name in ("source", "params", "out", "notebooks")
    }
    words = [word for name, place in places.items() for word in (f"--{name}", str(place))]
    assert main(["build", "--edition", "interne", "--sans-pdf", "--log-json", *words]) == 0
    first, *told, last = map(json.loads, capsys.readouterr().err.splitlines())
    tasks = [event for event in told if event["evenement"] == "tache"]
    assert {
        (task["territoire"], task["chapitre"], task["etat"], task["edition"]) for task in tasks
    } == {
        *(("service", chapter, "ok", "interne") for chapter in ("01_edito", "05_activite")),
        *((commune, "05_activite", "ok", "interne") for commune in ("01004", "01033")),
    }
    assert (first["evenement"], last["evenement"], last["code"]) == ("debut", "fin", 0)
    assert last["message"].startswith("Terminé en ")
    assert "rapport 2022 (interne) publié, 4 chapitres" in last["message"]


def test_the_manifest_tells_what_was_read_and_done(built: Built) -> None:
    manifest = json.loads(
        (built.request.out / "2022" / "manifest.json").read_text(encoding="utf-8")
    )
    assert manifest["parametres"] == {
        "annee": 2022,
        "edition": "interne",
        "communes": ["01004", "01033"],
        "titre": None,
        "statut": "brouillon",
        "date_validation": None,
    }
    assert manifest["versions"]["python"] == platform.python_version()
    assert {"papermill", "pandas", "rlpipeline"} <= set(manifest["versions"])
    assert {"jeunes", "suivis"} <= set(manifest["entrees"]["donnees"])
    assert set(manifest["entrees"]["parametres"]) == {"service.yml"}
    assert [*manifest["entrees"]["notebooks"]] == ["01_edito.ipynb", "05_activite.ipynb"]
    assert manifest["taches"][0] == {
        "chapitre": "01_edito",
        "territoire": "service",
        "annee": 2022,
        "etat": "ok",
    }
    assert [task["etat"] for task in manifest["taches"]] == ["ok"] * 4
    lasted = [
        manifest["durees"][f"{task['territoire']}/{task['chapitre']}"]
        for task in manifest["taches"]
    ]
    assert all(0 < seconds == round(seconds, 3) for seconds in lasted)
    files = content(built.request.out / "2022")
    del files["manifest.json"]
    assert manifest["fichiers"] == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()
    }
    assert str(built.request.out) not in json.dumps(manifest)


def test_failing_chapters_block_publication_and_leave_the_former(
    built: Built, tmp_path: Path
) -> None:
    broken = request_in(tmp_path)
    write_chapter(tmp_path / "notebooks" / "01_edito.ipynb", ["raise KeyError('Dupont')"])
    write_chapter(tmp_path / "notebooks" / "02_suite.ipynb", ["import sys; sys.exit()"])
    request = replace(broken, out=built.request.out, communes=("01033",))
    former = built.request.out / "echecs" / "2022" / "ancien.ipynb"
    former.parent.mkdir(parents=True)
    former.touch()
    before = content(built.request.out / "2022")
    with pytest.raises(NotebookError) as caught:
        build(request)
    message = str(caught.value)
    assert (built.request.out / "echecs" / "2022").stat().st_mode & 0o777 == 0o700
    assert not former.exists()
    assert message.startswith("2 chapitres en échec : rien n'est publié")
    for name in ("01_edito", "02_suite"):
        kept = built.request.out / "echecs" / "2022" / "service" / f"{name}.ipynb"
        assert kept.is_file()
        assert f"conservé : {kept}" in message
    assert "cellule : cellule de code n° " in message
    assert "Dupont" not in message
    assert content(built.request.out / "2022") == before
    left = {"2022", "echecs", ".2022-memoire", "index.html", MARKER}
    assert {path.name for path in built.request.out.iterdir()} == left


@pytest.mark.slow
def test_a_year_that_fails_does_not_stop_the_next(request_alone: BuildRequest) -> None:
    failing = "if year == 2021: raise ValueError"
    write_chapter(request_alone.notebooks / "01_edito.ipynb", [failing, "year"])
    (request_alone.notebooks / "05_activite.ipynb").unlink()
    results = build_years(request_alone, (2021, 2022))
    assert next(results).year == 2022
    with pytest.raises(NotebookError, match="1 chapitre en échec"):
        next(results)
    left = {"2022", "echecs", ".2022-memoire", "index.html", MARKER}
    assert {path.name for path in request_alone.out.iterdir()} == left


@pytest.mark.slow
def test_what_a_failed_build_executed_is_not_run_again_unless_forced(
    request_alone: BuildRequest,
) -> None:
    failing = "assert (lambda path: path.exists())(__import__('pathlib').Path(source, '../../../bon').resolve())"
    write_chapter(request_alone.notebooks / "01_edito.ipynb", [failing])
    with pytest.raises(NotebookError):
        build(request_alone)
    with pytest.raises(NotebookError):
        build(replace(request_alone, stream=(forced := StringIO()), force=True))
    assert not (
        request_alone.out / MARKER
    ).exists()  # nothing is published yet: the folder is nobody's
    (request_alone.out.parent / "bon").touch()
    build(replace(request_alone, stream=(resumed := StringIO())))
    assert "Reprise" not in forced.getvalue()
    assert "Reprise : 3 chapitres déjà exécutés" in resumed.getvalue()
    assert (request_alone.out / MARKER).is_file()


def test_a_wrong_figure_is_published_nowhere_and_told_with_its_audit(
    request_alone: BuildRequest,
) -> None:
    build(request_alone)
    before = content(request_alone.out / "2022")
    write_chapter(request_alone.notebooks / "05_activite.ipynb", [TABLE, WRONG])
    with pytest.raises(ReconciliationError) as caught:
        build(request_alone)
    assert caught.value.exit_code == 3
    message = str(caught.value)
    page = request_alone.out / "echecs" / "2022" / "audit.html"
    assert "écarts dans ce qui allait être publié : rien n'est publié" in message
    for words in (
        "Un chiffre montré n'est pas celui du fichier",
        "indicateurs.csv",
        ": 7",
        str(page),
    ):
        assert words in message
    assert page.is_file()
    assert content(request_alone.out / "2022") == before
    assert not list(request_alone.out.glob(".2022-nouveau-*"))
    write_chapter(request_alone.notebooks / "05_activite.ipynb", [TABLE])
    build(request_alone)
    assert not page.exists()


def test_a_published_folder_is_audited_again_from_its_files(built: Built, tmp_path: Path) -> None:
    copy = tmp_path / "2022"
    shutil.copytree(built.result.directory, copy)
    assert audit_year(tmp_path, 2022, built.request.params).blocking == ()
    figures = copy / "indicateurs.csv"
    text = figures.read_text(encoding="utf-8")
    whole = "accompagnes,2022,service,total,total,1,"
    assert whole in text
    figures.write_text(text.replace(whole, whole.replace("1,", "8,")), encoding="utf-8")
    found = {finding.check for finding in audit_year(tmp_path, 2022, built.request.params).findings}
    assert {"total_colonne", "page"} <= found
    with pytest.raises(UsageError, match="Aucun rapport n'est publié pour 2021"):
        audit_year(tmp_path, 2021, built.request.params)


def test_errors_in_the_records_stop_before_any_kernel(request_alone: BuildRequest) -> None:
    Path(request_alone.source, "suivis.csv").write_text(
        FOLLOWED.replace("PAEI", "Dupont"), encoding="utf-8"
    )
    with pytest.raises(DataError) as caught:
        build(replace(request_alone, chapter_executor=no_kernel))  # type: ignore[arg-type]
    assert "rlpipeline check" in str(caught.value)
    assert "Dupont" not in str(caught.value)
    assert not request_alone.out.exists()


def test_records_without_a_year_ask_for_one(request_alone: BuildRequest) -> None:
    for name in ("jeunes.csv", "suivis.csv"):
        path = Path(request_alone.source, name)
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="n'est datée"):
        build(request_alone)


def test_wrong_settings_of_the_last_year_stop_the_first(request_alone: BuildRequest) -> None:
    (request_alone.params / "2023").mkdir()
    (request_alone.params / "2023" / "rapport.yml").write_text(
        "chapitres: [05_activites]\n", encoding="utf-8"
    )
    with pytest.raises(SettingsError, match="05_activite"):
        next(build_years(replace(request_alone, chapter_executor=no_kernel), (2022, 2023)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"communes": ("62215",)}, "pas de celles du service"),
        ({"notebooks": Path("nulle-part")}, "Aucun chapitre"),
    ],
)
def test_wrong_requests_stop_at_once(
    request_alone: BuildRequest, change: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        build(replace(request_alone, **change))  # type: ignore[arg-type]


def test_a_wrong_parameter_stops_before_any_kernel(request_alone: BuildRequest) -> None:
    write_chapter(
        request_alone.notebooks / "01_edito.ipynb",
        ["1"],
        parameters=PARAMETERS.replace("year", "annee"),
    )
    with pytest.raises(UsageError, match="« year »"):
        build(replace(request_alone, chapter_executor=no_kernel))  # type: ignore[arg-type]
