"""Performance benchmarks with bounds: ``python -m benchmarks [NAME …]`` runs all of them, or the given ones."""
