"""Rules in the store: who saved which version, what ships, what is withdrawn."""
