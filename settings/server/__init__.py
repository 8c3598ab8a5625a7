"""What a stack may set of the model servers themselves: a file of names for each runtime."""
