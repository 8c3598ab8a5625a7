"""What the live stack serves from: a store of models, and the models that are published to it."""
