"""How the alerts on what is done by way of the API server come and go."""

from tests.components.monitoring_stack.given import counter
from tests.components.monitoring_stack.scene import Scene, Series


def requests(labels: str, good: float | None, bad: float | None) -> Series:
    return counter(f'apiserver_request_total{{component="apiserver",instance="10.0.0.1:6443",{labels}}}', good, bad)


SEEN = requests('resource="namespaces",verb="LIST",code="200"', 5, 5)
EXEC = 'resource="pods",subresource="exec",verb="CONNECT",code="101"'
ROLE = 'resource="rolebindings",verb="POST",code="201",dry_run=""'
READ = 'resource="secrets",verb="GET",code="200"'

AUDITS = (
    Scene(
        alert="PodEntered",
        model="",
        severity="warning",
        series=[SEEN, requests(EXEC, 0, 1)],
        pending=-1,
        firing=1,
        lasting=8,
        labels={"subresource": "exec"},
        description="1 times exec within 10 minutes, in any namespace.",
        near_misses={
            "logs that are read": [requests('resource="pods",subresource="log",verb="GET",code="200"', 0, 1)],
            "a proxy to a Service": [
                requests('resource="services",subresource="exec",verb="CONNECT",code="200"', 0, 1),
                requests('resource="pods",subresource="exec",verb="GET",code="200"', 0, 1),
                requests('resource="pods",subresource="proxy",verb="CONNECT",code="200"', 0, 1),
            ],
        },
    ),
    Scene(
        alert="RoleChanged",
        model="",
        severity="warning",
        series=[SEEN, requests(ROLE, 0, 1)],
        pending=-1,
        firing=1,
        lasting=8,
        labels={"resource": "rolebindings", "verb": "POST"},
        description="1 times POST of rolebindings within 10 minutes, in any namespace.",
        near_misses={
            "a change that was refused": [requests('resource="rolebindings",verb="POST",code="403"', 0, 1)],
            "a change that was only tried": [
                requests('resource="rolebindings",verb="POST",code="201",dry_run="All"', 0, 1)
            ],
            "roles that are read": [requests('resource="rolebindings",verb="GET",code="200"', 0, 1)],
            "other objects": [requests('resource="pods",verb="POST",code="201"', 0, 1)],
        },
    ),
    Scene(
        alert="SecretsReadOften",
        model="",
        severity="warning",
        series=[SEEN, requests(READ, 1, 90), requests('resource="secrets",verb="WATCH",code="200"', 1, 1)],
        minutes=(90, 20, 30),
        pending=-1,
        firing=2,
        description="208 reads of Secrets within 10 minutes, in any namespace: more than 10 times as many as usual "
        "in the hour before.",
        near_misses={
            "a cluster that reads much": [requests(READ, 20, 90)],
            "few reads": [requests(READ, 0.1, 4)],
            "Secrets that are watched": [requests('resource="secrets",verb="WATCH",code="200"', 1, 90)],
            "other objects": [requests('resource="configmaps",verb="GET",code="200"', 1, 90)],
            "reads that fail": [requests('resource="secrets",verb="GET",code="404"', 1, 90)],
        },
    ),
)
