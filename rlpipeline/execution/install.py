"""A publication put in place whole or not at all: staged beside its target, then renamed."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rlpipeline.errors import ToolError
from rlpipeline.execution.outcome import Outcome, failures, of_disk
from rlpipeline.execution.places import DIFFUSION
from rlpipeline.execution.scrub import scrubbed_text
from rlpipeline.execution.workspace import Workspace
from rlpipeline.processes import uninterrupted

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of <fcntl.h> and <linux/fs.h>


@contextmanager
def staged(target: Path, private: bool = False) -> Iterator[Path]:
    """A directory to fill, renamed to ``target`` when the block ends well, removed when it does not.

    ``private``: whether only its owner may read it. Raises OSError: what was there before is untouched.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    recover(target)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-nouveau-", dir=target.parent))
    try:
        yield staging
        _install(staging, target, private)
    finally:
        with uninterrupted():
            _carry_over(staging, target)  # interrupted just after the exchange, it is the former version
            shutil.rmtree(staging, ignore_errors=True)


def _install(staging: Path, target: Path, private: bool) -> None:
    """Put a complete directory in the place of ``target``, which is kept until then."""
    for path in staging.rglob("*"):
        if private:
            path.chmod(0o700 if path.is_dir() else 0o600)
        if path.is_dir():
            sync_directory(path)
        else:
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())
    sync_directory(staging)
    if not private:
        staging.chmod(0o777 & ~_umask())  # mkdtemp's 0700 is for the staging only, to its last moment
    if target.exists() and exchange(staging, target):
        former = staging
    else:
        former = staging.with_name(staging.name.replace("-nouveau-", "-ancien-"))
        if target.exists():
            target.rename(former)
        try:
            staging.rename(target)
        except OSError:
            if former.exists():
                former.rename(target)
            raise
    if former.exists():
        former.chmod(0o700)  # what goes is closed first: killed here, what is left of it is its owner's alone
    sync_directory(target.parent)
    _carry_over(former, target)
    shutil.rmtree(former, ignore_errors=True)


def exchange(first: Path, second: Path) -> bool:
    """Exchange two names at once, so that neither is ever absent; False where the system cannot (Linux alone can)."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    if renameat2 is None:
        return False
    return bool(renameat2(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE) == 0)


def recover(target: Path) -> None:
    """Repair what a killed process left: the former version comes back, half-made ones go."""
    for kind in ("ancien", "nouveau"):  # exchanged with the target, the former has the name of the new one
        for former in sorted(target.parent.glob(f".{target.name}-{kind}-*")):
            if kind == "ancien" and not target.exists():
                former.rename(target)
            _carry_over(former, target)
            shutil.rmtree(former, ignore_errors=True)


def _carry_over(former: Path, target: Path) -> None:
    """The edition to share is another command's: it outlives the version that it was in, even half put in place."""
    if not former.is_dir() or not target.is_dir():
        return
    recover(former / DIFFUSION)
    if (former / DIFFUSION).is_dir() and not (target / DIFFUSION).exists():
        (former / DIFFUSION).rename(target / DIFFUSION)


def keep_failures(outcomes: Sequence[Outcome], workspace: Workspace, directory: Path) -> tuple[Outcome, ...]:
    """Keep the notebooks that failed, and their logs, for the analyst alone; earlier ones are replaced.

    Gives the same outcomes, whose failures name the kept notebook.
    """
    shutil.rmtree(directory, ignore_errors=True)
    if failures(outcomes):
        directory.mkdir(parents=True, mode=0o700, exist_ok=True)  # tracebacks can quote records
    return tuple(_keep_failure(outcome, workspace, directory) for outcome in outcomes)


def _keep_failure(outcome: Outcome, workspace: Workspace, directory: Path) -> Outcome:
    if outcome.error is None:
        return outcome
    copy = directory / outcome.task.territory / f"{outcome.task.chapter}.ipynb"
    copy.parent.mkdir(exist_ok=True)
    shutil.copyfile(outcome.error.notebook_copy, copy)
    copy.chmod(0o600)
    log = workspace.log(outcome.task)
    if log.is_file() and log.stat().st_size:
        text = scrubbed_text(log.read_text(encoding="utf-8", errors="replace"), workspace.root)
        copy.with_suffix(".log").write_text(text, encoding="utf-8", newline="\n")
    return replace(outcome, notebook=copy, error=replace(outcome.error, notebook_copy=copy))


def write_whole(path: Path, content: str | bytes, mode: int = 0o600) -> Path:
    """Write a text or bytes whole or not at all, on the disk before a name points to it; by default its owner's alone.

    Raises OSError: the folder refuses; what was there before is untouched.
    """
    draft = path.with_name(f".{path.name.lstrip('.')}-nouveau")  # one name: what a killed writer left is written over
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode())
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(mode)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)
    return path


def sync_directory(directory: Path) -> None:
    """Have the names of a folder on the disk."""
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


@contextmanager
def disk_errors_in_french(target: Path) -> Iterator[None]:
    """Tell in French what the disk refuses while ``target`` is made.

    Raises ToolError: in place of any OSError.
    """
    try:
        yield
    except OSError as error:
        raise ToolError(
            "La publication n'a pas pu être écrite ; la précédente n'a pas changé.",
            where=str(target),
            got=of_disk(error),
            todo="vérifier les droits et la place sur le disque, fermer les fichiers ouverts de ce dossier, relancer",
        ) from error
