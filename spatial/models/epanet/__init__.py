"""EPANET 2: networks of water supply, under pressure."""
