"""Load on a model while something changes: every request is counted, and none that is lost goes unnoticed."""
