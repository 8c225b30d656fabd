"""A button of the welcome notebook, and below it what it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipywidgets import Button, HBox, Layout, Output, VBox, Widget

from rlpipeline.errors import RlpipelineError


def pressed(label: str, action: Callable[[], None], beside: Sequence[Widget] = ()) -> Widget:
    """Show a button; what the action displays, or the error that stops it, comes below, in the place of the former.

    Parameters
    ----------
    beside
        What is chosen or typed before pressing, on the button's line.
    """
    button, below = Button(description=label, button_style="primary", layout=Layout(width="auto")), Output()

    def press(_: Button) -> None:
        button.disabled = True
        below.clear_output()
        try:
            with below:
                _run_action(action)
        finally:
            button.disabled = False

    button.on_click(press)
    return VBox([HBox([*beside, button]), below])


def _run_action(action: Callable[[], None]) -> None:
    """Run the action; an error of ours is a text, without a traceback."""
    from IPython.display import display  # noqa: PLC0415 (it is there where there is a notebook)

    try:
        action()
    except RlpipelineError as error:
        display({"text/plain": f"Erreur. {error}"}, raw=True)  # type: ignore[no-untyped-call]
