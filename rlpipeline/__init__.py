"""Annual activity report of a service of prévention spécialisée, computed from its records.

The functions below are loaded when they are first asked for: ``import rlpipeline`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlpipeline.api import Report, build, check, open_report, open_store, read_figures

__version__ = "0.1.0"
__all__ = ["Report", "build", "check", "open_report", "open_store", "read_figures"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rlpipeline import api  # noqa: PLC0415 - see above

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
