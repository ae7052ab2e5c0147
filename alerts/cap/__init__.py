"""Warnings as CAP 1.2 messages (OASIS, ITU-T X.1303bis): ours go out, those of others come in."""
