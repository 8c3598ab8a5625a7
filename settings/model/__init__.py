"""What a stack says about a model."""
