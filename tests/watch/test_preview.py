"""What is watched, the files that change the report and not those that editors leave around them; what is served."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import pytest

from rlpipeline.watch.rebuilding import WatchedPlaces, saved_words, saves
from rlpipeline.watch.server import links


@pytest.fixture
def kept(tmp_path: Path) -> WatchedPlaces:
    for folder in (
        "params/2023/textes/diffusion",
        "params/diffusions/remises",
        "params/.git/objects",
        "notebooks",
    ):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "saisie.xlsx").touch()
    return WatchedPlaces.of(
        str(tmp_path / "saisie.xlsx"), tmp_path / "params", tmp_path / "notebooks"
    )


def test_the_folders_are_those_of_settings_chapters_and_records(
    kept: WatchedPlaces, tmp_path: Path
) -> None:
    names = {folder.relative_to(tmp_path).as_posix() for folder in kept.folders()}
    texts = {"params", "params/2023", "params/2023/textes", "params/2023/textes/diffusion"}
    assert names == texts | {"notebooks", "."}


@pytest.mark.parametrize(
    "name",
    [
        "saisie.xlsx",
        "params/service.yml",
        "params/2023/textes/edito.md",
        "notebooks/05_activite.ipynb",
        "notebooks/quartiers.csv",
    ],
)
def test_a_save_counts(kept: WatchedPlaces, tmp_path: Path, name: str) -> None:
    assert kept.counts(tmp_path / name)


@pytest.mark.parametrize(
    "name",
    [
        "autre.xlsx",  # beside the workbook
        "~$saisie.xlsx",  # Excel has it open
        ".~lock.saisie.xlsx#",  # LibreOffice has it open
        "params/2023/textes/.edito.md.swp",
        "params/2023/textes/edito.md~",
        "params/diffusions/2023.json",
        "notebooks/.ipynb_checkpoints/05_activite-checkpoint.ipynb",
        "notebooks/__pycache__",
        "outputs/2023/rapport.html",
    ],
)
def test_a_save_does_not_count(kept: WatchedPlaces, tmp_path: Path, name: str) -> None:
    assert not kept.counts(tmp_path / name)


def test_every_file_of_a_folder_of_records_counts(tmp_path: Path) -> None:
    kept = WatchedPlaces.of(str(tmp_path), tmp_path / "params", tmp_path / "notebooks")
    assert kept.counts(tmp_path / "jeunes.csv")
    assert not kept.counts(tmp_path / "ailleurs" / "jeunes.csv")


def test_a_database_server_is_not_watched() -> None:
    assert (
        WatchedPlaces.of(
            "postgresql://service@serveur/suivi", Path("params"), Path("notebooks")
        ).source
        is None
    )


def test_what_was_saved_is_named_as_the_analyst_knows_it(tmp_path: Path) -> None:
    saved = [tmp_path / "params/2023/textes/edito.md", tmp_path / "params/service.yml"]
    assert (
        saved_words(saved, {tmp_path / "params": "mes-params"})
        == "mes-params/2023/textes/edito.md et 1 autre"
    )


def test_what_is_saved_in_a_folder_just_made_is_heard_though_a_build_runs(
    kept: WatchedPlaces, tmp_path: Path
) -> None:
    heard, built = SimpleQueue[Sequence[Path]](), SimpleQueue[None]()

    def build_at_each_save() -> None:
        for saved in saves(kept):
            heard.put(saved)
            built.get()

    Thread(target=build_at_each_save, daemon=True).start()
    assert heard.get(timeout=20) == ()
    built.put(None)
    text = tmp_path / "params/2024/textes/edito.md"
    text.parent.mkdir(parents=True)
    assert heard.get(timeout=20)
    text.write_text("Un mot.", encoding="utf-8")
    built.put(None)
    assert text in heard.get(timeout=20)


def test_a_portrait_is_named_as_its_own_title_names_it(tmp_path: Path) -> None:
    (tmp_path / "communes").mkdir()
    title = (
        "<title>Portrait : L&#39;Hénin-Beaumont – Rapport d&#39;activité 2023 – Le service</title>"
    )
    (tmp_path / "communes/62427-l-henin-beaumont.html").write_text(title, encoding="utf-8")
    (tmp_path / "rapport.html").touch()
    assert links({"2023": tmp_path}) == [
        (
            "2023",
            [
                ("Rapport", "2023/rapport.html"),
                (
                    "Portrait : L'Hénin-Beaumont (62427)",
                    "2023/communes/62427-l-henin-beaumont.html",
                ),
            ],
        )
    ]
