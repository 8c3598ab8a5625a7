"""The records of one person in a store: found, exported, erased, and erased again after a restore."""
