"""The command line of the platform, a package for each trade."""
