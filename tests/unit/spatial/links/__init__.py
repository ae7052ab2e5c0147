"""Linking, without a store."""
