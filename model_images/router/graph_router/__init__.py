"""Answers requests with a graph of models: sequences, ensembles, switches and cascades."""
