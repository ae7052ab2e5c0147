"""The health of the register: a table of checks, and how much of it is covered."""

from data.registry.health.check import Check, Example, Result, Severity
from data.registry.health.coverage import (
    GROUPINGS,
    Coverage,
    Measure,
    coverage,
    coverage_of,
    coverage_statement,
)
from data.registry.health.meaning import MEANING
from data.registry.health.placing import PLACING
from data.registry.health.running import parameters, result_of, run_checks, statement
from data.registry.health.tending import TENDING

CHECKS: dict[str, Check] = {check.id: check for check in (*PLACING, *MEANING, *TENDING)}
"""Every check by its id, in the order in which they are told."""

__all__ = [
    "CHECKS",
    "GROUPINGS",
    "Check",
    "Coverage",
    "Example",
    "Measure",
    "Result",
    "Severity",
    "coverage",
    "coverage_of",
    "coverage_statement",
    "parameters",
    "result_of",
    "run_checks",
    "statement",
]
