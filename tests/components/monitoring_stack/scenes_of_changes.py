"""How the alerts on autoscalers, imports and releases come and go."""

from tests.components.monitoring_stack.given import canary, counter, of_autoscaler, state
from tests.components.monitoring_stack.scene import Scene, Series

KEDA_ERRORS = 'keda_scaler_detail_errors_total{exported_namespace="models",namespace="keda",metric="s0-prometheus",'
JOB = 'job_name="speech-v1-import-0a1b2c3d",condition='

SCALING = (
    Scene(
        alert="ModelReplicasAtMaximum",
        severity="warning",
        series=[of_autoscaler("status_current_replicas", 3, 4), of_autoscaler("spec_max_replicas", 4, 4)],
        pending=14,
        firing=15,
        labels={"horizontalpodautoscaler": "mnist-v1"},
        description="mnist-v1 is at its maximum of 4 pods.",
    ),
    Scene(
        alert="ModelAutoscalerBlind",
        severity="warning",
        series=[
            of_autoscaler("status_condition", 0, 1, ',condition="ScalingActive",status="false"'),
            of_autoscaler("status_condition", 1, 0, ',condition="ScalingActive",status="true"'),
            of_autoscaler("status_condition", 0, 0, ',condition="ScalingLimited",status="false"'),
            of_autoscaler("status_current_replicas", 1, 1),
        ],
        pending=9,
        firing=10,
        labels={"horizontalpodautoscaler": "mnist-v1"},
        description="mnist-v1 cannot measure the load, and stays at 1 pods.",
        near_misses={
            "an autoscaler at zero": [
                of_autoscaler("status_condition", 0, 1, ',condition="ScalingActive",status="false"'),
                of_autoscaler("status_current_replicas", 1, 0),
            ],
            "another condition": [of_autoscaler("status_condition", 0, 1, ',condition="AbleToScale",status="false"')],
        },
    ),
    Scene(
        alert="ModelScalerFailing",
        model="bert",
        severity="warning",
        series=[counter(f'{KEDA_ERRORS}scaledObject="bert-v1"}}', 0, 0.18)],
        pending=10,
        firing=20,
        labels={"scaledObject": "bert-v1", "metric": "s0-prometheus"},
        description="1 queries of s0-prometheus failed within 5 minutes.",
    ),
)

FETCH = 'pod="mnist-v1-7d9f8c-abcde",container="fetch-model"'


def check(what: str, good: float | None, bad: float, container: str = FETCH) -> Series:
    return state(f"kube_pod_init_container_status_{what}", container, good, bad)


RELEASES = (
    Scene(
        alert="ModelFilesRefused",
        severity="warning",
        series=[
            *(check("last_terminated_exitcode", None, 3), check("ready", 1, 0)),
            check("last_terminated_exitcode", 3, 3, FETCH.replace("fetch-model", "of-a-webhook")),
            check("ready", 1, 1, FETCH.replace("fetch-model", "of-a-webhook")),
        ],
        pending=0,
        firing=1,
        labels={"pod": "mnist-v1-7d9f8c-abcde"},
        description="mnist-v1-7d9f8c-abcde does not start: the digest or the signature of its files does not hold, or "
        "a file is missing (exit code 3).",
        near_misses={
            "storage that does not answer": [check("last_terminated_exitcode", None, 1)],
            "files that hold by now": [check("last_terminated_exitcode", None, 3), check("ready", 1, 1)],
            "another container": [
                check("last_terminated_exitcode", None, 3, FETCH.replace("fetch-model", "of-a-webhook")),
                *(check("last_terminated_exitcode", None, 1), check("ready", 1, 0)),
            ],
            "a pod of that name elsewhere": [
                check("last_terminated_exitcode", None, 3).of({"models": "elsewhere"}),
                *(check("last_terminated_exitcode", None, 1), check("ready", 1, 0)),
            ],
        },
    ),
    Scene(
        alert="ModelImportFailed",
        model="speech",
        severity="warning",
        series=[state("kube_job_failed", f'{JOB}"true"', 0, 1), state("kube_job_failed", f'{JOB}"false"', 1, 0)],
        pending=0,
        firing=1,
        labels={"job_name": "speech-v1-import-0a1b2c3d"},
        description="speech-v1-import-0a1b2c3d has given up (1 Job): the version cannot start.",
    ),
    Scene(
        alert="ModelReleaseRolledBack",
        model="vision",
        severity="warning",
        series=[canary(1, 2)],
        pending=0,
        firing=1,
        labels={"name": "vision-http"},
        description="Flagger has taken the requests of vision-http back (status 2 of 2).",
    ),
    Scene(
        alert="ModelReleaseStuck",
        model="vision",
        severity="warning",
        series=[canary(1, 0, "vision-grpc")],
        pending=29,
        firing=30,
        labels={"name": "vision-grpc"},
        description="Flagger has moved the requests of vision-grpc for 30 minutes (status 0 of 2), "
        "twice as long as it should take.",
    ),
)
