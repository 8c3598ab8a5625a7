"""From a stack file to settings."""
