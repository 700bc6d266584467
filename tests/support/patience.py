"""How long a test waits for what must come.

What comes ends the wait, so a quiet machine pays nothing for it, and a busy one does not fail for being slow. Where a
test shows that something is quick, or that nothing comes, it says its own bound.
"""

from __future__ import annotations

PATIENCE = 90.0
