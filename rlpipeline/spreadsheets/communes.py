"""The communes that a new service names, and those around them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from rlpipeline.errors import UsageError
from rlpipeline.records.communes import OfficialCommune, by_code, communes_named, epci_names, official_communes
from rlpipeline.settings.communes import plain
from rlpipeline.settings.models import Epci

SHOWN = 8


def communes_around(codes: Sequence[str]) -> tuple[OfficialCommune, ...]:
    """The communes of the regions of these; all of France where none of them is in the list."""
    regions = {one.region for one in official_communes() if one.code in codes}
    return tuple(one for one in official_communes() if not regions or one.region in regions)


def find_communes(words: Sequence[str], departement: str | None = None) -> tuple[OfficialCommune, ...]:
    """The communes of these codes or names, once each, in the order given.

    Where several bear a name, those of the département are meant, else of that of the others. UsageError where a word
    is neither a code nor a name, or may mean several communes.
    """
    candidates = [_candidates(word) for word in words]
    sure = {several[0].departement for several in candidates if len(several) == 1}
    around = departement or (sure.pop() if len(sure) == 1 else None)
    chosen = [_only(word, several, around) for word, several in zip(words, candidates, strict=True)]
    return tuple(dict.fromkeys(chosen))


def _candidates(word: str) -> Sequence[OfficialCommune]:
    exact = by_code().get(word.strip().upper())
    named = (exact,) if exact else communes_named(word)
    if named:
        return named
    wanted = plain(word)
    near = [commune for commune in official_communes() if wanted and wanted in plain(commune.name)]
    if not near:
        names = sorted({plain(commune.name) for commune in official_communes()})
        alike = difflib.get_close_matches(wanted, names, SHOWN)
        near = [commune for name in alike for commune in communes_named(name)]
    raise UsageError(
        "Cette commune n'est pas dans la liste officielle.",
        where="--commune",
        expected='un code INSEE (62215) ou un nom entier (Carvin, "Évin-Malmaison")',
        got=f"« {word} »",
        todo=f"choisir parmi {_listed(near)}" if near else "corriger le nom ; un code postal n'est pas un code INSEE",
    )


def _only(word: str, several: Sequence[OfficialCommune], departement: str | None) -> OfficialCommune:
    here = [one for one in several if one.departement == departement] or several
    if len(here) == 1:
        return here[0]
    raise UsageError(
        f"{len(here)} communes portent ce nom.",
        where="--commune",
        got=f"« {word} »",
        todo=f"donner le code de la bonne, ou --departement : {_listed(here)}",
    )


def _listed(communes: Sequence[OfficialCommune]) -> str:
    shown = ", ".join(f"{one.name} ({one.code})" for one in communes[:SHOWN])
    return shown + (f"… et {len(communes) - SHOWN} autres" if len(communes) > SHOWN else "")


def epci_of(communes: Sequence[OfficialCommune]) -> Epci | None:
    """The intercommunal body that all the communes belong to, None where they share none."""
    codes = {one.epci for one in communes}
    code = codes.pop() if len(codes) == 1 else ""
    return Epci(code=code, nom=epci_names()[code]) if code else None
