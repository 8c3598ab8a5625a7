"""The objects of a served model, as pure functions from settings to typed arguments."""
