"""What is known of things: at which level they stand, that they are clear, or that nobody knows."""
