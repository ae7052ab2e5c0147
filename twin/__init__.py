"""CityTwin's core, web service and command line."""
