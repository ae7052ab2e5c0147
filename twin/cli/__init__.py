"""The command line ``twin``."""

from twin.cli.commands import main

__all__ = ["main"]
