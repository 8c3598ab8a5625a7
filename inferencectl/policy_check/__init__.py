"""Asks the policy pack about a program run, and reports its verdict."""
