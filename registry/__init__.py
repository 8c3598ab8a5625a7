"""The model registry: versions of models in object storage, immutable, signed and labelled.

A library and a command line (`python -m registry`). docs/registry.md tells how a data scientist uses it, and
docs/adr/0019-model-registry.md why it is as it is.
"""
