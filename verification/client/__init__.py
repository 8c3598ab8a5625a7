"""A client of model servers, with deadlines, retries and batching."""
