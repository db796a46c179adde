"""Calls a server with tritonclient, as a user of Triton does.

    python triton_client.py ADDRESS GOLDEN.json

Prints one JSON line per check: {"name", "error"}; error is null when it holds.
"""

from __future__ import annotations

import base64
import json
import queue
import sys
from pathlib import Path

import numpy as np
import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException


def main() -> None:
    """Command line."""
    golden = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))["step"]
    client = triton.InferenceServerClient(sys.argv[1])

    def array(name: str, part: str = "inputs") -> np.ndarray:
        packed = golden[part][name]
        kind = np.int32 if packed["type"] == "int32" else np.float32
        return np.frombuffer(base64.b64decode(packed["data"]), kind).reshape(packed["shape"])

    def inputs() -> list[triton.InferInput]:
        made = []
        for name in golden["inputs"]:
            tensor = triton.InferInput(name, list(golden["inputs"][name]["shape"]), "FP32")
            tensor.set_data_from_numpy(array(name))
            made.append(tensor)
        return made

    def health() -> None:
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("trajectory")
        assert not client.is_model_ready("other")

    def metadata() -> None:
        server = client.get_server_metadata(as_json=True)
        assert "model_configuration" in server["extensions"], server
        model = client.get_model_metadata("trajectory", as_json=True)
        assert model["platform"] == "onnx_onnxv1", model
        config = client.get_model_config("trajectory", as_json=True)["config"]
        assert {tensor["name"] for tensor in config["input"]} == set(golden["inputs"])

    def infer() -> None:
        asked = [triton.InferRequestedOutput(name) for name in ("event", "dt_out", "cum")]
        answer = client.infer("trajectory", inputs(), outputs=asked, request_id="one")
        assert np.array_equal(answer.as_numpy("event"), array("event", "outputs"))
        for name in ("dt_out", "cum"):
            np.testing.assert_allclose(answer.as_numpy(name), array(name, "outputs"), rtol=1e-4, atol=1e-6)
        assert answer.as_numpy("h_out") is None

    def asynchronous() -> None:
        answers: queue.Queue = queue.Queue()
        for _ in range(32):
            client.async_infer("trajectory", inputs(), lambda result, error: answers.put((result, error)))
        got = [answers.get(timeout=20) for _ in range(32)]
        assert all(error is None for _, error in got), got
        same = {result.as_numpy("cum").tobytes() for result, _ in got}
        assert len(same) == 1, "a row has other bits in another batch"

    def streaming() -> None:
        answers: queue.Queue = queue.Queue()
        client.start_stream(callback=lambda result, error: answers.put((result, error)))
        for at in range(16):
            client.async_stream_infer("trajectory" if at != 5 else "other", inputs(), request_id=str(at))
        got = [answers.get(timeout=20) for _ in range(16)]
        client.stop_stream()
        assert [error is not None for _, error in got] == [at == 5 for at in range(16)]
        good = [result.get_response().id for result, error in got if error is None]
        assert good == [str(at) for at in range(16) if at != 5], good

    def statistics() -> None:
        stats = client.get_inference_statistics("trajectory", as_json=True)["model_stats"][0]
        assert int(stats["execution_count"]) <= int(stats["inference_stats"]["success"]["count"]), stats

    def repository() -> None:
        index = client.get_model_repository_index(as_json=True)["models"]
        assert [(model["name"], model["state"]) for model in index] == [("trajectory", "READY")], index

    def errors() -> None:
        for call in (
            lambda: client.infer("other", inputs()),
            lambda: client.infer("trajectory", inputs()[:3]),
            lambda: client.load_model("trajectory"),
        ):
            try:
                call()
            except InferenceServerException as error:
                assert error.status().startswith("StatusCode."), error
                continue
            raise AssertionError("the call was answered")

    checks = [
        ("health", health), ("metadata and configuration", metadata), ("a call", infer),
        ("32 calls at once", asynchronous), ("a stream", streaming), ("statistics", statistics),
        ("the repository", repository), ("errors", errors),
    ]  # fmt: skip
    for name, check in checks:
        try:
            check()
            error = None
        except Exception as caught:
            error = f"{type(caught).__name__}: {caught}"
        print(json.dumps({"name": name, "error": error}), flush=True)
    client.close()


if __name__ == "__main__":
    main()
