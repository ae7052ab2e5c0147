"""Map scenes and the web viewer: what a page needs to draw the district, nothing about HTTP."""
