"""Models in the store: what is coded becomes entities, all of it elements that can be addressed."""

from data.models.elements import ElementCounts
from data.models.files import FileCounts, ModelFile
from data.models.keeping import FileGoneError
from data.models.run import ModelDelivery, ModelReport, run_model_import

__all__ = [
    "ElementCounts",
    "FileCounts",
    "FileGoneError",
    "ModelDelivery",
    "ModelFile",
    "ModelReport",
    "run_model_import",
]
