"""Ask Triton over gRPC with its own client: ``triton_predict.py ADDRESS MODEL VERSION < {input: rows}``, JSON out."""

import importlib
import json
import sys

numpy = importlib.import_module("numpy")
grpc = importlib.import_module("tritonclient.grpc")
address, model, version = sys.argv[1:]
inputs = []
for name, rows in json.load(sys.stdin).items():
    array = numpy.array(rows, dtype=numpy.float32)
    inputs.append(grpc.InferInput(name, list(array.shape), "FP32"))
    inputs[-1].set_data_from_numpy(array)
with grpc.InferenceServerClient(address) as client:
    result = client.infer(model, inputs, model_version=version)
outputs = {output.name: result.as_numpy(output.name).tolist() for output in result.get_response().outputs}
sys.stdout.write(json.dumps(outputs))
