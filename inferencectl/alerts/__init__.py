"""What is firing in a stack, and who is told, as Alertmanager says."""

from inferencectl.alerts.alertmanager_api import AlertmanagerApi
from inferencectl.alerts.firing import Firing, firing_of
from inferencectl.alerts.report import print_firing

__all__ = ["AlertmanagerApi", "Firing", "firing_of", "print_firing"]
