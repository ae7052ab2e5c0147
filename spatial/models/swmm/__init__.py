"""SWMM 5 (EPA Storm Water Management Model): drainage networks with their subcatchments."""
