"""Where things are: coordinate systems and what lies near what; knows only twin's core."""
