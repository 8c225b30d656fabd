"""The command line refuses what it does not know, in French, with the exit codes of the contract."""

from __future__ import annotations

import pytest

from rlpipeline.cli import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Il manque : COMMANDE"),
        (["biuld"], "« biuld » inconnu"),
        (["build", "--sources", "x"], "essayer --source"),
        (["build", "--year", "23"], "année à quatre chiffres attendue, « 23 »"),
        (["build", "--year"], "--year : il manque une valeur"),
        (["build", "--commune", "2100"], "code INSEE à cinq caractères attendu"),
        (["build", "--jobs", "0"], "nombre entier positif attendu"),
        (["build", "--edition", "publique"], "« publique » inconnu"),
        (["audit", "--out", "nulle-part"], "Aucune publication à vérifier."),
        (["audit", "--printed", "nulle-part"], "nulle-part"),
        (["diff", "2022"], "Il manque : B"),
        (["diff", "2022", "2023", "--out", "nulle-part"], "« 2022 » n'est pas une publication."),
        (["share", "--edition", "interne"], "--pour NOM"),
        (["share", "--out", "nulle-part"], "nulle-part"),
        (["new"], "Il manque : DOSSIER"),
        (["new", "x", "--departement", "Nord"], "numéro de département attendu"),
        (["new", "x", "--commune", "Carvinn"], "Carvin (62215)"),
        (["export-source"], "Il manque : --to"),
        (["export-source", "--to", "x.csv"], "sorte de source"),
        (["demo"], "Il manque : --out"),
        (["demo", "--out", "x", "--seed", "un"], "nombre entier attendu"),
    ],
)
def test_wrong_usage_is_told_in_french(arguments: list[str], said: str, capsys) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("Erreur.")
    assert said in error


@pytest.mark.parametrize(
    "command", [[], ["new"], ["check"], ["build"], ["audit"], ["diff"], ["share"], ["export-source"], ["demo"]]
)
def test_help_is_french(command: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("usage : rlpipeline")
    for english in ("show this", "optional", "positional", "default:"):
        assert english not in text


def test_missing_params_is_a_settings_error(tmp_path, capsys) -> None:
    assert main(["check", "--params", str(tmp_path)]) == 2
    assert "service.yml" in capsys.readouterr().err
