"""Object storage that holds the models: a module each kind, which is the scheme of its addresses."""
