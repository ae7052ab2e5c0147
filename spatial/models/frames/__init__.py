"""Where the coordinates of city models stand: their reference system, and a metric frame for it."""
