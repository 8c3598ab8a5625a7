"""HTTP, JSON, gRPC channels and messages."""
