"""The names and addresses of the real node: in a network namespace of its own, so every sandbox has the same."""

NODE = "real"
NODE_LABEL = "inference.sandbox/node"
SIMULATED_NODES = f"{NODE_LABEL}!={NODE}"
"""A label selector: every node but the real one."""

SIMULATED_TAINT = "inference.sandbox/simulated"
"""On the CPU nodes of a sandbox that also has a real one, so that pods which shall answer do not land there."""

NODE_ADDRESS = "172.30.0.1"
SERVER_ADDRESS = "172.30.0.9"
"""For a server of the machine that is run in the node's network namespace."""

NODE_NETWORK = "172.30.0.0/24"
API_PORT = 6443
POD_NETWORK = "10.245.0.0/24"
"""Beside the network of the simulated pods, whose addresses kwok makes up."""

SERVICE_NETWORK = "10.96.0.0/16"
KUBERNETES_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"
API_SERVER = f"https://{NODE_ADDRESS}:{API_PORT}"
"""Where the node and its pods find the API server of the machine."""
