"""What both REST and gRPC answer: predictions, states and metadata.

Source: tensorflow_serving/servables/tensorflow/predict_util.cc and get_model_metadata_impl.cc.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2

from tensorflow_serving_stand_in.errors import ServingError, invalid
from tensorflow_serving_stand_in.metrics import Metrics
from tensorflow_serving_stand_in.models import DEFAULT_SIGNATURE, Found, Models
from tensorflow_serving_stand_in.servable import Arrays, Run, microseconds_since

SIGNATURES = "signature_def"


@dataclass(frozen=True)
class Service:
    """The models, and how their signatures are run: at once, or in batches."""

    models: Models
    run: Run
    metrics: Metrics

    def predict(self, spec: Any, inputs: Arrays, wanted: Sequence[str] = ()) -> tuple[Any, Arrays]:
        """The spec of what answered, and the outputs: those that are wanted, or all.

        Raises:
            ServingError: there is no such version or signature, the inputs do not fit, or TensorFlow refuses them.
        """
        found = self.models.find(spec)
        name = spec.signature_name or DEFAULT_SIGNATURE
        if name not in found.servable.signatures:
            message = f'Serving signature key "{name}" not found.'
            raise ServingError(grpc.StatusCode.FAILED_PRECONDITION, message)
        definition = found.servable.signatures[name]
        _require_inputs(set(definition.inputs), set(inputs))
        _require_outputs(set(definition.outputs), wanted)
        started = time.perf_counter()
        outputs = self.run(found.servable, name, inputs, tuple(wanted) or tuple(sorted(definition.outputs)))
        self.metrics.runtime_latency.add(microseconds_since(started), spec.name, "Predict", "TF1")
        answered = predict_pb2.PredictResponse().model_spec
        answered.name, answered.signature_name, answered.version.value = spec.name, name, found.version
        return answered, outputs

    def definition(self, spec: Any, signature: str) -> Any:
        """A signature of a version.

        Raises:
            ServingError: there is none.
        """
        found: Found = self.models.find(spec)
        name = signature or DEFAULT_SIGNATURE
        if name not in found.servable.signatures:
            raise invalid(f'Serving signature name: "{name}" not found in signature def')
        return found.servable.signatures[name]

    def metadata(self, spec: Any, fields: Sequence[str]) -> Any:
        """The signatures of a version, as a message.

        Raises:
            ServingError: there is no such version, or other fields than its signatures are asked for.
        """
        if not fields:
            raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
        for field in fields:
            if field != SIGNATURES:
                raise invalid(f"Metadata field {field} is not supported")
        found = self.models.find(spec)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        for name, definition in found.servable.signatures.items():
            signatures.signature_def[name].CopyFrom(definition)
        answer = get_model_metadata_pb2.GetModelMetadataResponse()
        answer.model_spec.name, answer.model_spec.version.value = spec.name, found.version
        answer.metadata[SIGNATURES].Pack(signatures)
        return answer


def _require_inputs(expected: set[str], given: set[str]) -> None:
    if expected == given:
        return
    if len(expected) == len(given):
        (first, *_) = sorted(expected - given)
        raise invalid(f"Request inputs do not match required inputs for model: missing {first}")
    raise invalid(
        f"input size does not match signature: {len(given)}!={len(expected)} "
        f"len({{{_listed(given)}}}) != len({{{_listed(expected)}}}). "
        f"Sent extra: {{{_listed(given - expected)}}}. Missing but required: {{{_listed(expected - given)}}}."
    )


def _require_outputs(expected: set[str], wanted: Sequence[str]) -> None:
    for name in wanted:
        if name not in expected:
            raise invalid(
                f"output tensor alias not found in signature: {name} "
                f"Outputs expected to be in the set {{{_listed(expected)}}}."
            )
    if len(set(wanted)) != len(wanted):
        raise invalid(f"duplicate output tensor alias: {next(name for name in wanted if wanted.count(name) > 1)}")


def _listed(names: set[str]) -> str:
    return ",".join(sorted(names))
