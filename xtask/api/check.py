"""Asks the API all sorts of things, from its own document, and fails on a broken promise: check.py URL GANTRY_BINARY

Schemathesis makes up what fits the document and what does not. No answer may be a 5xx or look otherwise than the document
says. Ids of things that there are come from this script, which makes them as a program would. What schemathesis says last
is the line that `cargo xtask test` counts.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "demo"))
from program import Program  # noqa: E402

PASSWORD = "lift-that-container"
PATIENCE_SECONDS = 60
SCOPES = ["read", "request", "decide", "run", "audit"]


def main(url, binary):
    mark = secrets.token_hex(4)
    seed(binary, mark)
    asks, decides = (Maker(url, f"{name}-{mark}@example.com", PASSWORD, SCOPES) for name in ["asks", "decides"])
    done = asks.ask("made", mark)
    run = decides.approve(done)
    decides.until_ended(run)
    waiting = asks.ask("waiting", mark)
    stack = decides.get(f"/requests/{done}")["stack"]["id"]
    environment = decides.get("/environments")["items"][0]["id"]
    settings = {
        "GANTRY_TOKEN": decides.token,
        "GANTRY_REQUEST": waiting,
        "GANTRY_RUN": run,
        "GANTRY_STACK": stack,
        "GANTRY_ENVIRONMENT": environment,
    }
    schemathesis = Path(sys.executable).parent / "st"
    command = [schemathesis, "--config-file", HERE / "schemathesis.toml", "run", f"{url}/api/v1/openapi.json", *sys.argv[3:]]
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, env=os.environ | settings, cwd=folder).returncode


def seed(binary, mark):
    """A team with somebody who asks, and somebody who may see and decide everything."""

    def person(name, role, member):
        return {
            "name": f"{name} {mark}",
            "email": f"{name}-{mark}@example.com",
            "password": PASSWORD,
            "role": role,
            "teams": [{"team": f"api-{mark}", "role": member}],
        }

    people = [person("asks", None, "developer"), person("decides", "platform", "owner")]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"teams": [{"name": f"api-{mark}", "title": f"API {mark}"}], "people": people}, file)
        file.flush()
        subprocess.run([binary, "seed", file.name], check=True, stdout=subprocess.DEVNULL)


class Maker(Program):
    """Makes what the calls are about."""

    def ask(self, name, mark):
        return self.post("/requests", {
            "template": "fargate-cluster",
            "team": self.get("/me")["teams"][0]["id"],
            "environment": self.get("/environments")["items"][0]["id"],
            "stack_name": f"{name}-{mark}",
        })["id"]

    def approve(self, request):
        seal = self.get(f"/requests/{request}")["seal"]
        return self.post(f"/requests/{request}/decisions", {"verdict": "approve", "seal": seal})["run"]

    def until_ended(self, run):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (status := self.get(f"/runs/{run}")["status"]) != "succeeded":
            if time.monotonic() > deadline:
                raise SystemExit(f"{run} is {status} after {PATIENCE_SECONDS} s")
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
