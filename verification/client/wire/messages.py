"""The messages of TensorFlow Serving's gRPC services and of the open inference protocol, as far as a client needs them.

TensorFlow Serving's package wants TensorFlow, and the packages without it were generated for a protobuf of years ago.
On the wire a message is its fields' numbers and types, which never change; so they are stated here, and protobuf makes
the classes. Enumerations are plain numbers. The tests hold them against the official package, and
those of the open inference protocol against Triton.

Sources: https://github.com/tensorflow/serving/tree/master/tensorflow_serving/apis (model, predict, get_model_metadata,
get_model_status) and https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core (tensor, tensor_shape,
meta_graph); https://github.com/kserve/open-inference-protocol (open_inference_grpc.proto).
"""

from typing import Any, TypeAlias

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Message: TypeAlias = Any
"""A message: its class is made when the program runs, so no type checker knows its fields."""

_PACKAGE = "verification"

# Name of the message → its fields: "[repeated|map] TYPE NAME NUMBER"; a map is one from strings.
_MESSAGES = {
    "Int64Value": ("int64 value 1",),
    "Any": ("string type_url 1", "bytes value 2"),
    "Dim": ("int64 size 1",),
    "TensorShape": ("repeated Dim dim 2", "bool unknown_rank 3"),
    "Tensor": (
        "int32 dtype 1",
        "TensorShape tensor_shape 2",
        "bytes tensor_content 4",
        "repeated float float_val 5",
        "repeated double double_val 6",
        "repeated int32 int_val 7",
        "repeated bytes string_val 8",
        "repeated int64 int64_val 10",
        "repeated bool bool_val 11",
        "repeated uint32 uint32_val 16",
        "repeated uint64 uint64_val 17",
    ),
    "ModelSpec": ("string name 1", "Int64Value version 2", "string signature_name 3"),
    "PredictRequest": ("ModelSpec model_spec 1", "map Tensor inputs 2"),
    "PredictResponse": ("map Tensor outputs 1", "ModelSpec model_spec 2"),
    "MetadataRequest": ("ModelSpec model_spec 1", "repeated string metadata_field 2"),
    "MetadataResponse": ("map Any metadata 2",),
    "SignatureDefMap": ("map SignatureDef signature_def 1",),
    "SignatureDef": ("map TensorInfo inputs 1", "map TensorInfo outputs 2"),
    "TensorInfo": ("int32 dtype 2", "TensorShape tensor_shape 3"),
    "StatusRequest": ("ModelSpec model_spec 1",),
    "StatusResponse": ("repeated VersionStatus model_version_status 1",),
    "VersionStatus": ("int64 version 1", "int32 state 2", "Status status 3"),
    "Status": ("int32 error_code 1", "string error_message 2"),
    "ModelReadyRequest": ("string name 1", "string version 2"),
    "ModelReadyResponse": ("bool ready 1",),
    "ModelMetadataRequest": ("string name 1", "string version 2"),
    "ModelMetadataResponse": (
        "repeated string versions 2",
        "repeated TensorMetadata inputs 4",
        "repeated TensorMetadata outputs 5",
    ),
    "TensorMetadata": ("string name 1", "string datatype 2", "repeated int64 shape 3"),
    "ModelInferRequest": (
        "string model_name 1",
        "string model_version 2",
        "repeated InferTensor inputs 5",
        "repeated bytes raw_input_contents 7",
    ),
    "ModelInferResponse": ("repeated InferTensor outputs 5", "repeated bytes raw_output_contents 6"),
    "InferTensor": ("string name 1", "string datatype 2", "repeated int64 shape 3", "InferContents contents 5"),
    "InferContents": (
        "repeated bool bool_contents 1",
        "repeated int32 int_contents 2",
        "repeated int64 int64_contents 3",
        "repeated uint32 uint_contents 4",
        "repeated uint64 uint64_contents 5",
        "repeated float fp32_contents 6",
        "repeated double fp64_contents 7",
        "repeated bytes bytes_contents 8",
    ),
}

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bool": _Field.TYPE_BOOL,
    "bytes": _Field.TYPE_BYTES,
    "double": _Field.TYPE_DOUBLE,
    "float": _Field.TYPE_FLOAT,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "string": _Field.TYPE_STRING,
    "uint32": _Field.TYPE_UINT32,
    "uint64": _Field.TYPE_UINT64,
}


def _add_field(message: descriptor_pb2.DescriptorProto, text: str) -> None:
    *label, kind, name, number = text.split()
    if label == ["map"]:
        entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        _add_field(entry, "string key 1")
        _add_field(entry, f"{kind} value 2")
        kind = f"{message.name}.{entry.name}"
    field = message.field.add(name=name, number=int(number))
    field.label = _Field.LABEL_REPEATED if label else _Field.LABEL_OPTIONAL
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type, field.type_name = _Field.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in fields:
            _add_field(message, field)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


MESSAGES = _classes()
"""The class of each message, by its name."""
