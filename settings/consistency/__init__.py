"""Issues that need more than one section of the settings."""
