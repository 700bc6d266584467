"""Where people live, and which unit helps there: municipalities, police districts, and what people call places."""

from __future__ import annotations

import datetime as dtm
from collections.abc import Mapping

from pydantic import Field

from triage.parts import Code, Part


class Municipality(Part):
    """A municipality, its four-digit code and its police district."""

    municipality_code: str = Field(pattern=r"^\d{4}$")
    municipality: str
    police_district: str
    certainty: str


class District(Part):
    """A police district, named `police` in the municipalities' data, and how to reach the unit that helps there.

    Shown as `district.<code>.name` and `.office`. `number` and `mail` are empty until the operator fills them in.
    """

    code: Code
    police: str
    number: str = Field(default="", pattern=r"^(\+?[0-9 ]{3,20})?$")
    mail: str = Field(default="", pattern=r"^([^@\s]+@[^@\s]+)?$")
    last_checked: dtm.date | None = None


class Districts(Part):
    """All districts. `fallback` names the number that stands in for one that is not filled in."""

    fallback: Code | None = None
    district: tuple[District, ...] = ()

    def of(self, municipality: Municipality) -> District | None:
        """The district that a municipality belongs to."""
        return next((each for each in self.district if each.police == municipality.police_district), None)


class OtherNames(Part):
    """Municipality code → what people call its towns, districts and islands; and words that say nothing."""

    ignored: tuple[str, ...] = ()
    also: Mapping[str, tuple[str, ...]] = {}
