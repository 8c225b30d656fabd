"""The report of what is chosen on the page: what it shows is shown anew when the choice changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from IPython.display import display
from ipywidgets import Dropdown, Output

from rlpipeline.report import Report


@dataclass(frozen=True)
class Following:
    """A report asked as any other: ``table``, ``figure`` and the like follow the choice, data are those of now.

    Parameters
    ----------
    opened
        Opens the report of what is chosen.
    choices
        Where it is chosen.
    """

    opened: Callable[[], Report]
    choices: Sequence[Dropdown]
    _reports: dict[tuple[Any, ...], Report] = field(default_factory=dict, init=False, repr=False)

    def __getattr__(self, name: str) -> Any:
        now = getattr(self._report(), name)
        if not callable(now):
            return now

        def asked(*words: Any, **named: Any) -> Any:
            shown = getattr(self._report(), name)(*words, **named)
            if isinstance(shown, pd.DataFrame):
                return shown
            return self._following(lambda: getattr(self._report(), name)(*words, **named))

        return asked

    def _report(self) -> Report:
        chosen = tuple(one.value for one in self.choices)
        if chosen not in self._reports:
            self._reports[chosen] = self.opened()
        return self._reports[chosen]

    def _following(self, show: Callable[[], Any]) -> Output:
        place = Output()

        def again(_: object = None) -> None:
            place.clear_output(wait=True)
            with place:
                display(show())  # type: ignore[no-untyped-call]

        again()
        for choice in self.choices:
            choice.observe(again, names="value")
        return place
