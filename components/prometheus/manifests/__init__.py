"""The objects of Prometheus and Alertmanager, as pure functions."""
