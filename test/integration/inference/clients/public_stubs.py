"""Calls a server with stubs that grpcio-tools generates from the public protocol, as tritonclient ships it.

    python public_stubs.py ADDRESS GOLDEN.json OUR_PROTO_FOLDER

Prints one JSON line per check: {"name", "error"}; error is null when it holds. Exits 0 when all checks were made.
"""

from __future__ import annotations

import base64
import importlib
import json
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FileDescriptor
from grpc_tools import protoc
from tritonclient.grpc import service_pb2 as public


def descriptor_set(file: FileDescriptor) -> descriptor_pb2.FileDescriptorSet:
    """A file and everything that it imports, imports first."""
    found: dict[str, FileDescriptor] = {}

    def visit(one: FileDescriptor) -> None:
        for dependency in one.dependencies:
            visit(dependency)
        found.setdefault(one.name, one)

    visit(file)
    result = descriptor_pb2.FileDescriptorSet()
    for one in found.values():
        one.CopyToProto(result.file.add())
    return result


def generate(folder: Path) -> None:
    """Writes Python stubs of the public protocol, under a package of another name than tritonclient's."""
    files = descriptor_set(public.DESCRIPTOR)
    (folder / "public.bin").write_bytes(files.SerializeToString())
    outputs = [f"--python_out={folder}", f"--grpc_python_out={folder}"]
    source = f"--descriptor_set_in={folder / 'public.bin'}"
    if protoc.main(["protoc", source, *outputs, *(file.name for file in files.file)]) != 0:
        raise RuntimeError("protoc failed")


def our_descriptor(proto_folder: Path, folder: Path) -> descriptor_pb2.FileDescriptorSet:
    """The server's own proto file, compiled."""
    out = folder / "ours.bin"
    code = protoc.main(["protoc", f"-I{proto_folder}", f"--descriptor_set_out={out}", "inference/grpc_service.proto"])
    if code != 0:
        raise RuntimeError("protoc failed")
    return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


KNOWN_ADDITIONS = {("ModelMetadataResponse", "properties")}
"""Fields of the Open Inference Protocol that Triton's form of it lacks."""


def differences(ours: descriptor_pb2.FileDescriptorSet) -> Iterator[str]:
    """Where our file says something else than the public one."""
    published = descriptor_set(public.DESCRIPTOR)
    messages = {m.name: m for file in published.file for m in file.message_type}
    methods = {m.name: m for file in published.file for s in file.service for m in s.method}
    for message in (m for file in ours.file for m in file.message_type):
        yield from message_differences(message, messages.get(message.name), message.name)
    for method in (m for file in ours.file for s in file.service for m in s.method):
        theirs = methods.get(method.name)
        same = theirs is not None and all(
            getattr(theirs, name) == getattr(method, name)
            for name in ("input_type", "output_type", "client_streaming", "server_streaming")
        )
        if not same:
            yield f"method {method.name}"


def message_differences(
    ours: descriptor_pb2.DescriptorProto, theirs: descriptor_pb2.DescriptorProto | None, path: str
) -> Iterator[str]:
    """Where one message differs, nested ones included."""
    if theirs is None:
        yield f"message {path} is not public"
        return
    fields = {f.name: f for f in theirs.field}
    for field in ours.field:
        if (path, field.name) in KNOWN_ADDITIONS:
            continue
        other = fields.get(field.name)
        if other is None or (other.number, other.type, other.label, other.type_name) != (
            field.number, field.type, field.label, field.type_name,
        ):  # fmt: skip
            yield f"field {path}.{field.name}"
    nested = {n.name: n for n in theirs.nested_type}
    for message in ours.nested_type:
        if (path, message.name.removesuffix("Entry").lower()) not in KNOWN_ADDITIONS:
            yield from message_differences(message, nested.get(message.name), f"{path}.{message.name}")


def main() -> None:
    """Command line."""
    address, golden_file, proto_folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    golden = json.loads(golden_file.read_text(encoding="utf-8"))["step"]
    folder = Path(tempfile.mkdtemp(prefix="twinward-stubs-"))
    generate(folder)
    ours = our_descriptor(proto_folder, folder)
    # tritonclient registered files of the same names; the generated ones describe the same and are taken as equal.
    sys.path.insert(0, str(folder))
    messages = importlib.import_module("grpc_service_pb2")
    stubs = importlib.import_module("grpc_service_pb2_grpc")
    with grpc.insecure_channel(address) as channel:
        run(stubs.GRPCInferenceServiceStub(channel), messages, golden, ours)


def run(stub, messages, golden: dict, ours: descriptor_pb2.FileDescriptorSet) -> None:
    """Makes every check."""

    def request(**changes):
        names = list(golden["inputs"])
        fields = {"model_name": "trajectory", "id": "7", **changes}
        raw = [base64.b64decode(golden["inputs"][name]["data"]) for name in names]
        inputs = [{"name": name, "datatype": "FP32", "shape": golden["inputs"][name]["shape"]} for name in names]
        return messages.ModelInferRequest(inputs=inputs, raw_input_contents=raw, **fields)

    def refused(call: Callable[[], object], code: grpc.StatusCode, reason: str) -> None:
        try:
            call()
        except grpc.RpcError as error:
            trailers = dict(error.trailing_metadata() or ())
            assert (error.code(), trailers.get("twinward-reason")) == (code, reason), (error.code(), trailers)
            return
        raise AssertionError("the call was answered")

    def live() -> None:
        assert stub.ServerLive(messages.ServerLiveRequest()).live
        assert stub.ServerReady(messages.ServerReadyRequest()).ready
        assert stub.ModelReady(messages.ModelReadyRequest(name="trajectory")).ready

    def same_protocol() -> None:
        found = list(differences(ours))
        assert not found, found

    def infers() -> None:
        answer = stub.ModelInfer(request(), timeout=10)
        event = [output.name for output in answer.outputs].index("event")
        rows = golden["inputs"]["age"]["shape"][0]
        found = struct.unpack(f"<{rows}i", answer.raw_output_contents[event])
        wanted = struct.unpack(f"<{rows}i", base64.b64decode(golden["outputs"]["event"]["data"]))
        assert (answer.id, found) == ("7", wanted)

    def streams() -> None:
        calls = [request(id=str(at), **({"model_name": "other"} if at == 3 else {})) for at in range(8)]
        answers = list(stub.ModelStreamInfer(iter(calls), timeout=20))
        assert [answer.infer_response.id for answer in answers] == [str(at) for at in range(8)]
        assert [bool(answer.error_message) for answer in answers] == [at == 3 for at in range(8)]
        assert len(answers[7].infer_response.raw_output_contents) == 6

    def strict_stream() -> None:
        calls = iter([request(model_name="other")])
        metadata = (("triton_grpc_error", "true"),)
        refused(lambda: list(stub.ModelStreamInfer(calls, metadata=metadata, timeout=20)),
                grpc.StatusCode.NOT_FOUND, "MODEL_UNKNOWN")  # fmt: skip

    def configuration() -> None:
        config = stub.ModelConfig(messages.ModelConfigRequest(name="trajectory")).config
        age = next(tensor for tensor in config.input if tensor.name == "age")
        assert (config.max_batch_size, list(age.dims), age.data_type) == (0, [-1, 1], 11), config
        assert config.backend == "onnxruntime" and not config.model_transaction_policy.decoupled
        assert len(config.parameters["bundleDigest"].string_value) == 64

    def statistics() -> None:
        ask = messages.ModelStatisticsRequest(name="trajectory")
        before = stub.ModelStatistics(ask).model_stats[0]
        stub.ModelInfer(request(), timeout=10)
        refused(lambda: stub.ModelInfer(request(model_name="other"), timeout=10),
                grpc.StatusCode.NOT_FOUND, "MODEL_UNKNOWN")  # fmt: skip
        after = stub.ModelStatistics(ask).model_stats[0]
        rows = golden["inputs"]["age"]["shape"][0]
        gained = after.inference_stats
        assert after.inference_count - before.inference_count == rows
        assert after.execution_count - before.execution_count == 1
        assert gained.success.count - before.inference_stats.success.count == 1
        assert gained.fail.count - before.inference_stats.fail.count == 1
        assert 0 < gained.compute_infer.ns <= gained.success.ns
        assert sum(batch.compute_infer.count for batch in after.batch_stats) == after.execution_count

    def index() -> None:
        models = stub.RepositoryIndex(messages.RepositoryIndexRequest(ready=True)).models
        assert [(model.name, model.state) for model in models] == [("trajectory", "READY")], models

    def fixed() -> None:
        ask = messages.RepositoryModelLoadRequest(model_name="trajectory")
        refused(lambda: stub.RepositoryModelLoad(ask), grpc.StatusCode.UNIMPLEMENTED, "MODEL_FIXED")

    def unknown() -> None:
        for call in (
            lambda: stub.ModelMetadata(messages.ModelMetadataRequest(name="other")),
            lambda: stub.ModelConfig(messages.ModelConfigRequest(name="trajectory", version="99")),
            lambda: stub.ModelStatistics(messages.ModelStatisticsRequest(name="other")),
        ):
            refused(call, grpc.StatusCode.NOT_FOUND, "MODEL_UNKNOWN")

    def bad_tensors() -> None:
        short = request()
        short.raw_input_contents[0] = b"1234"
        refused(lambda: stub.ModelInfer(short), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_TENSOR")

    def late() -> None:
        late_request = request()
        late_request.parameters["timeout"].int64_param = 1
        refused(lambda: stub.ModelInfer(late_request), grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXPIRED")

    def absent() -> None:
        try:
            stub.SystemSharedMemoryStatus(messages.SystemSharedMemoryStatusRequest())
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNIMPLEMENTED
            return
        raise AssertionError("the call was answered")

    for name, check in [
        ("says that it lives and is ready", live),
        ("has names, numbers and types of the public protocol", same_protocol),
        ("answers ModelInfer", infers),
        ("answers a stream in order, errors in-band", streams),
        ("ends a stream with a status when asked to", strict_stream),
        ("answers ModelConfig", configuration),
        ("answers ModelStatistics, which count calls, rows and runs", statistics),
        ("answers RepositoryIndex", index),
        ("refuses to load a model", fixed),
        ("does not know other models and versions", unknown),
        ("refuses tensors of another size", bad_tensors),
        ("does not compute what is too late", late),
        ("has no shared memory", absent),
    ]:
        try:
            check()
            error = None
        except Exception as caught:
            error = f"{type(caught).__name__}: {caught}"
        print(json.dumps({"name": name, "error": error}), flush=True)


if __name__ == "__main__":
    main()
