"""A progressive release under the real Pulumi, with the real Flagger and Prometheus and simulated requests.

Flagger owns the weights of the routes and where Services lead; Pulumi has to leave them as they are in every phase.
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import yaml
from kubernetes import client

from inferencectl.changes import Change
from inferencectl.demos.autoscaling.scraping import models_configuration
from inferencectl.demos.canary.simulated_requests import SimulatedRequests, requested
from inferencectl.demos.canary.stack import MODEL, configured
from inferencectl.pulumi.engine import PulumiEngine
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.controllers import Flagger, Prometheus
from inferencectl.workspace.project import Project
from tests.components.model_service.progressive_releases import SCRAPE_SECONDS, Releases, silent
from tests.inferencectl.pulumi.real_pulumi import NEEDS_PULUMI, STACK, copied_program, up
from tests.waiting import soon

pytestmark = NEEDS_PULUMI
_KEY = "inference:platform"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The model under Pulumi, with the Flagger that releases it."""

    project: Project
    engine: PulumiEngine
    releases: Releases

    def configure(self, versions: Sequence[int], candidate: int | None) -> None:
        """Write the stack file of the demonstration, with a namespace of the test's own."""
        config = dict(configured(self.releases.prometheus, versions, candidate))
        platform = {**json.loads(config[_KEY]), "namespace": self.releases.namespace}
        text = yaml.safe_dump({"config": {**config, _KEY: platform}})
        self.project.stack_file(STACK).write_text(text, encoding="utf-8")

    def up(self) -> Sequence[Change]:
        """What a deployment has changed."""
        return up(self.engine, self.project, silent).changed


@pytest.fixture(scope="module")
def stage(
    control_plane: Cluster, api_client: client.ApiClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """The model with its first version, initialized."""
    project, namespace = copied_program(tmp_path_factory.mktemp("progressive")), f"pulumi-{uuid.uuid4().hex[:8]}"
    flagger, prometheus = Flagger(control_plane), Prometheus(control_plane)
    engine = PulumiEngine(project=project, stack=STACK, kubeconfig=control_plane.kubeconfig)
    with ExitStack() as ending:
        requests = ending.enter_context(requested(SimulatedRequests(), api_client, namespace))
        scraping = models_configuration(prometheus.kubeconfig, namespace, requests.port, SCRAPE_SECONDS)
        for controller in (flagger, prometheus):
            ending.callback(controller.stop)
        prometheus.start(scraping, silent)
        flagger.start(silent, loop_seconds=1)
        releases = Releases(api_client, namespace, prometheus.url, requests)
        stage = Stage(project=project, engine=engine, releases=releases)
        stage.configure((1,), None)
        ending.callback(engine.destroy, silent)
        stage.up()
        yield stage


def test_pulumi_waits_until_flagger_has_taken_over(stage: Stage) -> None:
    assert stage.releases.phases(MODEL) == ("Initialized", "Initialized")
    assert stage.releases.shares(MODEL) == ({1: 1.0}, {1: 1.0})


def test_a_deployment_in_any_phase_leaves_to_flagger_what_is_flaggers(stage: Stage) -> None:
    assert stage.up() == ()
    stage.configure((1, 2), 2)
    assert stage.up()
    soon(lambda: stage.releases.shares(MODEL)[0].get(2), "version 2 gets its first requests")
    before = stage.releases.state(MODEL)
    assert stage.up() == ()
    # Flagger works on meanwhile: what Pulumi would put back is the selector, or a weight of nothing.
    assert stage.releases.shares(MODEL)[0].get(2)
    assert before.keys() == stage.releases.state(MODEL).keys()
    stage.releases.ends(MODEL, "Succeeded")
    promoted = stage.releases.state(MODEL)
    assert stage.up() == ()
    assert stage.releases.state(MODEL) == promoted
    assert stage.releases.shares(MODEL) == ({2: 1.0}, {2: 1.0})


def test_the_promoted_version_stays_when_the_settings_follow(stage: Stage) -> None:
    stage.releases.ends(MODEL, "Succeeded")
    stage.configure((2, 1), None)
    stage.up()
    assert stage.releases.shares(MODEL) == ({2: 1.0}, {2: 1.0})
    assert stage.up() == ()
