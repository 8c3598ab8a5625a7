"""A ModelInferResponse in Triton's own messages, in hex; its outputs come as JSON from standard input."""

import importlib
import json
import sys

messages = importlib.import_module("tritonclient.grpc.service_pb2")
answer = messages.ModelInferResponse(model_name="digits", model_version="7", id="1")
for tensor in json.load(sys.stdin):
    output = answer.outputs.add(name=tensor["name"], datatype=tensor["datatype"], shape=[len(tensor["values"])])
    values = [value.encode() if isinstance(value, str) else value for value in tensor["values"]]
    getattr(output.contents, tensor["field"]).extend(values)
sys.stdout.write(answer.SerializeToString().hex())
