"""A copy of the exact figures for one reader: marked with his name on every page, and sealed."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from pathlib import Path

import pyzipper
from openpyxl import load_workbook
from openpyxl.styles import Alignment, Font

from rlpipeline.errors import UsageError
from rlpipeline.publication.page import MARKS, csp_hash, css_string

LEAST_CHARACTERS = 12
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
COPY = "Exemplaire"
LONGEST_HEADER = 250
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def mark_of(recipient: str) -> str:
    """What every page of a copy says."""
    return f"Exemplaire remis à {recipient}, édition interne, ne pas diffuser"


def marked_page(page: str, mark: str) -> str:
    """Put another mark on a page, on its screenful and on each printed page.

    Raises UsageError: the page does not bear the mark of the edition ``interne``.
    """
    former, style = MARKS["interne"], STYLE.search(page)
    printed, renewing = (css_string(one)[:-1] for one in (former, mark))  # more may be said after it
    if style is None or html.escape(former, quote=False) not in page or printed not in style[1]:
        raise UsageError("Une page ne porte pas la mention de l'édition interne.", todo="refaire « rlpipeline build »")
    renewed = style[1].replace(printed, renewing)
    marked = page.replace(style[0], f"<style>{renewed}</style>").replace(csp_hash(style[1]), csp_hash(renewed))
    return marked.replace(html.escape(former, quote=False), html.escape(mark, quote=False))


def marked_workbook(workbook: bytes, mark: str) -> bytes:
    """Put a first sheet that says whose copy it is, and the same words at the top of each printed sheet."""
    book = load_workbook(io.BytesIO(workbook))
    page = book.create_sheet(COPY, 0)
    page["A1"] = mark
    page["A1"].font, page["A1"].alignment = Font(bold=True, size=14), Alignment(wrap_text=True, vertical="top")
    page.column_dimensions["A"].width = 80
    book.active = 0
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet is page
        sheet.oddHeader.center.text = mark.replace("&", "&&")[:LONGEST_HEADER]
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def check_password(password: str) -> None:
    """Refuse a password that is too easily found, or that two programs could encode each in its way.

    Raises UsageError: it is too short, or not made of plain characters. The message does not give it.
    """
    short, plain = len(password) < LEAST_CHARACTERS, password.isascii() and password.isprintable()
    if short or not plain:
        wrong = "est trop court" if short else "ne s'ouvrirait pas avec tous les logiciels"
        expected = f"au moins {LEAST_CHARACTERS} caractères, sans accent"
        raise UsageError(f"Ce mot de passe {wrong} : rien n'est écrit.", expected=expected)


def seal(files: Mapping[str, bytes], path: Path, password: str) -> None:
    """Write files in a zip that only the password opens (AES, 256 bits); their names remain readable.

    Raises UsageError: the password is refused.
    """
    check_password(password)
    with pyzipper.AESZipFile(path, "w", compression=pyzipper.ZIP_DEFLATED) as archive:
        archive.setpassword(password.encode("ascii"))
        # Version 2 of the format leaves out the checksum of the clear text, from which a small file can be guessed.
        archive.setencryption(pyzipper.WZ_AES, nbits=256, force_wz_aes_version=2)
        for name, content in sorted(files.items()):
            info = archive.zipinfo_cls(name, ZIP_EPOCH)
            info.compress_type, info.create_system = pyzipper.ZIP_DEFLATED, 3
            info.external_attr = 0o100600 << 16
            archive.writestr(info, content)
