"""From bytes to stored and judged readings: sources, decoders and the one pipeline."""
