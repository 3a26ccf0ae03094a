"""Looks at the demo once its story has been told, and fails when a scene is missing: scenes.py URL

What it says last is the line that `cargo xtask test` counts.
"""

import sys

from program import Program
from story import PASSWORD


class Demo:
    """Everything that there is, as somebody of the platform team sees it."""

    def __init__(self, url):
        self.get = Program(url, "priya@example.com", PASSWORD, ["read"]).get
        self.stacks = {stack["name"]: stack for stack in self.get("/stacks?limit=200")["items"]}
        self.requests = self.get("/requests?limit=200")["items"]

    def request(self, stack, **wanted):
        """The newest request about a stack that is like this."""
        return self.get("/requests/" + next(
            one["id"] for one in self.requests
            if one["stack"]["name"] == stack and all(one[field] == value for field, value in wanted.items())
        ))

    def run_of(self, request):
        return self.get(f"/runs/{request['run']}")

    def rule(self, stack):
        resources = self.get(f"/stacks/{self.stacks[stack]['id']}/resources")["items"]
        [rule] = [one["spec"] for one in resources if one["kind"] == "ListenerRule"]
        return rule


def stacks_are_live(demo):
    for name in ["payments-cluster", "checkout", "search", "metrics"]:
        assert demo.stacks[name]["status"] == "live", demo.stacks[name]
    assert demo.stacks["checkout"]["outputs"]["url"].startswith("https://"), demo.stacks["checkout"]


def a_stack_needs_approval(demo):
    ledger = demo.request("ledger", status="needs_approval")
    assert (ledger["environment"]["name"], ledger["approvals_needed"], ledger["approved"]) == ("production", 2, 0), ledger
    assert ledger["comments"] and demo.stacks["ledger"]["status"] == "pending", demo.stacks["ledger"]


def a_run_failed_and_has_its_choices(demo):
    run = demo.run_of(demo.request("reports", status="running"))
    assert run["status"] == "needs_choice", run["status"]
    assert [step["failure"]["advice"] for step in run["steps"] if step["failure"]], run["steps"]
    choices = {one["choice"] for one in run["choices"]}
    assert {"retry", "undo", "keep"} <= choices, choices


def an_update_is_in_progress(demo):
    run = demo.run_of(demo.request("shop", wish="update", status="running"))
    assert (run["status"], demo.stacks["shop"]["status"]) == ("running", "busy"), (run, demo.stacks["shop"])
    assert any(step["started_at"] and not step["ended_at"] for step in run["steps"]), run["steps"]


def two_services_share_a_listener(demo):
    shop, search = demo.rule("shop"), demo.rule("search")
    assert shop["listener"] == search["listener"], (shop, search)
    assert (shop["paths"], search["paths"]) == (["/shop/*"], ["/search/*"]), (shop, search)
    assert shop["priority"] != search["priority"], (shop, search)


def a_request_was_rejected_with_a_reason(demo):
    [decision] = demo.request("basket", status="rejected")["decisions"]
    assert decision["verdict"] == "reject" and decision["reason"], decision


SCENES = [
    stacks_are_live,
    a_stack_needs_approval,
    a_run_failed_and_has_its_choices,
    an_update_is_in_progress,
    two_services_share_a_listener,
    a_request_was_rejected_with_a_reason,
]


def main(url):
    demo, missing = Demo(url), 0
    for scene in SCENES:
        name = scene.__name__.replace("_", " ")
        try:
            scene(demo)
            print(f"ok: {name}")
        except (AssertionError, KeyError, StopIteration, ValueError) as why:
            missing += 1
            print(f"missing: {name}: {why!r}")
    print(f"scenes: {len(SCENES) - missing} passed, {missing} failed")
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
