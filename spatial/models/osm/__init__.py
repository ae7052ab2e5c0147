"""OpenStreetMap extracts: PBF and XML, read by libosmium from a file that was looked through."""
