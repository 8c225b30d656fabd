"""pyproject.toml, constraints.txt and environment.yml describe one environment."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FIXED_BY_THE_USER = {"jupyterlab", "papermill", "pandas", "seaborn", "nbconvert", "pytest"}


def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def direct_dependencies(root: Path) -> set[str]:
    extras = project(root)["optional-dependencies"].values()
    declared = project(root)["dependencies"] + [line for extra in extras for line in extra]
    return {canonicalize_name(Requirement(line).name) for line in declared} - {
        project(root)["name"]
    }


def pinned(root: Path) -> dict[str, Requirement]:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line.strip()]
    here = [
        item
        for item in requirements
        if item.marker is None or item.marker.evaluate(default_environment())
    ]
    return {canonicalize_name(item.name): item for item in here}


def conda(root: Path) -> tuple[list[str], list[str]]:
    entries = yaml.safe_load((root / "environment.yml").read_text("utf-8"))["dependencies"]
    pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    return [entry for entry in entries if isinstance(entry, str)], pip


def test_every_direct_dependency_is_pinned_to_one_version(root: Path) -> None:
    pins = pinned(root)
    assert direct_dependencies(root) <= set(pins)
    assert all(re.fullmatch(r"==[^,*]+", str(item.specifier)) for item in pins.values())


def lines(root: Path) -> dict[str, list[str]]:
    """What each option of the project asks for; those that everybody has under no name."""
    return {"": project(root)["dependencies"], **project(root)["optional-dependencies"]}


def test_every_dependency_says_the_least_that_is_tested(root: Path) -> None:
    pins = [
        Requirement(line)
        for line in (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    ]
    for requirement in (Requirement(line) for asked in lines(root).values() for line in asked):
        if requirement.name == project(root)["name"]:
            continue
        name = canonicalize_name(requirement.name)
        tested = [pin.specifier for pin in pins if canonicalize_name(pin.name) == name]
        versions = [str(specifier).removeprefix("==") for specifier in tested]
        assert ">=" in str(requirement.specifier), requirement
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_a_database_is_an_option_that_the_tests_have(root: Path) -> None:
    drivers = {"duckdb-engine", "psycopg", "pymysql"}
    named = {
        option: {Requirement(line).name for line in asked} for option, asked in lines(root).items()
    }
    assert not drivers & named[""]
    tests = next(Requirement(line) for line in lines(root)["test"] if line.startswith("rlpipeline"))
    assert drivers <= set().union(*(named[option] for option in tests.extras))


def test_conda_installs_the_project_under_the_same_constraints(root: Path) -> None:
    _, pip = conda(root)
    assert pip[:2] == ["--constraint constraints.txt", "--editable .[test]"]
    assert set(pip[2:]) == FIXED_BY_THE_USER


def test_no_file_names_a_registry_host(root: Path) -> None:
    for name in ("pyproject.toml", "constraints.txt", "environment.yml", "start.py", ".ci/run"):
        text = (root / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|--index-url|--extra-index|files\.", text), name


def test_installed_versions_are_the_pinned_ones(root: Path) -> None:
    pins = pinned(root)
    assert {name: version(name) for name in FIXED_BY_THE_USER} == {
        name: str(pins[name].specifier).removeprefix("==") for name in FIXED_BY_THE_USER
    }
