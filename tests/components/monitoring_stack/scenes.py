"""All scenes, also where Prometheus honours the labels of exporters whose labels it may rename."""

from tests.components.monitoring_stack.scene import Scene
from tests.components.monitoring_stack.scenes_of_audits import AUDITS
from tests.components.monitoring_stack.scenes_of_cards import CARDS
from tests.components.monitoring_stack.scenes_of_changes import RELEASES, SCALING
from tests.components.monitoring_stack.scenes_of_drift import DRIFT
from tests.components.monitoring_stack.scenes_of_health import HEALTH
from tests.components.monitoring_stack.scenes_of_logs import LOGS
from tests.components.monitoring_stack.scenes_of_meshes import MESHES
from tests.components.monitoring_stack.scenes_of_nodes import DEVICES, NODES
from tests.components.monitoring_stack.scenes_of_requests import REQUESTS
from tests.components.monitoring_stack.scenes_of_resources import COMMON, RESOURCES

_OF_STACK = (*COMMON, *DEVICES, *AUDITS, *LOGS)
_WRITTEN: tuple[Scene, ...] = (
    *REQUESTS,
    *HEALTH,
    *NODES,
    *MESHES,
    *SCALING,
    *RELEASES,
    *DRIFT,
    *RESOURCES,
    *CARDS,
    *_OF_STACK,
)
SCENES: tuple[Scene, ...] = (*_WRITTEN, *(scene.honoured for scene in _WRITTEN if scene.is_renamed))
