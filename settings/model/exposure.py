"""How clients reach a model."""

from enum import StrEnum


class Exposure(StrEnum):
    """How clients reach a model."""

    CLUSTER_IP = "cluster-ip"
    NODE_PORT = "node-port"
    LOAD_BALANCER = "load-balancer"
    INGRESS = "ingress"
    GATEWAY = "gateway"
