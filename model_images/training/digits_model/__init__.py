"""The example model: a classifier of handwritten digits, trained and exported as versions to publish."""
