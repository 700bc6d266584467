"""By what a repeated form of the talk is known."""

from __future__ import annotations

import hashlib

from handlers.web.forms import CSRF_FIELD, Form


def input_id(form: Form) -> str:
    """By what a repeat is known: the form's own id together with what it says.

    Someone who goes back in the browser and corrects what was not taken sends the same id with other words.
    """
    said = sorted((name, values) for name, values in form.values.items() if name != CSRF_FIELD)
    return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()
