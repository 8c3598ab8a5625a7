"""Runs the policy pack over a recorded program, and reports its verdict."""
