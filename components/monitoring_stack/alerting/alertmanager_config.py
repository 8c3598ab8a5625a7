"""The AlertmanagerConfig of a stack.

v1alpha1 is the version that every installation of the operator serves; v1beta1 needs its conversion webhook.

Source: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1alpha1.AlertmanagerConfig
"""

from collections.abc import Sequence
from typing import Any

from components.monitoring_stack.alerting.inhibition import inhibit_rules
from components.monitoring_stack.alerting.receivers import NOBODY, receiver
from components.monitoring_stack.alerting.routes import root_route
from components.monitoring_stack.alerting.windows import mute_time_interval
from components.monitoring_stack.rules import Group
from settings.cluster.alerting.alerting import Alerting


def alertmanager_config_spec(alerting: Alerting, groups: Sequence[Group]) -> dict[str, Any]:
    """What becomes of the alerts of ``groups``; the operator confines it to those of the object's namespace."""
    windows = [mute_time_interval(each) for each in alerting.maintenance]
    return {
        "route": root_route(alerting),
        "receivers": [{"name": NOBODY}, *(receiver(each, alerting) for each in alerting.receivers)],
        "inhibitRules": inhibit_rules(groups),
        **({"muteTimeIntervals": windows} if windows else {}),
    }
