"""Bulk import: rows of files of features become entities of the register."""

from data.importing.errors import ImportMapError, UnknownCountyError
from data.importing.import_map import ImportMap, read_map
from data.importing.places import check_county
from data.importing.report import OUTCOMES, ImportReport, RowOutcome, write_report
from data.importing.rows import take_rows
from data.importing.run import Delivery, Progress, run_import

__all__ = [
    "OUTCOMES",
    "Delivery",
    "ImportMap",
    "ImportMapError",
    "ImportReport",
    "Progress",
    "RowOutcome",
    "UnknownCountyError",
    "check_county",
    "read_map",
    "run_import",
    "take_rows",
    "write_report",
]
