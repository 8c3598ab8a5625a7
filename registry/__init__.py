"""The model registry: immutable, signed and labelled model versions in object storage.

Both a library and a command line (`python -m registry`). See docs/registry.md for how to use it and
docs/adr/0019-model-registry.md for the design.
"""
