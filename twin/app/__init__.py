"""The only place that sees everything and wires it together."""
