"""What people do with alerts, and what keeps alerts quiet."""
