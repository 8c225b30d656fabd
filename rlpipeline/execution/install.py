"""A publication put in place whole or not at all: staged beside its target, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rlpipeline.errors import ToolError
from rlpipeline.execution.outcome import Outcome, failures
from rlpipeline.execution.workspace import Workspace

DIFFUSION = "diffusion"
"""Published inside the year's directory, by another command: it outlives a new internal edition."""
FAILURES = "echecs"


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A directory to fill, renamed to ``target`` when the block ends well, removed when it does not.

    Raises
    ------
    ToolError
        The directory cannot be written or put in place; what was there before is untouched.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        recover(target)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-nouveau-", dir=target.parent))
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        yield staging
        install(staging, target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def install(staging: Path, target: Path) -> None:
    """Put a complete directory in the place of ``target``, which is kept until then."""
    staging.chmod(0o777 & ~_umask())  # mkdtemp's 0700 is for the staging only
    _sync(staging)
    former = staging.with_name(staging.name.replace("-nouveau-", "-ancien-"))
    if target.exists():
        target.rename(former)
    try:
        staging.rename(target)
    except OSError:
        if former.exists():
            former.rename(target)
        raise
    _sync_directory(target.parent)
    if (former / DIFFUSION).is_dir() and not (target / DIFFUSION).exists():
        (former / DIFFUSION).rename(target / DIFFUSION)
    shutil.rmtree(former, ignore_errors=True)


def recover(target: Path) -> None:
    """Repair what a killed process left: the former version comes back, half-made ones go."""
    for former in sorted(target.parent.glob(f".{target.name}-ancien-*")):
        if not target.exists():
            former.rename(target)
        elif (former / DIFFUSION).is_dir() and not (target / DIFFUSION).exists():
            (former / DIFFUSION).rename(target / DIFFUSION)
        shutil.rmtree(former, ignore_errors=True)


def keep_failures(outcomes: Sequence[Outcome], workspace: Workspace, directory: Path) -> tuple[Outcome, ...]:
    """Keep the notebooks that failed, and their kernels' logs, for the analyst alone; earlier ones are replaced.

    Returns
    -------
    tuple of Outcome
        The same outcomes, whose failures name the kept notebook.
    """
    shutil.rmtree(directory, ignore_errors=True)
    if failures(outcomes):
        directory.mkdir(parents=True, mode=0o700)  # tracebacks can quote records
    return tuple(_kept(outcome, workspace, directory) for outcome in outcomes)


def _kept(outcome: Outcome, workspace: Workspace, directory: Path) -> Outcome:
    if outcome.error is None:
        return outcome
    kept = directory / outcome.task.territory / f"{outcome.task.chapter}.ipynb"
    kept.parent.mkdir(exist_ok=True)
    shutil.copyfile(outcome.error.kept, kept)
    kept.chmod(0o600)
    log = workspace.log(outcome.task)
    if log.is_file() and log.stat().st_size:
        shutil.copyfile(log, kept.with_suffix(".log"))
    return replace(outcome, notebook=kept, error=replace(outcome.error, kept=kept))


def _sync(directory: Path) -> None:
    """Have every file on the disk before the name points to it."""
    for path in (path for path in directory.rglob("*") if path.is_file()):
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    for path in (directory, *(path for path in directory.rglob("*") if path.is_dir())):
        _sync_directory(path)


def _sync_directory(directory: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _cannot_write(target: Path, error: OSError) -> ToolError:
    return ToolError(
        "La publication n'a pas pu être mise en place ; la précédente n'a pas changé.",
        where=str(target),
        got=error.strerror,
        todo="fermer les fichiers ouverts de ce dossier, vérifier les droits et la place sur le disque, relancer",
    )
