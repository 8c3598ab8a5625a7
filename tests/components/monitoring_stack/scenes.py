"""All scenes, also where Prometheus honours the labels of exporters whose labels it may rename."""

from tests.components.monitoring_stack.scene import Scene
from tests.components.monitoring_stack.scenes_of_changes import RELEASES, SCALING
from tests.components.monitoring_stack.scenes_of_meshes import MESHES
from tests.components.monitoring_stack.scenes_of_requests import HEALTH, REQUESTS
from tests.components.monitoring_stack.scenes_of_resources import COMMON, RESOURCES

_WRITTEN: tuple[Scene, ...] = (*REQUESTS, *HEALTH, *MESHES, *SCALING, *RELEASES, *RESOURCES, *COMMON)
SCENES: tuple[Scene, ...] = (*_WRITTEN, *(scene.honoured for scene in _WRITTEN if scene.is_renamed))
