"""Release strategies: how the requests of clients are led to the versions of a model; a module each."""
