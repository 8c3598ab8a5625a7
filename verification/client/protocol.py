"""The protocols that model servers speak."""

from enum import StrEnum


class ServingProtocol(StrEnum):
    """The protocol of a server, spoken both over REST and over gRPC."""

    TENSORFLOW_SERVING = "tensorflow-serving"
    OPEN_INFERENCE = "open-inference"
