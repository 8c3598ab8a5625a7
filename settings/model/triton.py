"""What only Triton wants to know of a model.

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
    """Backends of Triton's images; that for TensorFlow is gone after release 25.02."""

    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"
    PYTHON = "python"
    PYTORCH = "pytorch"
    TENSORRT = "tensorrt"


class DataType(StrEnum):
    """Types of the elements of a tensor, as clients name them."""

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
    """Name, as clients and the model's file say it."""
    data_type: DataType
    """Type of the elements."""
    dims: Annotated[tuple[Annotated[WholeNumber, Field(ge=-1, le=2**31 - 1)], ...], Field(min_length=1)]
    """Dimensions, -1 for one of any size; with `batching` without that of the batch."""


class Triton(Section):
    """How Triton serves a model."""

    backend: Backend
    """Backend that the files of the model are made for."""
    inputs: tuple[Tensor, ...] = ()
    """Inputs, where the files do not say them (`pytorch`) or where `warmup` is `required`."""
    outputs: tuple[Tensor, ...] = ()
    """Outputs, where the files do not say them (`pytorch`)."""

    def issues(self) -> Iterator[Issue]:
        """A PyTorch file does not say what goes in and out."""
        for key, tensors in (("inputs", self.inputs), ("outputs", self.outputs)):
            if self.backend is Backend.PYTORCH and not tensors:
                yield Issue(
                    path=(key,),
                    found=MISSING,
                    expected=f"the model's {key}, which no PyTorch file says",
                    hint=f"such as {key}: [{{name: {key[:-1].upper()}__0, dataType: FP32, dims: [64]}}]",
                )
