"""`demo-change`: a model's version changes, well and badly, while every request to it is counted."""
