"""Who is told of incidents: subscriptions, what is planned for them, and what was sent."""
