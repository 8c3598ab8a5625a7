"""HTTP, JSON and gRPC channels."""
