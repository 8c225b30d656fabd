"""Every occurrence of a figure agrees with all the others: pages, charts, prose, notebooks, workbook, CSV."""

from __future__ import annotations

from rlpipeline.audit.copies.checking import Former, check_part

__all__ = ["Former", "check_part"]
