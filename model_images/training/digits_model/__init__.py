"""The example model: a classifier of handwritten digits, trained and written as versions to publish."""
