"""Annual activity report of a service of prévention spécialisée, computed from its records.

The functions of ``rlpipeline.api`` are loaded when they are first asked for: ``import rlpipeline`` costs nothing.
Their types are in ``__init__.pyi``, out of sight of the import contracts: who imports the package needs none of them.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["Report", "build", "check", "open_report", "open_store", "read_figures"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - see above

    return getattr(import_module("rlpipeline.api"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
