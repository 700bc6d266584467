"""Every table there is, in one metadata."""

from storage import (
    duty_tables,
    enquiry_tables,
    house_tables,
    notice_tables,
    person_tables,
    presence_tables,
    rope_tables,
    tables,
    task_tables,
    watch_tables,
)
from storage.columns import metadata

__all__ = [
    "duty_tables",
    "enquiry_tables",
    "house_tables",
    "metadata",
    "notice_tables",
    "person_tables",
    "presence_tables",
    "rope_tables",
    "tables",
    "task_tables",
    "watch_tables",
]
