"""Parse a configuration of a model with Triton's own message: ``parse_model_config.py < text``, JSON on stdout."""

import importlib
import sys

from google.protobuf import json_format, text_format

message = importlib.import_module("tritonclient.grpc.model_config_pb2").ModelConfig()
parsed = text_format.Parse(sys.stdin.read(), message)
sys.stdout.write(json_format.MessageToJson(parsed, preserving_proto_field_name=True))
