"""The folder of publications: names in it, one service's, one build at a time, what is put there whole or not there."""

from __future__ import annotations

import errno
import getpass
import json
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlpipeline.errors import ToolError, UsageError
from rlpipeline.operating_system import exchange, lock, sync_directory
from rlpipeline.our_notebooks import COUNTING
from rlpipeline.processes import uninterrupted

if TYPE_CHECKING:  # a build that has nothing to do must not wait for what checks the settings
    from rlpipeline.settings.models import Service

CHECKPOINTS = ".ipynb_checkpoints"
"""What JupyterLab leaves beside a file that is saved there: no part of a publication."""
DIFFUSION = "diffusion"
"""Published inside the year's directory, by another command: it outlives a new internal edition."""
FAILURES = "echecs"
MEMORY, WORKING = "-memoire", ".travail-"
"""How the private folders end of what a build leaves to the next, and begin in which a year is made."""
DRAFTS = (".*-nouveau*", ".*-ancien-*")
"""Names that anything has while it is written beside its place; a killed command leaves them, wherever that was."""
PRIVATE = (
    FAILURES,
    f".*{MEMORY}",
    f"{WORKING}*",
    ".calcul-*",
    ".remise-*",
    ".*-diffusion-origine.json",
    *DRAFTS,
)
"""What builds leave for themselves alone in the folder of publications, or leave there when they are killed."""
INDEX = "index.html"
"""The index of the output folder, which any build writes."""
MANIFEST = "manifest.json"
LEDGER = "diffusions"
"""Written by « rlpipeline share », read by nobody who writes the report."""
PROOFREADING = "relecture.yml"
"""Who has read what of the edition to share of a year: written by « rlpipeline relire », published nowhere."""
PRINTED = "publie.csv"
"""What a report of a year printed, shown beside the figures of the year after."""
TEXTS = "textes"
YEAR = re.compile(r"^\d{4}$")
MARKER = ".service.json"
"""The small file that says whose the folder is, left there by the first publication."""
NUMBERED = re.compile(r"\[Errno (\d+)\]")
"""How an error of a copied folder, which has no number of its own, has those of its files."""
RIGHTS = "les droits sur ce dossier ou sur un de ses fichiers sont insuffisants"
PLACE = "un fichier occupe la place d'un dossier"
DISK_REFUSALS = {
    errno.ENOSPC: "le disque est plein",
    getattr(errno, "EDQUOT", -1): "le quota de place sur le disque est atteint",
    errno.EROFS: "ce dossier est en lecture seule",
    errno.EFBIG: "un fichier y dépasserait la taille permise (limite du disque, ou de la session)",
    errno.EEXIST: PLACE,
    errno.ENOTDIR: PLACE,
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.EIO: "le disque ne répond pas correctement",
}


def now() -> datetime:
    """The machine's local time."""
    return datetime.now().astimezone()


def publication(out: Path, year: int, edition: str) -> Path:
    """The folder of one edition of a year."""
    return out / str(year) / DIFFUSION if edition == DIFFUSION else out / str(year)


def shared_years(out: Path) -> list[int]:
    """The years that have an edition to share, oldest first."""
    return sorted(
        int(folder.parent.name) for folder in out.glob(f"[0-9][0-9][0-9][0-9]/{DIFFUSION}")
    )


def memory_of(out: Path, year: int, edition: str) -> Path:
    """The private folder of what the last build of an edition of a year leaves to the next."""
    middle = f"-{DIFFUSION}" if edition == DIFFUSION else ""
    return out / f".{year}{middle}{MEMORY}"


def lock_path(target: Path) -> Path:
    """The file that is locked: hidden, beside the publication."""
    return target.with_name(f".{target.name}-verrou")


def secret_path(out: Path, year: int) -> Path:
    """The file, beside the publications and in none of them, of what the service alone knows of an edition to share."""
    return out / f".{year}-diffusion-origine.json"


def failures_of(out: Path, year: int, edition: str) -> Path:
    """Where what prevents publication is kept."""
    return out / FAILURES / publication(out, year, edition).relative_to(out)


def counting_failures(out: Path, year: int) -> Path:
    """Where the notebook of counts is kept that failed in a build whose latest year is this one."""
    return out / FAILURES / f"{COUNTING}-{year}"


def files_in(directory: Path, apart: Collection[str] = (CHECKPOINTS,)) -> Iterator[str]:
    """Path of every file below a directory, in order, but in folders of these names."""
    for place, folders, names in os.walk(directory):
        folders[:] = sorted(name for name in folders if name not in apart)
        yield from (Path(place, name).relative_to(directory).as_posix() for name in sorted(names))


def settings_files(params: Path, year: int) -> Iterator[str]:
    """The settings that one year's report depends on: all but hidden files and what other years do not print.

    Gives paths in the folder of settings, with slashes, in order.
    """
    for name in files_in(params):
        folder, _, rest = name.partition("/")
        hidden = any(part.startswith(".") for part in name.split("/"))
        if hidden or rest == PROOFREADING or (folder == LEDGER and rest):
            continue
        if not (YEAR.match(folder) and rest) or folder == str(year) or rest == PRINTED:
            yield name


def without_texts(settings: Mapping[str, str]) -> dict[str, str]:
    """Of the files of a settings folder, those that are not the texts of a year."""
    return {name: digest for name, digest in settings.items() if f"/{TEXTS}/" not in name}


@contextmanager
def staged(target: Path, private: bool = False) -> Iterator[Path]:
    """A directory to fill, renamed to ``target`` when the block ends well, removed when it does not.

    Parameters
    ----------
    private
        Whether only its owner may read it.

    Raises
    ------
    OSError
        What was there before is untouched.
    """
    staging = open_staging(target)
    try:
        yield staging
        put_in_place(staging, target, private)
    finally:
        repair(target)


def open_staging(target: Path) -> Path:
    """Make a directory to fill, for its owner alone, that ``put_in_place`` renames or ``repair`` removes. OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    recover(target)
    return Path(tempfile.mkdtemp(prefix=f".{target.name}-nouveau-", dir=target.parent))


def put_in_place(staging: Path, target: Path, private: bool = False) -> None:
    """Rename a directory to ``target``, once all of it is on the disk; what was there before goes. As ``staged``."""
    _write_through(staging, private)
    if not private:  # mkdtemp's 0700 is for the staging only, to its last moment
        mask = os.umask(0)
        os.umask(mask)
        staging.chmod(0o777 & ~mask)
    former = staging
    if not target.exists() or not exchange(staging, target):
        former = staging.with_name(staging.name.replace("-nouveau-", "-ancien-"))
        if target.exists():
            target.rename(former)
        staging.rename(target)
    if former.exists():  # what goes is closed first: killed here, what is left is its owner's alone
        former.chmod(0o700)
    sync_directory(target.parent)
    repair(target)


def _write_through(directory: Path, private: bool) -> None:
    """Have all of a directory on the disk; nobody but its owner may read what is private."""
    for path in directory.rglob("*"):
        if private:
            path.chmod(0o700 if path.is_dir() else 0o600)
        if path.is_dir():
            sync_directory(path)
            continue
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    sync_directory(directory)


def repair(target: Path) -> None:
    """Recover to the end, whatever asks this process to stop meanwhile."""
    with uninterrupted():
        recover(target)


def recover(target: Path) -> None:
    """Repair what is left of putting a version in place, or failing to: the former one comes back, others go."""
    for kind in (
        "ancien",
        "nouveau",
    ):  # exchanged with the target, the former has the name of the new one
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


def write_whole(
    path: Path,
    content: str | bytes,
    mode: int = 0o600,
    *,
    writer: object = "",
    durable: bool = True,
) -> Path:
    """Write a text or bytes whole or not at all, by default its owner's alone.

    ``writer``: who writes, where several may come to write the same; ``durable``: whether it is on the disk before a
    name points to it. Raises OSError: the folder refuses; what was there before is untouched.
    """
    # One name: what a killed writer left is written over.
    draft = path.with_name(f".{path.name.lstrip('.')}-nouveau{writer}")
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode())
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        draft.chmod(mode)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    if durable:
        sync_directory(path.parent)
    return path


@contextmanager
def disk_errors_in_french(target: Path) -> Iterator[None]:
    """Tell in French what the disk refuses while ``target`` is made.

    Raises ToolError: in place of any OSError.
    """
    try:
        yield
    except OSError as error:
        number = error.errno or int((NUMBERED.search(str(error)) or "00")[1])
        raise ToolError(
            "La publication n'a pas pu être écrite ; la précédente n'a pas changé.",
            where=str(target),
            got=DISK_REFUSALS.get(number) or error.strerror or type(error).__name__,
            todo="vérifier les droits et la place sur le disque, fermer les fichiers ouverts de ce dossier, relancer",
        ) from error


@contextmanager
def only_build(target: Path) -> Iterator[None]:
    """Be the only build of ``target`` until the block ends.

    Raises ToolError: another process builds it (the message says which), or the folder knows no locks.
    Raises OSError: the folder cannot be written to.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    path = lock_path(target)
    user = "?"
    with suppress(OSError, KeyError):  # an account without a name
        user = getpass.getuser()
    holder = f"{user}, machine {socket.gethostname()}, processus {os.getpid()}, depuis le {now():%d/%m/%Y à %H:%M}"
    with ExitStack() as held:
        with uninterrupted():  # taken and to be released, or neither
            descriptor = _acquire(path)
            held.callback(_release, path, descriptor)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, holder.encode())
        yield


def _release(path: Path, descriptor: int) -> None:
    """Remove a lock that is held, so that it is never another's that is removed."""
    with uninterrupted():
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _acquire(path: Path) -> int:
    where = str(path.parent)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            lock(descriptor)
            # The former holder may have removed it between opening and locking.
            if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except (BlockingIOError, PermissionError) as error:
            holder = os.read(descriptor, 1000).decode(errors="replace")
            os.close(descriptor)
            raise ToolError(
                "Le même rapport est déjà en cours de calcul.",
                where=where,
                got=holder or "un autre processus",
                todo="attendre la fin de ce calcul ou l'arrêter (Ctrl-C), ou choisir un autre dossier avec --out",
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise ToolError(
                "Ce dossier ne permet pas d'empêcher deux calculs à la fois.",
                where=where,
                got=error.strerror,
                todo="choisir avec --out un dossier du disque de cette machine",
            ) from error
        os.close(descriptor)


@contextmanager
def only_build_of(out: Path, year: int) -> Iterator[None]:
    """Be the only build of a year; what a killed one of it left is removed. Raises as ``only_build``."""
    with only_build(out / str(year)):
        for abandoned in out.glob(f"{WORKING}{year}-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        yield


def claim(out: Path, service: Service) -> None:
    """Write whose the folder is, readable by its owner alone, unless it says so already.

    Raises UsageError: it is another service's.
    Raises OSError: the folder refuses to be written.
    """
    refuse_other_service(out, service)
    owner = {
        "nom": service.nom,
        "departement": service.departement,
        "communes": list(service.commune_codes),
    }
    if _marker(out) != owner:
        write_whole(out / MARKER, json.dumps(owner, ensure_ascii=False))


def refuse_other_service(out: Path, service: Service) -> None:
    """See that the folder is nobody's yet, or this service's: of its name and département, with a commune of its own.

    Raises UsageError: it is another service's.
    """
    owner = _marker(out)
    if not owner:
        return
    former, named = (" ".join(name.casefold().split()) for name in (str(owner["nom"]), service.nom))
    alike = (former, owner["departement"]) == (named, service.departement)
    if alike and not {*owner["communes"]}.isdisjoint(service.commune_codes):
        return
    raise UsageError(
        "Ce dossier contient les rapports d'un autre service : rien n'y est lu ni publié.",
        where=str(out),
        expected=f"un dossier vide, ou celui de « {service.nom} » ({service.departement})",
        got=f"celui de « {owner['nom']} » ({owner['departement']})",
        todo="donner à chaque service son dossier avec --out ; si c'est le même service, qui a changé de nom ou de "
        f"communes, effacer {out / MARKER} et relancer",
    )


def _marker(out: Path) -> dict[str, Any]:
    try:
        owner: dict[str, Any] = json.loads((out / MARKER).read_text(encoding="utf-8"))
        return owner if {"nom", "departement", "communes"} <= owner.keys() else {}
    except (OSError, ValueError, AttributeError):
        return {}
