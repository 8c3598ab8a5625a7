"""Parse a text-proto file with TensorFlow Serving's own message: ``parse.py MODULE MESSAGE < text``, JSON on stdout."""

import importlib
import sys

from google.protobuf import json_format, text_format

module, message = sys.argv[1:]
parsed = text_format.Parse(sys.stdin.read(), getattr(importlib.import_module(module), message)())
sys.stdout.write(json_format.MessageToJson(parsed, preserving_proto_field_name=True))
