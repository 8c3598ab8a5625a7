"""The objects of a pool, a file for each provisioner and one for the spare pods, as pure functions."""
