"""The real BentoML server in a process of its own, as tests and benchmarks start it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 180
BENTOML = str(Path(sys.executable).with_name("bentoml"))


@dataclass(frozen=True)
class Endpoint:
    """A running server. Each call opens a connection of its own, so that threads may share it."""

    port: int

    def post(self, path, content):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.call("POST", path, body)

    def get(self, path):
        return self.call("GET", path)

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8")
        finally:
            connection.close()


@contextmanager
def serving(data, source, folder):
    """The endpoint on what is served of a source in the folder `data`; log and BentoML's home go to
    `folder`."""
    log, port = folder / "log.txt", free_port()
    with log.open("w") as output:
        process = start(port, output, KEHU_DATA=str(data), KEHU_SOURCE=source)
        try:
            wait(process, port, log)
            yield Endpoint(port)
        finally:
            process.terminate()
            process.wait(30)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(port, output, *arguments, cwd=None, **variables):
    """`bentoml serve`, as its users type it. variables: of the environment besides ours."""
    command = [BENTOML, "serve", *arguments, "--host", "127.0.0.1"]
    home = Path(output.name).parent / "bentoml"
    own = {"BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True", **variables}
    return subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=cwd,
        env={**os.environ, **own},
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def wait(process, port, log):
    """Until the server is ready; its log is shown if it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if Endpoint(port).get("/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
