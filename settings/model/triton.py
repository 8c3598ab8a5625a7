"""Settings of a model that only Triton has.

Source: https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from settings.validation.issues import MISSING, Issue
from settings.validation.section import Section, WholeNumber
from settings.values.text import TensorName


class Backend(StrEnum):
    """Backends of Triton's images; the one for TensorFlow was removed after release 25.02."""

    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"
    PYTHON = "python"
    PYTORCH = "pytorch"
    TENSORRT = "tensorrt"


class DataType(StrEnum):
    """Element types of tensors, as spelled by clients."""

    BOOL = "BOOL"
    UINT8 = "UINT8"
    UINT16 = "UINT16"
    UINT32 = "UINT32"
    UINT64 = "UINT64"
    INT8 = "INT8"
    INT16 = "INT16"
    INT32 = "INT32"
    INT64 = "INT64"
    FP16 = "FP16"
    FP32 = "FP32"
    FP64 = "FP64"
    BF16 = "BF16"
    BYTES = "BYTES"


class Tensor(Section):
    """An input or output of a model."""

    name: TensorName
    """Name of the tensor, as in the model's file."""
    data_type: DataType
    """Element type."""
    dims: Annotated[tuple[Annotated[WholeNumber, Field(ge=-1, le=2**31 - 1)], ...], Field(min_length=1)]
    """Dimensions, -1 for any size; without the batch dimension if `batching` is set."""


class Triton(Section):
    """How Triton serves a model."""

    backend: Backend
    """Backend that the model's files are for."""
    inputs: tuple[Tensor, ...] = ()
    """Inputs, if the files do not define them (`pytorch`) or `warmup` is `required`."""
    outputs: tuple[Tensor, ...] = ()
    """Outputs, if the files do not define them (`pytorch`)."""

    def issues(self) -> Iterator[Issue]:
        """Check that inputs and outputs are set for PyTorch, whose files do not define them."""
        for key, tensors in (("inputs", self.inputs), ("outputs", self.outputs)):
            if self.backend is Backend.PYTORCH and not tensors:
                yield Issue(
                    path=(key,),
                    found=MISSING,
                    expected=f"the model's {key}, which a PyTorch file does not contain",
                    hint=f"such as {key}: [{{name: {key[:-1].upper()}__0, dataType: FP32, dims: [64]}}]",
                )
