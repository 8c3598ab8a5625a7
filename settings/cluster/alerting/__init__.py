"""Who is told of the alerts."""
