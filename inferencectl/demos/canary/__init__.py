"""`demo-canary`: a promotion and a rollback by the real Flagger, with simulated requests."""
