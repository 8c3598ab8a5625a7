"""What brings a version to its callers: imports into volumes, and releases that Flagger moves."""

from collections.abc import Iterator

from components.model_service.manifests.storage import FILE_CHECKS, MODEL_REFUSED
from components.monitoring_stack.rules.rule import UNHURRIED, Alert, Group, Severity
from components.monitoring_stack.rules.watched import Watched
from settings import RELEASE_PROTOCOLS, ProgressiveRelease

LEAST_STUCK_MINUTES = 30
_CANARY_STATUS = "flagger_canary_status"
_RUNNING, _FAILED = 0, 2


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on files, and on imports and releases as far as the model has them."""
    alerts = [_refused(model), *_import_failed(model), *_released(model)]
    yield Group(name=f"{model.name}-releases", rules=alerts, interval=UNHURRIED)


def is_progressive(model: Watched) -> bool:
    """Whether Flagger moves the model's requests."""
    return isinstance(model.args.model.release, ProgressiveRelease)


def failed_imports(model: Watched) -> str:
    """1 for each Job that copies a version's files and has given up."""
    failed = model.of_namespace("kube_job_failed", f'job_name=~"{model.imports}"', 'condition="true"')
    return f"max by (job_name) ({failed})"


def _refused(model: Watched) -> Alert:
    containers = f'container=~"{"|".join(FILE_CHECKS)}"'
    code, ready = (
        f"max by (pod) ({model.of_pods(f'kube_pod_init_container_status_{what}', containers)})"
        for what in ("last_terminated_exitcode", "ready")
    )
    return Alert(
        name="ModelFilesRefused",
        expr=f"{code} == {MODEL_REFUSED} and {ready} == 0",
        lasting="1m",
        severity=Severity.WARNING,
        summary=f"The files of a version of model {model.name} were refused",
        description="{{ $labels.pod }} does not start: the digest or the signature of its files does not hold, or a "
        "file is missing (exit code {{ $value }}).",
        model=model.name,
    )


def _import_failed(model: Watched) -> Iterator[Alert]:
    if model.args.model.volume is None:
        return
    yield Alert(
        name="ModelImportFailed",
        expr=f"{failed_imports(model)} == 1",
        lasting="1m",
        severity=Severity.WARNING,
        summary=f"A version of model {model.name} was not imported",
        description="{{ $labels.job_name }} has given up ({{ $value }} Job): the version cannot start.",
        model=model.name,
    )


def release_status(model: Watched) -> str:
    """What Flagger makes of each protocol's release: 0 while it runs, 1 where it succeeded, 2 where it was undone."""
    names = "|".join(f"{model.name}-{protocol}" for protocol in RELEASE_PROTOCOLS)
    of_model = f'name=~"{names}"'
    return f"max by (name) {model.of_others(_CANARY_STATUS, of_model)}"


def _released(model: Watched) -> Iterator[Alert]:
    release = model.args.model.release
    if not isinstance(release, ProgressiveRelease):
        return
    status = release_status(model)
    yield Alert(
        name="ModelReleaseRolledBack",
        expr=f"{status} == {_FAILED}",
        lasting="1m",
        severity=Severity.WARNING,
        summary=f"The release of a version of model {model.name} was rolled back",
        description="Flagger has taken the requests of {{ $labels.name }} back (status {{ $value }} of 2).",
        model=model.name,
    )
    minutes = stuck_minutes(release)
    yield Alert(
        name="ModelReleaseStuck",
        expr=f"{status} == {_RUNNING}",
        lasting=f"{minutes}m",
        severity=Severity.WARNING,
        summary=f"The release of a version of model {model.name} does not end",
        description=f"Flagger has moved the requests of {{{{ $labels.name }}}} for {minutes} minutes "
        "(status {{ $value }} of 2), twice as long as it should take.",
        model=model.name,
    )


def stuck_minutes(release: ProgressiveRelease) -> int:
    """Twice the time that a release takes whose checks all pass, and half an hour at least."""
    steps = len(release.step_percents) + -(-100 // release.promotion_step_percent) + release.failures
    return max(LEAST_STUCK_MINUTES, -(-2 * steps * release.interval_seconds // 60))
