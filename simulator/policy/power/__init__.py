"""Who decides on power limits: one policy a file."""
