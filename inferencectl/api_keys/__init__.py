"""API keys: tokens that the platform team signs, and of which a cluster has the public half of the key alone."""
