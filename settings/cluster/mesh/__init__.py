"""The service mesh of a stack: which one, and who may call the models through it."""
