from __future__ import annotations

from collections.abc import Callable

import pytest

from rlpipeline.printed_report.percentages import Share, explanation

Audit = Callable[..., tuple]
Kinds = Callable[..., list[tuple[str, str]]]

SHARES = "Motif,Nombre,%\nRelais,31,{}\nDépart,12,18.8\nRetour,6,9.4\nÂge,15,{}\nTotal,64,{}\n"


def test_rounded_shares_raise_nothing(kinds: Kinds) -> None:
    assert kinds(t__csv=SHARES.format(48.4, 23.4, 100)) == []


def test_shares_that_add_up_to_a_bit_more_raise_nothing(kinds: Kinds) -> None:
    assert kinds(t__csv=SHARES.format(48.4, 23.4, 100.1)) == []


def test_a_wrong_share_is_told_with_its_division(audit: Audit) -> None:
    (found,) = audit({"t.csv": SHARES.format(44.8, 23.4, 100)})
    assert (found.controle, found.imprime, found.calcule, found.certitude) == (
        "pourcentage",
        "44.8",
        "48,4 %",
        "certain",
    )
    assert "31 / 64 = 48,4 %" in found.message


def test_another_denominator_is_named(audit: Audit) -> None:
    other = "Jeunes\nÂge,Filles,Garçons,Total\n11-14 ans,50,80,130\nTotal,50,80,130\n"
    found = audit({"t.csv": SHARES.format(23.8, 23.4, 100), "o.csv": other})
    assert [entry.controle for entry in found] == ["pourcentage"]
    assert "31 / 130" in found[0].message


def test_a_truncated_share_is_only_likely(audit: Audit) -> None:
    shares = "Motif,Nombre,%\nA,20,28.6\nB,30,42.8\nC,20,28.6\nTotal,70,100\n"
    (found,) = audit({"t.csv": shares})
    assert (found.certitude, "troncature" in found.message) == ("probable", True)


def test_shares_of_a_row_are_read_across(audit: Audit) -> None:
    table = ",Rue,Collège,Bureau,Total\nHeures,1164 h,2487 h,873 h,4524 h\nPart,{} %,55.0 %,19.3 %,100 %\n"
    assert audit({"t.csv": table.format("25.7")}) == ()
    (found,) = audit({"t.csv": table.format("27.5")})
    assert (found.controle, found.calcule) == ("pourcentage", "25,7 %")


def test_shares_beside_their_counts_are_held_to_their_column(audit: Audit) -> None:
    table = (
        "Âge,Filles,Garçons\n11-14 ans,10 ({} %),15 (60 %)\n15-17 ans,30 (75 %),10 (40 %)\n"
        "Total,40 (100 %),25 (100 %)\n"
    )
    assert audit({"t.csv": table.format(25)}) == ()
    (found,) = audit({"t.csv": table.format(52)})
    assert (found.controle, found.calcule, found.certitude) == ("pourcentage", "25 %", "certain")


def test_a_header_may_give_the_denominator(audit: Audit) -> None:
    table = "Partenaire,Jeunes,% des jeunes (n = 104)\nA,34,{}\nB,29,27.9\nC,17,16.3\nD,60,57.7\n"
    assert audit({"t.csv": table.format(32.7)}) == ()
    assert [entry.controle for entry in audit({"t.csv": table.format(37.2)})] == ["pourcentage"]


def test_a_wrong_change_is_told(audit: Audit) -> None:
    table = "Indicateur,2022,2023,Évolution\nJeunes,121,130,{} %\nSéances,372,388,+4.3 %\nChantiers,8,9,+12.5 %\n"
    assert audit({"t.csv": table.format("+7.4")}) == ()
    (found,) = audit({"t.csv": table.format("+4.7")})
    assert (found.controle, found.calcule) == ("pourcentage", "7,4 %")


def test_years_may_be_named_in_their_headers(kinds: Kinds) -> None:
    header = "Charges,Réalisé 2020,Réalisé 2021,Évolution\n"
    table = header + "Personnel,412 300 €,425 900 €,+3.3 %\nActions,23 100 €,27 480 €,{} %\n"
    assert kinds(t__csv=table.format("+19.0")) == []
    assert kinds(t__csv=table.format("+9.0")) == [("pourcentage", "certain")]


def test_shares_without_counts_must_make_a_hundred(kinds: Kinds) -> None:
    table = "Financeur,Part (%)\nDépartement,60\nCommunes,{}\nÉtat,15\nTotal,100\n"
    assert kinds(t__csv=table.format(25)) == []
    assert kinds(t__csv=table.format(35)) == [("pourcentage", "certain")]


def test_rates_of_places_add_to_nothing(kinds: Kinds) -> None:
    assert kinds(t__csv="Commune,Taux de chômage (%),Part des jeunes (%)\nA,12.1,30.2\nB,15.3,28.1\nC,9.8,31.7\n") == []


@pytest.mark.parametrize(
    ("printed", "decimals", "count", "whole", "told"),
    [
        (66, 0, 2, 3, "troncature"),
        (34, 0, 1, 3, "arrondi par excès"),
        (61.0, 1, 69, 114, "arrondi à l'unité"),
        (44.1, 1, 43, 104, ""),
    ],
)
def test_the_rounding_that_explains_is_named(
    printed: float, decimals: int, count: float, whole: float, told: str
) -> None:
    share = Share(printed, decimals, count, whole)
    assert not share.fits
    assert explanation(share) == told


def test_the_largest_remainder_makes_a_hundred() -> None:
    shares = tuple(Share(printed, 0, 1, 3) for printed in (34, 33, 33))
    assert explanation(shares[0], shares) == "plus fort reste"
