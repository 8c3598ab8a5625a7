"""What a stack says about its cluster."""
