"""The protocols that model servers speak."""

from enum import StrEnum


class ServingProtocol(StrEnum):
    """What a server is asked in, over REST as over gRPC."""

    TENSORFLOW_SERVING = "tensorflow-serving"
    OPEN_INFERENCE = "open-inference"
