"""CityJSON 1.0, 1.1 and 2.0 (OGC 20-072), whole or as a sequence of features (CityJSONSeq)."""
