"""Why a rule did or did not raise at a thing: the same code that judges, and nothing is written."""
