"""The web service: API, tiles, live stream and the viewer's pages."""
