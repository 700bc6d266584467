"""By what a repeated form of the talk is known."""

from __future__ import annotations

from handlers.web.forms import Form


def input_id(form: Form) -> str:
    """By what a repeat of this browser's input is known."""
    return form.mark
