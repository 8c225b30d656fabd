"""What leaves the service: the package to share, and the sealed copy, from a small service built once."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
import pyzipper
from openpyxl import load_workbook

from rlpipeline.attack import Attacked, Knowledge, PublishedFigures, attack
from rlpipeline.cli import main
from rlpipeline.errors import DisclosureError, ReconciliationError, ToolError, UsageError
from rlpipeline.execution import output_folder
from rlpipeline.execution.output_folder import secret_path
from rlpipeline.importing.people import KEY
from rlpipeline.pipeline.build import build_years
from rlpipeline.pipeline.share import LOG, REMISES, hand_over, handed_over, recall, share
from rlpipeline.pipeline.shared_package import Package, entry_of, mark_recalled
from rlpipeline.protection.releases import LEDGER_COLUMNS, last_released, read_releases, written
from rlpipeline.publication.publish import COUNTED
from rlpipeline.publication.release import mark_of
from rlpipeline.settings.models import load_service
from tests.execution.made_up import OPEN, write_chapter
from tests.proofread import READER, read_everything
from tests.test_build import content, request_in

YEAR, PASSWORD = 2022, "un mot de passe long"
PORTRAITS = ("communes/01004-amberieu-en-bugey.html", "communes/01033-valserhone.html")
FILES = {
    f"{YEAR}/{name}"
    for name in (
        "rapport.html",
        "rapport-diapos.html",
        *PORTRAITS,
        "indicateurs.csv",
        "figures.parquet",
        "datapackage.json",
        "tableaux.xlsx",
    )
}


@dataclass(frozen=True)
class Place:
    out: Path
    params: Path

    @property
    def shared(self) -> Path:
        return self.out / str(YEAR) / "diffusion"

    @property
    def ledger(self) -> list[Path]:
        return sorted((self.params / "diffusions").glob("*.csv"))

    @property
    def entries(self) -> list[Path]:
        return sorted(path for path in (self.params / "diffusions").glob("*") if path.is_file())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Place:
    request = request_in(tmp_path_factory.mktemp("partage"))
    for chapter, shown in (
        ("01_edito", 'report.text("edito")'),
        ("05_activite", 'report.table("accompagnes")'),
    ):
        write_chapter(request.notebooks / f"{chapter}.ipynb", [OPEN, shown])
    text = request.params / str(YEAR) / "textes" / "edito.md"
    text.parent.mkdir(parents=True, exist_ok=True)
    text.write_text("Une bonne année.", encoding="utf-8")
    assert len(list(build_years(replace(request, editions=("interne", "diffusion"))))) == 2
    read_everything(request.out, request.params, YEAR)
    return Place(request.out, request.params)


def copied(place: Place, folder: Path) -> Place:
    """Its outputs, its settings and its key."""
    for name, source in (("out", place.out), ("params", place.params)):
        shutil.copytree(source, folder / name)
    shutil.copy2(place.params.with_name(KEY), folder)
    return Place(folder / "out", folder / "params")


@pytest.fixture
def place(built: Place, tmp_path: Path) -> Place:
    """A copy that a test may spoil."""
    return copied(built, tmp_path)


def told(path: Path, change: Callable[[dict], None]) -> None:
    """Change a JSON file."""
    read = json.loads(path.read_text(encoding="utf-8"))
    change(read)
    path.write_text(json.dumps(read), encoding="utf-8")


def asking(*answers: str) -> Callable[[str], str]:
    left = list(answers)
    return lambda _: left.pop(0)


def test_the_notebook_of_counts_is_published_without_its_figures_and_in_the_exact_edition_alone(
    built: Place,
) -> None:
    published = nbformat.read(built.out / str(YEAR) / "notebooks" / "calcul.ipynb", as_version=4)
    assert all(cell.execution_count for cell in published.cells if cell.cell_type == "code")
    assert not any(
        cell.outputs for cell in published.cells if cell.cell_type == "code"
    )  # nothing checks them there
    assert [*built.shared.rglob("calcul.ipynb")] == []
    assert [path.name for path in built.out.glob(".calcul-*")] == []


def test_the_package_holds_pages_data_index_and_checksums_alone(place: Place) -> None:
    noted, secret = (
        (place.params / str(YEAR) / "relecture.yml").read_text("utf-8"),
        secret_path(place.out, YEAR),
    )
    result = share(place.out, place.params)
    files = content(result.directory)
    assert set(files) == FILES | {"index.html", "SHA256SUMS"}
    sums = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {
        name: hashlib.sha256(files[name]).hexdigest() for name in files if name != "SHA256SUMS"
    }
    with zipfile.ZipFile(result.archive) as archive:
        assert {
            name.removeprefix("partage/"): archive.read(name) for name in archive.namelist()
        } == files
    assert all(
        files[name] == (place.shared / name.partition("/")[2]).read_bytes() for name in FILES
    )
    summary = result.summary()
    assert str(result.archive) in summary
    assert "brouillon" in summary
    assert b"ne pas diffuser" in (place.out / "index.html").read_bytes()
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.name.encode() not in b"".join(content(place.out / str(YEAR)).values())
    kept = [
        digests
        for digests in json.loads(secret.read_text("utf-8")).values()
        if isinstance(digests, dict)
    ]
    private = [
        *(digest for digests in kept for digest in digests.values()),
        *re.findall("[0-9a-f]{64}", noted),
    ]
    assert len(kept) == 2 and READER in noted
    texts = [hashlib.sha256(path.read_bytes()).hexdigest() for path in place.params.rglob("*.md")]
    assert texts and not [
        digest for digest in texts if digest in (place.shared / "manifest.json").read_text("utf-8")
    ]
    out = b"".join([*files.values(), *(path.read_bytes() for path in place.entries)])
    assert not [words for words in ("relecture.yml", READER, *private) if words.encode() in out]


def test_the_ledger_is_written_once(place: Place) -> None:
    first = share(place.out, place.params)
    archive = first.archive.read_bytes()
    assert (
        [path.name for path in place.ledger]
        == [f"{YEAR}-01.csv"]
        == [path.name for path in first.entries]
    )
    again = share(place.out, place.params)
    assert again.entries == ()
    assert len(place.ledger) == 1
    assert again.archive.read_bytes() == archive
    with place.ledger[0].open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    with (place.shared / "indicateurs.csv").open(encoding="utf-8") as stream:
        published = list(csv.DictReader(stream))
    assert [{name: row[name] for name in LEDGER_COLUMNS[:-1]} for row in rows] == published
    assert all((row["base"] != "0") == (row["etat"] == "arrondi") for row in rows)
    assert len(last_released(read_releases(place.params / "diffusions"))) == len(published)
    package = json.loads((place.shared / "datapackage.json").read_text("utf-8"))
    assert read_releases(place.params / "diffusions")[0].rules == package["arrondi"]


def test_the_base_of_a_rounded_figure_is_noted(place: Place) -> None:
    """The files beside it give it: a line of another base than the others'."""
    share(place.out, place.params)
    package = place.out / "partage" / str(YEAR)
    lines = [
        "x,2022,01004,a,n,10,jeunes,arrondi",
        "x,2022,01004,b,n,10,jeunes,arrondi",
        "x,2022,service,a,n,9,jeunes,ok",
    ]
    (package / "indicateurs.csv").write_text(
        "\n".join([",".join(LEDGER_COLUMNS[:-1]), *lines]) + "\n", encoding="utf-8"
    )
    other = {"indicateur": "x", "territoire": "01004", "ligne": "b", "base": 10}
    told(package / "datapackage.json", lambda read: read["arrondi"].update(autres=[other]))
    figures, rules = entry_of(package)
    assert rules["autres"] == [other]
    assert figures["base"].tolist() == [5, 10, 0]


def test_a_recalled_release_leaves_the_package_stays_in_the_ledger_and_is_shared_again_where_it_is_named(
    place: Place,
) -> None:
    share(place.out, place.params)
    noted = place.ledger[0].read_bytes()
    for _ in range(2):  # once more changes nothing
        recall(place.out, place.params, str(YEAR))
        files = content(place.out / "partage")
        assert set(files) == {"index.html", "SHA256SUMS"}
        assert "retirée le" in files["index.html"].decode()
        with zipfile.ZipFile(place.out / "partage.zip") as archive:
            assert {
                name.removeprefix("partage/"): archive.read(name) for name in archive.namelist()
            } == files
        assert place.ledger[0].read_bytes() == noted
        assert [path.name[4:] for path in place.entries] == ["-01.csv", "-01.json", "-jeunes.json"]
    with pytest.raises(UsageError, match="--year"):
        share(place.out, place.params)
    again = share(place.out, place.params, [YEAR])
    assert [path.name for path in again.entries] == [f"{YEAR}-02.csv"]
    assert again.attacked.passed
    index = (again.directory / "index.html").read_text("utf-8")
    assert "retirée le" in index
    assert f"{YEAR}/rapport.html" in index
    assert share(place.out, place.params).entries == ()


def test_a_release_is_recalled_where_no_package_is(place: Place) -> None:
    share(place.out, place.params)
    shutil.rmtree(place.out)
    assert recall(place.out, place.params, str(YEAR)).years is None
    assert read_releases(place.params / "diffusions")[0].recalled


def test_a_commune_that_has_left_the_service_keeps_its_portrait_in_the_index(place: Place) -> None:
    shared_as_of_2021(place)
    settings = place.params / "service.yml"
    names = settings.read_text("utf-8")
    settings.write_text(
        names.replace("01033", "01999").replace("Valserhône", "Ailleurs"), encoding="utf-8"
    )
    package = Package(place.out, place.params, load_service(place.params))
    with package.renewed([]):
        pass
    index = (place.out / "partage" / "index.html").read_text("utf-8")
    assert re.search(rf'<a href="2021/{PORTRAITS[1]}">.*?Valserhône<', index)


def manifest(place: Place, name: str, **changed: str) -> None:
    """Say otherwise what an edition of the year was made from."""
    told(
        place.out / str(YEAR) / "manifest.json", lambda read: read["entrees"][name].update(changed)
    )


def without_exact_edition(place: Place) -> None:
    for path in (place.out / str(YEAR)).iterdir():
        path.unlink() if path.is_file() else path == place.shared or shutil.rmtree(path)


def audit_of(place: Place) -> Path:
    return place.out / str(YEAR) / "audit.json"


def with_failed_audit(place: Place) -> None:
    told(audit_of(place), lambda audit: audit.update(publiable=False))
    digest = hashlib.sha256(audit_of(place).read_bytes()).hexdigest()
    told(
        audit_of(place).with_name("manifest.json"),
        lambda read: read["fichiers"].update({"audit.json": digest}),
    )


UNSOUND: dict[str, tuple[Callable[[Place], object], type[Exception], str]] = {
    "without a portrait": (
        lambda place: told(
            place.shared / "manifest.json", lambda read: read["fichiers"].pop(PORTRAITS[0])
        ),
        UsageError,
        PORTRAITS[0],
    ),
    "figures changed": (
        lambda place: (place.shared / "indicateurs.csv").write_text(
            "indicateur\n", encoding="utf-8"
        ),
        ReconciliationError,
        "modifié",
    ),
    "without a workbook": (
        lambda place: (place.shared / "tableaux.xlsx").unlink(),
        ReconciliationError,
        "disparu",
    ),
    "other records": (
        lambda place: manifest(place, "donnees", jeunes="0"),
        UsageError,
        "mêmes données",
    ),
    "counted otherwise": (
        lambda place: manifest(place, "donnees", **{COUNTED: "0"}),
        UsageError,
        "mêmes données",
    ),
    "other settings": (
        lambda place: manifest(place, "parametres", **{"service.yml": "0"}),
        UsageError,
        "mêmes données",
    ),
    "without its secret": (
        lambda place: secret_path(place.out, YEAR).unlink(),
        UsageError,
        "quelles données",
    ),
    "another secret": (
        lambda place: told(secret_path(place.out, YEAR), lambda secret: secret.update(edition="0")),
        UsageError,
        "mêmes données",
    ),
    "without an edition": (
        lambda place: shutil.rmtree(place.shared),
        UsageError,
        "Aucune édition à diffuser",
    ),
    "without the exact one": (
        without_exact_edition,
        UsageError,
        "L'édition interne de cette année n'est pas faite",
    ),
    "its audit changed": (
        lambda place: told(audit_of(place), lambda audit: audit.update(statut="valide")),
        ReconciliationError,
        "modifié depuis",
    ),
    "without an audit": (
        lambda place: audit_of(place).unlink(),
        ReconciliationError,
        "pas d'audit",
    ),
    "an audit that failed": (with_failed_audit, ReconciliationError, "écarts qui bloquent"),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_a_year_that_is_not_whole_sound_and_audited_is_refused(place: Place, name: str) -> None:
    spoil, error, said = UNSOUND[name]
    spoil(place)
    with pytest.raises(error, match=said):
        share(place.out, place.params)
    assert nothing_shared(place)


def nothing_shared(place: Place) -> bool:
    return not place.ledger and not [path for path in place.out.iterdir() if "partage" in path.name]


def test_what_an_earlier_release_gives_away_is_told_and_cannot_be_taken_back(place: Place) -> None:
    earlier = place.params / "diffusions" / "2021-01.csv"
    earlier.parent.mkdir()
    lines = [",".join(LEDGER_COLUMNS), "accompagnes,2021,service,11_14,F,1,jeunes,ok,0"]
    earlier.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = {"partagee": "2022-03-01", "arrondi": {"classes": {}}}
    earlier.with_suffix(".json").write_text(json.dumps(told), encoding="utf-8")
    assert "diffusions antérieures" in share(place.out, place.params).summary()


def test_a_small_figure_in_what_goes_out_stops_everything(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(publications: list[PublishedFigures], known: Knowledge) -> Attacked:
        figures = publications[-1].figures
        small = {"valeur": 1.0, "unite": "demandes", "etat": "ok", "base": 0}
        row = {
            "indicateur": "demandes",
            "annee": YEAR,
            "territoire": "service",
            "ligne": "total",
            "colonne": "total",
        }
        leaked = pd.concat([figures, pd.DataFrame([row | small])], ignore_index=True)
        return attack([*publications[:-1], replace(publications[-1], figures=leaked)], known)

    monkeypatch.setattr("rlpipeline.pipeline.share.attack", leaking)
    with pytest.raises(DisclosureError, match="peuvent être retrouvés") as refused:
        share(place.out, place.params)
    assert "demandes" in str(refused.value)
    assert refused.value.exit_code == 4
    assert nothing_shared(place)


def shared_as_of_2021(place: Place) -> Path:
    """The package, which holds a former year alone, that its ledger knows."""
    share(place.out, place.params)
    package = place.out / "partage"
    (package / str(YEAR)).rename(package / "2021")
    sums = package / "SHA256SUMS"
    sums.write_text(
        sums.read_text(encoding="utf-8").replace(f"  {YEAR}/", "  2021/"), encoding="utf-8"
    )
    for entry in place.entries:
        renamed = entry.read_text(encoding="utf-8").replace(f",{YEAR},", ",2021,")
        entry.with_name(entry.name.replace(str(YEAR), "2021")).write_text(renamed, encoding="utf-8")
        entry.unlink()
    return package


def test_years_shared_before_stay_as_they_were(place: Place) -> None:
    package = shared_as_of_2021(place)
    former = content(package / "2021")
    result = share(place.out, place.params, [YEAR])
    assert result.years == (2021, YEAR)
    assert content(package / "2021") == former
    (package / "2021" / "rapport.html").write_text("autre", encoding="utf-8")
    with pytest.raises(ReconciliationError, match="2021"):
        share(place.out, place.params, [YEAR])


@contextmanager
def counting_disk(step: Callable[[int], None]) -> Iterator[None]:
    """Call ``step`` with its rank before each change of a name on the disk."""
    calls = count(1)
    names = {"replace": os.replace, "rename": os.rename, "unlink": os.unlink}

    def before(call: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*given: Any, **options: Any) -> Any:
            step(next(calls))
            return call(*given, **options)

        return stepped

    with pytest.MonkeyPatch.context() as patch:
        for name, call in names.items():
            patch.setattr(os, name, before(call))
        patch.setattr("rlpipeline.execution.output_folder.exchange", before(output_folder.exchange))
        yield


def refuse_from(last: int) -> Callable[[int], None]:
    def step(rank: int) -> None:
        if rank >= last:
            raise OSError(errno.EROFS, "read-only")

    return step


def kill_at(last: int) -> Callable[[int], None]:
    def step(rank: int) -> None:
        if rank == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def shared_in_a_child(place: Place, step: Callable[[int], None]) -> int:
    """Exit code of a process that shares, negative where it was killed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with counting_disk(step):
                share(place.out, place.params)
            code = 0
        except ToolError as error:
            code = error.exit_code
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def unknown_to_the_ledger(place: Place) -> list[str]:
    """Packages, folder and zip, of figures of which the ledger has no entry."""
    known, package = (
        {entry.read_text(encoding="utf-8") for entry in place.ledger},
        place.out / "partage",
    )
    found = (
        ["folder"]
        if package.exists() and written(entry_of(package / str(YEAR))[0]) not in known
        else []
    )
    return [*found, "zip"] if package.with_suffix(".zip").exists() and not known else found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked")
@pytest.mark.parametrize(("stop", "code"), [(kill_at, -signal.SIGKILL), (refuse_from, 5)])
def test_no_package_is_without_its_entry_wherever_sharing_stops(
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stop: Callable[[int], Callable[[int], None]],
    code: int,
) -> None:
    monkeypatch.setattr("rlpipeline.pipeline.share.attack", lambda *_: Attacked(1))
    stopped = 0
    for last in count(1):
        again = copied(place, tmp_path / str(last))
        ended = shared_in_a_child(again, stop(last))
        assert unknown_to_the_ledger(again) == [], last
        share(again.out, again.params)
        assert [path.name for path in again.ledger if path.name[0] != "."] == [f"{YEAR}-01.csv"], (
            last
        )
        assert (unknown_to_the_ledger(again), (again.out / "partage.zip").exists()) == ([], True), (
            last
        )
        shutil.rmtree(again.out.parent)
        if ended == 0:
            break
        assert ended == code
        stopped += 1
    assert stopped >= 6


def test_a_package_that_the_ledger_does_not_know_is_refused(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    share(place.out, place.params)
    package = content(place.out / "partage")
    shutil.rmtree(place.params / "diffusions")
    where = ["share", "--out", str(place.out), "--params", str(place.params), "--oui"]
    for more in ([], ["--retirer", str(YEAR)]):
        assert main([*where, *more]) == 2
        assert f"ne connaît pas {YEAR}" in capsys.readouterr().err
    assert content(place.out / "partage") == package
    assert not (place.params / "diffusions").exists()


@pytest.mark.parametrize(
    ("answer", "code"), [("", 2), ("n", 2), ("non", 2), ("o", 0), ("OUI ", 0), (None, 2)]
)
def test_a_draft_is_shared_once_somebody_says_so(
    place: Place, monkeypatch: pytest.MonkeyPatch, answer: str | None, code: int
) -> None:
    asked: list[str] = []

    def answered(question: str) -> str:
        asked.append(question)
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("rlpipeline.cli.handing_over.at_a_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", answered)
    assert main(["share", "--out", str(place.out), "--params", str(place.params)]) == code
    draft = f"Le rapport {YEAR} est un brouillon, non validé. Partager quand même ? [o/N] "
    assert asked == [draft]
    assert (place.out / "partage").exists() == (code == 0)
    assert bool(place.entries) == (code == 0)


def test_a_release_recalled_leaves_the_package_at_the_next_sharing(place: Place) -> None:
    package = shared_as_of_2021(place)
    mark_recalled(
        read_releases(place.params / "diffusions")[0]
    )  # and then the package could not be written
    assert share(place.out, place.params).years == (YEAR,)
    assert "retirée le" in (package / "index.html").read_text("utf-8")


def test_the_noted_copies_are_read_as_a_spreadsheet_kept_them(tmp_path: Path) -> None:
    log = tmp_path / REMISES / LOG
    log.parent.mkdir()
    for kept, read in (
        ("", []),
        ("date;pour;annees\n2024-04-02;;2023\n;;\nx\n", ["2024-04-02||2023", "x||"]),
    ):
        log.write_text(kept, encoding="utf-8")
        assert ["|".join(row.values()) for row in handed_over(tmp_path)] == read


def test_the_copy_opens_with_its_password_alone_and_is_marked_everywhere(place: Place) -> None:
    result = hand_over(place.out, place.params, "Département & Cie", asking(PASSWORD, PASSWORD))
    mark = mark_of("Département & Cie")
    assert result.archive.name.startswith("remise-departement-cie-")
    with pyzipper.AESZipFile(result.archive) as archive:
        assert set(archive.namelist()) == FILES | {"LISEZ-MOI.txt"}
        for password in (None, b"un autre mot de passe"):
            with pytest.raises(RuntimeError, match="password"):
                archive.read("LISEZ-MOI.txt", pwd=password)
        files = {name: archive.read(name, pwd=PASSWORD.encode()) for name in archive.namelist()}
    assert mark in files["LISEZ-MOI.txt"].decode()
    for name in (name for name in FILES if name.endswith(".html")):
        page = files[name].decode()
        slides = page.count('<section class="diapo')
        times = slides or 2  # slides have no foot
        assert page.count(mark.replace("&", "&amp;")) == times
    assert (
        files[f"{YEAR}/indicateurs.csv"] == (place.out / str(YEAR) / "indicateurs.csv").read_bytes()
    )
    (place.out / "w.xlsx").write_bytes(files[f"{YEAR}/tableaux.xlsx"])
    assert load_workbook(place.out / "w.xlsx").worksheets[0]["A1"].value == mark
    with (
        zipfile.ZipFile(result.archive) as plain,
        pytest.raises((RuntimeError, NotImplementedError)),
    ):
        plain.read("LISEZ-MOI.txt")


def test_each_copy_is_noted_and_none_replaced(place: Place) -> None:
    copies = [
        hand_over(place.out, place.params, name, asking(PASSWORD, PASSWORD))
        for name in ("=A", "=A")
    ]
    assert copies[0].archive != copies[1].archive
    with copies[0].log.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["sha256"] for row in rows] == [
        hashlib.sha256(copy.archive.read_bytes()).hexdigest() for copy in copies
    ]
    assert [row["pour"] for row in rows] == ["'=A"] * 2
    assert [row["annees"] for row in rows] == [str(YEAR)] * 2
    assert PASSWORD not in copies[0].log.read_text(encoding="utf-8") + copies[0].summary()
    share(place.out, place.params)  # the log is no release


@pytest.mark.parametrize(
    ("name", "answers", "said"),
    [
        ("Département", ("abcdef",), "trop court"),
        ("Département", ("mot de passe accentué",), "logiciels"),
        ("Département", (PASSWORD, PASSWORD + "x"), "diffèrent"),
        ("", (), "nom"),
        ("a\nb", (), "nom"),
        ("a\u202eb", (), "nom"),
        ("a" * 81, (), "nom"),
    ],
)
def test_a_copy_is_refused(place: Place, name: str, answers: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        hand_over(place.out, place.params, name, asking(*answers * 3))  # asked three times
    assert not any(answer in str(refused.value) for answer in answers)
    assert not [path for path in place.out.iterdir() if "remise" in path.name]
    assert not (place.params / "diffusions").exists()


def test_the_password_is_asked_without_being_shown_and_again_where_it_cannot_do(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    answers = asking("abcdef", PASSWORD, PASSWORD + "x", PASSWORD, PASSWORD)
    monkeypatch.setattr(
        "getpass.getpass", lambda question: asked.append(question) or answers(question)
    )
    command = [
        "share",
        "--out",
        str(place.out),
        "--params",
        str(place.params),
        "--edition",
        "interne",
        "--pour",
        "X",
    ]
    assert main(command) == 0
    told = capsys.readouterr()
    assert "autre voie" in told.out
    assert PASSWORD not in told.out + told.err
    assert asked[1].startswith("Ce mot de passe est trop court. Mot de passe")
    assert asked[3].startswith("Les deux mots de passe diffèrent. Mot de passe")
