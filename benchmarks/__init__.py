"""What must stay fast, measured against stated bounds: ``python -m benchmarks``, or with the names of some."""
