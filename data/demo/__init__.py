"""The demo district: made by code from a seed, with the truth known."""
