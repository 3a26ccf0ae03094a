"""One loopback address that answers as AWS for the demo and the tests.

Behind it run two emulators, which this process starts and ends: ministack for nearly everything and moto for
what ministack lacks (SERVICES_OF_MOTO). A request goes to the one or the other by the service named in the
credential scope of its signature. moto refuses to scale an ECS service that it does not know, so it
is told of what ministack has (Mirror); tags of scalable targets are kept here (ScalableTargetTags).

    front.py [--port N] [--account 123456789012]

Prints one line of JSON, {"url": ...}, when both answer. Ends, with both emulators, on SIGTERM, SIGINT, when its
parent dies, or when standard input closes. POST /_emulator/reset empties both.
"""

import argparse
import ctypes
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LOOPBACK = "127.0.0.1"
SERVICES_OF_MOTO = {"application-autoscaling"}
# Headers that belong to one connection, not to the message.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
# The task definition that every mirrored service runs: moto only has to know that the service exists.
MIRROR_FAMILY = "mirror"
HERE = Path(__file__).resolve().parent


def end_with_parent():
    """Ask Linux to send SIGTERM when the parent dies; elsewhere standard input is the only leash."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def wait_for_end_of_input():
    # Not sys.stdin: a thread inside its lock would keep the interpreter from leaving.
    while os.read(0, 1024):
        pass


class Emulator:
    """A child process that speaks AWS on a loopback port of its own."""

    def __init__(self, name, reset_path, command, environment):
        self.name, self.reset_path = name, reset_path
        self.port = free_port()
        self.log = tempfile.NamedTemporaryFile(prefix=f"{name}-", suffix=".log", delete=True)
        words = [word.format(port=self.port) for word in command]
        extra = {key: value.format(port=self.port) for key, value in environment.items()}
        self.process = subprocess.Popen(
            words,
            env={**os.environ, **extra},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent,
            start_new_session=True,
        )

    def call(self, method, path, headers, body):
        """One request on a connection of its own: a kept one may close under a request that must not be sent twice.

        The emulator is told so: one that waits for more slows it down.
        """
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=120)
        try:
            connection.request(method, path, body=body, headers={**headers, "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def wait_until_it_answers(self, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.name} ended with code {self.process.returncode}:\n{self.tail()}")
            try:
                socket.create_connection((LOOPBACK, self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{self.name} did not answer within {seconds} s:\n{self.tail()}")

    def tail(self):
        return Path(self.log.name).read_text(errors="replace")[-4000:]

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def start_emulators(account):
    ministack = Emulator(
        "ministack",
        "/_ministack/reset",
        [sys.executable, str(HERE / "ministack_like_aws.py")],
        {
            "GATEWAY_PORT": "{port}",
            "BIND_HOST": LOOPBACK,
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_ACCOUNT_ID": account,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "PYTHONPATH": str(HERE / "engine"),
            "LOG_LEVEL": "WARNING",
        },
    )
    moto = Emulator(
        "moto",
        "/moto-api/reset",
        [sys.executable, "-c", "from moto.server import main; main()", "-H", LOOPBACK, "-p", "{port}"],
        {"MOTO_ACCOUNT_ID": account},
    )
    for emulator in (ministack, moto):
        emulator.wait_until_it_answers()
    return ministack, moto


CREDENTIAL_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")


def service_of(headers):
    found = CREDENTIAL_SCOPE.search(headers.get("Authorization", ""))
    return found.group(2) if found else None


class Mirror:
    """Application Auto Scaling scales a service that ECS has. moto has its own ECS, so the service is looked up where it
    really is, in ministack, at the moment it is needed, and moto is told of it."""

    def __init__(self, ministack, moto):
        self.ministack, self.moto = ministack, moto
        self.told = set()
        self.lock = threading.Lock()

    def forget(self):
        self.told.clear()

    def lets_pass(self, operation, headers, asked):
        """Whether what is to be scaled is there, as AWS asks when a target is registered."""
        kind, _, service = (asked.get("ResourceId") or "").partition("/")
        if operation != "RegisterScalableTarget" or kind != "service" or service.count("/") != 1:
            return True
        cluster, name = service.split("/")
        with self.lock:
            found = self.call(self.ministack, headers, "DescribeServices", {"cluster": cluster, "services": [name]})
            if not any(each["status"] != "INACTIVE" for each in found.get("services", [])):
                return False
            region = (CREDENTIAL_SCOPE.search(headers.get("Authorization", "")) or ["", "us-east-1"])[1]
            if (region, service) not in self.told:
                self.call(self.moto, headers, "RegisterTaskDefinition", {
                    "family": MIRROR_FAMILY,
                    "containerDefinitions": [{"name": "mirror", "image": "mirror", "memory": 128}],
                })
                self.call(self.moto, headers, "CreateCluster", {"clusterName": cluster})
                if self.call(self.moto, headers, "CreateService", {
                    "cluster": cluster, "serviceName": name, "taskDefinition": MIRROR_FAMILY, "desiredCount": 0,
                }):
                    self.told.add((region, service))
        return True

    def call(self, emulator, original, operation, asked):
        body = json.dumps(asked).encode()
        status, _, answer = emulator.call("POST", "/", {
            # Both find the service in the scope of the signature, and neither verifies the signature.
            "Authorization": original.get("Authorization", "").replace("/application-autoscaling/", "/ecs/"),
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AmazonEC2ContainerServiceV20141113.{operation}",
            "Content-Length": str(len(body)),
        }, body)
        if status >= 300:
            print(f"{operation} {asked} at {emulator.name}: {status} {answer[:300]!r}", file=sys.stderr, flush=True)
            return {}
        return json.loads(answer)


class ScalableTargetTags:
    """The tag operations of Application Auto Scaling, which moto does not have."""

    def __init__(self):
        self.by_arn = {}

    def forget(self):
        self.by_arn.clear()

    def answers(self, operation):
        return operation in ("ListTagsForResource", "TagResource", "UntagResource")

    def answer(self, operation, asked):
        tags = self.by_arn.setdefault(asked.get("ResourceARN"), {})
        if operation == "ListTagsForResource":
            return {"Tags": tags}
        if operation == "TagResource":
            tags.update(asked.get("Tags") or {})
        else:
            for key in asked.get("TagKeys") or []:
                tags.pop(key, None)
        return {}

    def see(self, operation, asked, answer):
        if operation == "RegisterScalableTarget" and asked.get("Tags"):
            arn = json.loads(answer).get("ScalableTargetARN")
            self.by_arn.setdefault(arn, {}).update(asked["Tags"])


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes: without this each answer would wait for a delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1

    ministack = moto = mirror = tags = None

    def answer(self):
        body = self.read_body()
        if body is None:
            return
        if self.path == "/_emulator/reset":
            self.reset()
            return
        service = service_of(self.headers)
        emulator = self.moto if service in SERVICES_OF_MOTO else self.ministack
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if service == "application-autoscaling" and self.tags.answers(operation):
            answer = json.dumps(self.tags.answer(operation, json.loads(body))).encode()
            self.reply(200, [("Content-Type", "application/x-amz-json-1.1")], answer)
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        try:
            if service == "application-autoscaling" and not self.mirror.lets_pass(operation, self.headers, json.loads(body)):
                message = f"ECS service doesn't exist: {json.loads(body)['ResourceId']}"
                answer = json.dumps({"__type": "ValidationException", "message": message}).encode()
                self.reply(400, [("Content-Type", "application/x-amz-json-1.1")], answer)
                return
            status, answer_headers, answer = emulator.call(self.command, self.path, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self.reply(502, [("Content-Type", "text/plain")], f"{emulator.name}: {error}\n".encode())
            return
        if service == "application-autoscaling" and status < 300:
            self.tags.see(operation, json.loads(body), answer)
        self.reply(status, answer_headers, answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = answer

    def read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            # No client of these services sends this; refusing is better than losing the place in the stream.
            self.close_connection = True
            self.reply(411, [("Content-Type", "text/plain")], b"send a Content-Length\n")
            return None
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reset(self):
        if self.command != "POST":
            self.reply(405, [("Allow", "POST")], b"")
            return
        self.mirror.forget()
        self.tags.forget()
        for emulator in (self.ministack, self.moto):
            status, _, answer = emulator.call("POST", emulator.reset_path, {"Content-Length": "0"}, b"")
            if status >= 300:
                self.reply(502, [("Content-Type", "text/plain")], emulator.name.encode() + b": " + answer)
                return
        self.reply(200, [("Content-Type", "text/plain")], b"reset\n")

    def reply(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--account", default="123456789012")
    arguments = arguments.parse_args()

    end_with_parent()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=lambda: (wait_for_end_of_input(), ended.set()), daemon=True).start()

    # The port is taken first: "address in use" is then said before anything else is started.
    server = Server((LOOPBACK, arguments.port), Front)
    ministack, moto = start_emulators(arguments.account)
    Front.ministack, Front.moto, Front.mirror, Front.tags = ministack, moto, Mirror(ministack, moto), ScalableTargetTags()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"url": f"http://{LOOPBACK}:{server.server_port}"}), flush=True)

    while not ended.wait(0.5):
        for emulator in (ministack, moto):
            if emulator.process.poll() is not None:
                print(f"{emulator.name} ended with code {emulator.process.returncode}:\n{emulator.tail()}", file=sys.stderr)
                ended.set()
    server.shutdown()
    for emulator in (ministack, moto):
        emulator.end()


if __name__ == "__main__":
    main()
