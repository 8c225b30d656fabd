#!/usr/bin/env python3
"""Set everything up and run it: ``python3 start.py report | test | lab | run …``.

Standard library alone. Makes ``.venv``, installs the project there under ``constraints.txt``, and is instant
when neither these files nor the interpreter changed. Runs on Linux, macOS and Windows.
"""

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "rlpipeline-installed"
INPUTS = ("pyproject.toml", "constraints.txt", "start.py")
OLDEST_PYTHON = (3, 11)


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that speaks French: what is asked of it is one word of a short list."""

    def format_help(self):
        """Tell how the command is written, and what each word does."""
        words = "\n".join("  {:<8}{}".format(name, TOLD[name]) for name in COMMANDS)
        usage = "usage : {} COMMANDE …".format(self.prog)
        ending = "  -h, --help affiche cette aide ; après une commande, la sienne"
        return (
            "\n\n".join((usage, self.description, "commandes :\n" + words, "option :\n" + ending))
            + "\n"
        )

    def error(self, message):
        """Refuse what is not in the list."""
        self.exit(
            2, "Erreur. Commande absente ou inconnue.\n  attendu : {}\n".format(", ".join(COMMANDS))
        )


class SetupError(Exception):
    """Set-up cannot go on; the message tells the user what to do (exit code 5)."""


def main(arguments=None):
    """Run one command, return its exit code."""
    options, rest = parse(arguments)
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise SetupError(
                "Python 3.11 ou plus récent est nécessaire ; celui-ci est le {}.{}.\n"
                "À faire : installer une version récente, puis relancer avec elle "
                "(par exemple python3.13 start.py {}).".format(
                    *sys.version_info[:2], options.command
                )
            )
        ensure_environment()
        return COMMANDS[options.command](rest)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 5
    except KeyboardInterrupt:
        return 130


def parse(arguments):
    """Split the command line into ours and what is passed on to the program called."""
    parser = Parser(
        prog="{} start.py".format("py" if os.name == "nt" else "python3"),
        description="Installe ce qu'il faut (la première fois), puis lance la commande.",
    )
    parser.add_argument("command", choices=sorted(COMMANDS))
    given = list(sys.argv[1:] if arguments is None else arguments)
    return parser.parse_args(given[:1]), given[1:]  # « run check --help » is the command's own


def ensure_environment():
    """Make ``.venv`` and install the project there, unless that is done already."""
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted and python().exists():
        return
    STAMP.unlink() if STAMP.exists() else None
    make_venv()
    install()
    STAMP.write_text(wanted, encoding="utf-8")


def fingerprint():
    """What the environment depends on: the three files, the interpreter, the place of the checkout."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    digest.update(repr((sys.version_info[:3], sys.platform, str(ROOT))).encode())
    return digest.hexdigest()


def python():
    """Interpreter of the environment."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_venv():
    """Make the virtual environment afresh."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "Le module venv de Python manque.\n"
            "À faire : sous Debian ou Ubuntu, sudo apt install python3-venv ;\n"
            "ailleurs, réinstaller Python depuis python.org."
        )
    say("Préparation de l'environnement dans .venv (une seule fois)…")
    shutil.rmtree(str(VENV), ignore_errors=True)
    outside = getattr(
        sys, "_base_executable", sys.executable
    )  # this interpreter may be of the environment that goes
    if subprocess.call([outside, "-m", "venv", str(VENV)]) != 0:
        raise SetupError(
            "L'environnement .venv n'a pas pu être créé (voir les lignes ci-dessus).\n"
            "À faire : sous Debian ou Ubuntu, sudo apt install python3-venv ;\n"
            "vérifier le droit d'écrire dans {}.".format(ROOT)
        )


def install():
    """Install the project and what its tools need, at the versions of ``constraints.txt``: by uv, else by pip."""
    say("Installation des bibliothèques (d'un quart de minute à trois minutes)…")
    pip = [str(python()), "-m", "pip"]
    pinned = ["install", "--quiet", "--constraint", str(ROOT / "constraints.txt")]
    project = [*pinned, "--editable", "{}[test]".format(ROOT)]
    fast = (
        [*pip, *pinned, "--only-binary", "uv", "uv"],
        [str(python()), "-m", "uv", "pip", *project],
    )
    # Where pip is told of another index than the usual one, it alone knows it. What uv can't do, pip does, or explains.
    asked = subprocess.run(
        [*pip, "config", "list"], check=False, env=environment(), stdout=subprocess.PIPE
    )
    if b"index" not in asked.stdout and all(map(succeeds, fast)):
        return
    # Python compiles a module when it is first imported: most of them never are.
    if (
        subprocess.call(
            [*pip, *project, "--disable-pip-version-check", "--no-compile"], env=environment()
        )
        != 0
    ):
        raise SetupError(
            "Les bibliothèques n'ont pas pu être installées (voir les lignes ci-dessus).\n"
            "À faire : vérifier la connexion à internet (ou le proxy : variable HTTPS_PROXY),\n"
            "puis relancer la même commande."
        )


def succeeds(command):
    """Whether a command ends well; nothing of it is seen."""
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.call(command, env=environment(), **silent) == 0


def report(rest):
    """Make the report of the demonstration records, and name the files to open."""
    return call("-m", "rlpipeline", "build", *rest)


def run(rest):
    """Run any command of rlpipeline, in the folder it is called from."""
    return subprocess.call([str(python()), "-m", "rlpipeline", *rest], env=environment())


def test(rest):
    """Check style, layers and, meanwhile, types; run the tests that take no minutes, with ``--tout`` all of them."""
    if rest not in ([], ["--tout"]):
        return call("-m", "pytest", *rest)
    types = meanwhile("-m", "mypy")
    loaded = meanwhile(
        "-c", "import rlpipeline.pipeline.share, rlpipeline.report"
    )  # compiled once for all that follow
    tests = ["-m", "pytest", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    tests += [] if rest else ["-m", "not slow"]
    steps = (
        ("Style (ruff)", ["-m", "ruff", "check", "."]),
        ("Mise en forme (ruff)", ["-m", "ruff", "format", "--check", "."]),
        (
            "Couches (import-linter)",
            ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
        ),
        ("Tests (pytest)", tests),
    )
    codes = {}
    for label, command in steps:
        if "pytest" in command:
            loaded.communicate()
        say("== {}".format(label))
        codes[label] = call(*command)
    say("== Types (mypy)")
    say(types.communicate()[0].decode("utf-8", "replace").rstrip())
    codes["Types (mypy)"] = types.returncode
    failed = [label for label, code in codes.items() if code]
    say(
        "Échec : {}".format(", ".join(failed))
        if failed
        else "Tout est bon ; les tests sautés sont nommés plus haut."
    )
    return 1 if failed else 0


def lab(rest):
    """Open JupyterLab on the welcome page, beside copies of the chapters to try anything in."""
    return call("-m", "rlpipeline", "lab", *rest)


def docs(rest):
    """Make the documentation a site, in ``build/site``; whatever the builder would only warn of is an error."""
    site = str(ROOT / "build" / "site")
    code = call(
        "-m",
        "sphinx",
        "--fail-on-warning",
        "--keep-going",
        "--quiet",
        *rest,
        str(ROOT / "docs"),
        site,
    )
    if code == 0:
        say("Documentation : {}".format(ROOT / "build" / "site" / "index.html"))
    return code


def call(*arguments):
    """Run the environment's interpreter and return its exit code."""
    return subprocess.call([str(python()), *arguments], cwd=str(ROOT), env=environment())


def meanwhile(*arguments):
    """Start the environment's interpreter; what it prints waits to be asked for."""
    return subprocess.Popen(
        [str(python()), *arguments], cwd=str(ROOT), env=environment(), stdout=subprocess.PIPE
    )


def environment():
    """Ours, where bytecode is kept: compiling everything at each start takes longer than many a command."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def say(message):
    """Tell the user where we are, before the programs called write their own lines."""
    print(message, flush=True)


COMMANDS = {"report": report, "run": run, "lab": lab, "docs": docs, "test": test}
TOLD = {
    "report": "fait le rapport de démonstration",
    "run": "lance une commande du guide : run new, run check, run build… (run --help les donne toutes)",
    "lab": "ouvre JupyterLab",
    "docs": "met la documentation en site",
    "test": "lance les tests du programme",
}

if __name__ == "__main__":
    sys.exit(main())
