"""Benchmarks: figures beside the machine's own limits, measured in the same run."""
