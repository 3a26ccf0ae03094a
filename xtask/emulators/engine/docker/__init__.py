"""A container engine that runs nothing, under the name of the package that ministack imports.

With this folder's parent on PYTHONPATH, ministack takes its asynchronous ECS path (rollouts, circuit breaker,
stopped tasks with reasons, registered targets) without any engine on the machine. What a container does is
written in its image's name, anywhere in repository or tag:

    nopull    the image cannot be pulled
    crash     the container starts and leaves with code 1
    oneshot   the container starts and leaves with code 0
    slow      the container takes SLOW_SECONDS to start
    newrole   the container takes NEW_ROLE_SECONDS to start, and ECS says that it cannot assume the role yet
    nospace   the container takes SLOW_SECONDS to start, and ECS says that it has no room for the task
    lingers   the container takes LINGER_SECONDS to stop
    (other)   the container takes START_SECONDS to start, stays up, and takes STOP_SECONDS to stop

To add an outcome, add a line to OUTCOMES.
"""

import hashlib
import itertools
import os
import secrets
import sys
import threading
import time
from dataclasses import dataclass

from . import errors

START_SECONDS = float(os.environ.get("ENGINE_START_SECONDS", "0.1"))
SLOW_SECONDS = float(os.environ.get("ENGINE_SLOW_SECONDS", "12"))
# How long ministack watches a started task before it calls the rollout stable.
STEADY_SECONDS = os.environ.get("ENGINE_STEADY_SECONDS")
# As long as it takes to settle.
STOP_SECONDS = float(STEADY_SECONDS or "0.3")
NEW_ROLE_SECONDS = 5.0
LINGER_SECONDS = 8.0


@dataclass(frozen=True)
class Outcome:
    start_seconds: float = START_SECONDS
    pulls: bool = True
    # (seconds after the start, exit code); None stays up.
    leaves: tuple | None = None
    # What an event of its service says before it starts.
    trouble: str | None = None
    stop_seconds: float = STOP_SECONDS


OUTCOMES = {
    "nopull": Outcome(pulls=False),
    "crash": Outcome(leaves=(0.05, 1)),
    "oneshot": Outcome(leaves=(0.5, 0)),
    "slow": Outcome(start_seconds=SLOW_SECONDS),
    "newrole": Outcome(
        start_seconds=NEW_ROLE_SECONDS,
        trouble="failed to launch a task with (error ECS was unable to assume the role '{role}' that was provided for "
        "this task. Please verify that the role being passed has the proper trust relationship and permissions and "
        "that your IAM user has permissions to pass this role.).",
    ),
    "nospace": Outcome(
        start_seconds=SLOW_SECONDS,
        trouble="was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or "
        "in a different availability zone.",
    ),
    "lingers": Outcome(stop_seconds=LINGER_SECONDS),
}

# ministack asks for the digest of `repository:tag` and then runs `repository@digest`:
# this remembers which name the digest was made from, so that a word in the tag still counts.
_names_by_digest = {}


def _digest(name):
    digest = "sha256:" + hashlib.sha256(name.encode()).hexdigest()
    _names_by_digest.setdefault(digest, name)
    return digest


def outcome(image):
    """What becomes of a container with this image."""
    name = _names_by_digest.get(image.partition("@")[2], image)
    return next((found for word, found in OUTCOMES.items() if word in name), Outcome())


class Container:
    def __init__(self, image, name, labels, network, address):
        self.id = secrets.token_hex(32)
        self.image, self.name, self.labels = image, name, labels
        self._leaves = outcome(image).leaves
        self._born = time.monotonic()
        self._gone = threading.Event()
        self.attrs = {
            "NetworkSettings": {"Networks": {network or "bridge": {"IPAddress": address}}, "IPAddress": address, "Ports": {}},
            "State": {"Status": "running"},
            "Created": "2026-01-01T00:00:00Z",
        }

    @property
    def short_id(self):
        return self.id[:12]

    @property
    def status(self):
        return "exited" if self._gone.is_set() or self._has_left() else "running"

    def _has_left(self):
        return self._leaves is not None and time.monotonic() - self._born > self._leaves[0]

    def reload(self):
        pass

    def wait(self, **_):
        if self._leaves is None:
            self._gone.wait()
        else:
            self._gone.wait(max(0.0, self._leaves[0] - (time.monotonic() - self._born)))
        return {"StatusCode": self._leaves[1] if self._has_left() else 137}

    def logs(self, stream=False, **_):
        return iter(()) if stream else b""

    def stop(self, **_):
        self._gone.set()

    def kill(self, **_):
        self._gone.set()

    def remove(self, **_):
        self._gone.set()
        CONTAINERS.forget(self)

    def exec_run(self, *_, **__):
        return 0, b""


class Containers:
    def __init__(self):
        self._by_id = {}
        self._hosts = itertools.count(256)

    def run(self, image, name=None, labels=None, network=None, **_):
        time.sleep(outcome(image).start_seconds)
        host = next(self._hosts) % 65536
        container = Container(image, name, labels or {}, network, f"172.31.{host // 256}.{host % 256}")
        self._by_id[container.id] = container
        return container

    def get(self, wanted):
        found = self._by_id.get(wanted)
        if found is None:
            raise errors.NotFound(f"No such container: {wanted}")
        return found

    def list(self, all=False, **_):
        return [c for c in list(self._by_id.values()) if all or c.status == "running"]

    def forget(self, container):
        self._by_id.pop(container.id, None)


class Image:
    def __init__(self, name):
        self.id = name.partition("@")[2] or _digest(name)
        self.tags = [name]
        self.attrs = {"RepoDigests": []}

    def tag(self, *_, **__):
        return True


class Images:
    def pull(self, name, **_):
        if not outcome(name).pulls:
            raise errors.APIError(
                f"pull access denied for {name}, repository does not exist or may require authorization"
            )
        return Image(name)

    def get(self, name):
        if not outcome(name).pulls:
            raise errors.ImageNotFound(f"No such image: {name}")
        return Image(name)

    def get_registry_data(self, name, **_):
        if not outcome(name).pulls:
            raise errors.APIError("manifest unknown")
        return Image(name)

    def list(self, **_):
        return []


class Nothing:
    """Networks and volumes: there are none and none can be made."""

    def list(self, **_):
        return []

    def get(self, name, **_):
        raise errors.NotFound(name)

    def create(self, name="", **_):
        raise errors.APIError(f"{name} cannot be made: nothing runs here")


CONTAINERS = Containers()


class DockerClient:
    containers, images, networks, volumes = CONTAINERS, Images(), Nothing(), Nothing()

    def ping(self):
        return True

    def version(self):
        return {"Version": "nothing"}

    def info(self):
        return {}

    def close(self):
        pass


def from_env(**_):
    ecs = sys.modules.get("ministack.services.ecs")
    if STEADY_SECONDS and ecs:
        ecs._ECS_DEPLOYMENT_STEADY_DELAY = float(STEADY_SECONDS)
    return DockerClient()
