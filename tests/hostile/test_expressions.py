"""The service's texts: what their expressions may not do, and what their Markdown may not become.

Slow: each text is opened in a browser, which alone knows what it would run.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from rlpipeline.display.cells import Reference
from rlpipeline.display.prose import Prose
from rlpipeline.display.text import to_html
from rlpipeline.errors import SettingsError
from rlpipeline.observations import Observation
from tests.hostile.corpus import cases
from tests.hostile.published import harmless, page
from tests.hostile.watching import Watched
from tests.publication.factory import html

pytestmark = pytest.mark.slow

EXPRESSIONS, FRAGMENTS = cases("expressions"), cases("fragments")
TEXT = Path("params/2023/textes/edito.md")
TOGETHER, SECONDS = 8, 10
FIGURE = '{{ chiffre("accompagnes", "total", "total") }}'


def lookup(reference: Reference) -> Observation:
    return Observation(114, "jeunes", "ok")


PROSE = Prose(lookup, 2023, "service")


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_that_climbs_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        to_html(f"Une ligne.\n\n{EXPRESSIONS[name]}", TEXT, PROSE)
    assert str(refused.value.where).startswith(f"{TEXT}")
    assert refused.value.todo


QUOTED = [
    name
    for name, source in FRAGMENTS.items()
    if name.startswith(("script", "lien", "markdown", "chiffre", "texte"))
]


@pytest.mark.parametrize("start", range(0, len(QUOTED), TOGETHER))
def test_a_text_is_harmless(chromium: Watched, tmp_path: Path, start: int) -> None:
    """Fragments as Markdown, beside a figure, inside a link's address, and as the words of a fixed value."""
    cells = []
    for name in QUOTED[start : start + TOGETHER]:
        source = FRAGMENTS[name].replace("{", "(").replace("}", ")").replace("\0", "")
        words = json.dumps(source, ensure_ascii=False)
        text = f"{source}\n\nSoit {FIGURE} et [ici](https://exemple.fr/{FIGURE}) {{{{ fixe({words}, {words}) }}}}\n"
        cells.append(html(f'<div class="rl-text">{to_html(text, TEXT, PROSE)}</div>'))
    assert harmless(chromium, page(tmp_path, *cells)).count("114") >= len(cells)


@pytest.mark.parametrize("marks", ["\ue0000\ue001", "\ue00099\ue001", "%EE%80%800%EE%80%81"])
def test_a_slot_typed_by_hand_holds_no_figure(marks: str) -> None:
    written = to_html(f"Soit {marks} [x](https://exemple.fr/{marks}) et {FIGURE}.", TEXT, PROSE)
    assert written.count("rl-chiffre") == 1


@pytest.mark.parametrize(
    "source",
    [
        "[" * 4_000,
        "*" * 4_000,
        "> " * 2_000 + "x",
        "- " * 2_000 + "x",
        "`" * 4_000,
        "| " * 2_000,
        "![" * 2_000,
    ],
    ids=["crochets", "étoiles", "citations", "listes", "accents", "barres", "images"],
)
def test_a_text_made_to_be_slow_is_not(source: str) -> None:
    since = time.process_time()
    assert to_html(source, TEXT, PROSE)
    assert time.process_time() - since < SECONDS
