"""Decoders under a coverage-guided fuzzer (docs/fuzzing.md); ``scripts/fuzz`` starts it."""
