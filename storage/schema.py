"""Every table there is, in one metadata."""

from storage import house_tables, tables
from storage.columns import metadata

__all__ = ["house_tables", "metadata", "tables"]
