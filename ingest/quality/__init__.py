"""How far each value of a batch can be trusted, and why."""

from ingest.quality.checks import QualityChecks

__all__ = ["QualityChecks"]
