"""What a stack takes of Elasticsearch's operator (ECK): the resource definitions, from its Go module."""

from inferencectl.sandbox.toolchain.go_tool import GoTool

ECK_DEFINITIONS = GoTool(
    name="eck-definitions",
    module="github.com/elastic/cloud-on-k8s/v3",
    pinned_in="eck",
    # As the chart installs them: all kinds together have a third of the size of the two that a stack can contain, whose
    # own files describe every field of a pod.
    files=("config/crds/v1/all-crds.yaml",),
    disk_mib=200,
)
