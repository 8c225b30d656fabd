"""The list of the pages that the preview serves."""

from __future__ import annotations

from pathlib import Path

from rlpipeline.watch.server import links


def test_a_portrait_is_named_as_its_own_title_names_it(tmp_path: Path) -> None:
    (tmp_path / "communes").mkdir()
    title = "<title>Portrait : L&#39;Hénin-Beaumont – Rapport d&#39;activité 2023 – Le service</title>"
    (tmp_path / "communes/62427-l-henin-beaumont.html").write_text(title, encoding="utf-8")
    (tmp_path / "rapport.html").touch()
    assert links({"2023": tmp_path}) == [
        (
            "2023",
            [
                ("Rapport", "2023/rapport.html"),
                ("Portrait : L'Hénin-Beaumont (62427)", "2023/communes/62427-l-henin-beaumont.html"),
            ],
        )
    ]
