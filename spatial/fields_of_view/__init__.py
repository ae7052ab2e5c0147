"""What cameras see of the ground: their fields of view as polygons, and what those cover."""

from spatial.fields_of_view.coverage import covered_share, covers
from spatial.fields_of_view.fields import (
    CheckStepError,
    TransformFieldsFirstError,
    fields_of_view,
)

__all__ = [
    "CheckStepError",
    "TransformFieldsFirstError",
    "covered_share",
    "covers",
    "fields_of_view",
]
