"""The objects of LoggingStack, as pure functions."""
