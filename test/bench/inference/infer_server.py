"""ModelInfer as a Python server would do it: grpcio and onnxruntime, a run per request. For comparison only.

    python infer_server.py BUNDLE PROTO_FOLDER sync|aio|empty-sync|empty-aio

Prints the port, then serves until its standard input ends. Answers ServerMetadata with its CPU seconds as `version`.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import numpy as np
import onnxruntime
from grpc_tools import protoc

TYPES = {"FP32": np.float32, "INT32": np.int32}
NAMES = {"float32": "FP32", "int32": "INT32"}


def stubs(proto_folder: str):
    """Generated messages and service."""
    folder = tempfile.mkdtemp(prefix="twinward-bench-")
    arguments = [f"-I{proto_folder}/inference", f"--python_out={folder}", f"--grpc_python_out={folder}"]
    if protoc.main(["protoc", *arguments, "grpc_service.proto"]) != 0:
        raise RuntimeError("protoc failed")
    sys.path.insert(0, folder)
    return importlib.import_module("grpc_service_pb2"), importlib.import_module("grpc_service_pb2_grpc")


class Model:
    """The step graph on one thread."""

    def __init__(self, bundle: Path, messages: object) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        graph = str(bundle / "member-0/step.onnx")
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._messages = messages

    def infer(self, request):
        """One run."""
        feeds = {
            tensor.name: np.frombuffer(raw, TYPES[tensor.datatype]).reshape(tensor.shape)
            for tensor, raw in zip(request.inputs, request.raw_input_contents, strict=True)
        }
        names = [output.name for output in request.outputs] or [o.name for o in self._session.get_outputs()]
        arrays = self._session.run(names, feeds)
        response = self._messages.ModelInferResponse(model_name=request.model_name, id=request.id)
        for name, array in zip(names, arrays, strict=True):
            response.outputs.add(name=name, datatype=NAMES[str(array.dtype)], shape=array.shape)
            response.raw_output_contents.append(array.tobytes())
        return response


class EmptyModel:
    """Computes nothing: what is left of a call is the transport."""

    def __init__(self, messages: object) -> None:
        self._response = messages.ModelInferResponse(raw_output_contents=[bytes(400)])

    def infer(self, request):  # noqa: ARG002
        """The same answer to all."""
        return self._response


def serve_sync(model: Model, messages, services) -> None:
    """A thread pool of four."""

    class Service(services.GRPCInferenceServiceServicer):
        def ModelInfer(self, request, context):  # noqa: N802
            return model.infer(request)

        def ServerMetadata(self, request, context):  # noqa: N802
            return messages.ServerMetadataResponse(version=str(time.process_time()))

    server = grpc.server(ThreadPoolExecutor(4))
    services.add_GRPCInferenceServiceServicer_to_server(Service(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(0)


async def serve_aio(model: Model, messages, services) -> None:
    """An event loop, runs on it."""

    class Service(services.GRPCInferenceServiceServicer):
        async def ModelInfer(self, request, context):  # noqa: N802
            return model.infer(request)

        async def ServerMetadata(self, request, context):  # noqa: N802
            return messages.ServerMetadataResponse(version=str(time.process_time()))

    server = grpc.aio.server()
    services.add_GRPCInferenceServiceServicer_to_server(Service(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    await server.start()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()
    await server.stop(0)


def main() -> None:
    """Command line."""
    messages, services = stubs(sys.argv[2])
    kind = sys.argv[3]
    model = EmptyModel(messages) if kind.startswith("empty-") else Model(Path(sys.argv[1]), messages)
    if kind.endswith("sync"):
        serve_sync(model, messages, services)
    else:
        asyncio.run(serve_aio(model, messages, services))


if __name__ == "__main__":
    main()
