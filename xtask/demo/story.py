"""Tells the demo's story: three teams ask for things, owners approve them, and Gantry makes them.

Nothing is put into the database behind the portal's back. Every line of this story is a form that somebody could have
filled in without scripts; what the demo shows afterwards is what came of it. What does not depend on each other happens
at once. Prints one line for each chapter that is done, as JSON: {"done": 3, "of": 9, "what": "..."}.
"""

import argparse
import html
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from person import Person, said, value_of

PASSWORD = "lift-that-container"
# For all of it together, and only for what hangs: a machine that is busy with other things tells it more slowly.
PATIENCE_SECONDS = 240
IMAGE = "registry.example.com"


class Story:
    def __init__(self, base, environment):
        self.base, self.environment = base, environment
        self.people, self.entering = {}, threading.Lock()
        self.deadline = time.monotonic() + PATIENCE_SECONDS

    def person(self, name):
        with self.entering:
            if name not in self.people:
                self.people[name] = Person(self.base, f"{name}@example.com", PASSWORD)
            return self.people[name]

    def ask(self, who, team, name, template="web-service", environment=None, reason="", **inputs):
        person = self.person(who)
        form = f"/catalogue/{template}/request"
        team_id = option(person.get(form), "team", team)
        environment = option(person.get(form), "environment", environment or self.environment)
        fields = {f"inputs.{key}": value for key, value in inputs.items()}
        return person.post(
            form, at=form, team=team_id, environment=environment, stack_name=name, reason=reason, **fields
        )

    def change(self, who, stack, reason="", **inputs):
        person = self.person(who)
        form = f"{stack}/change"
        fields = fields_of(person.get(form)) | {f"inputs.{key}": value for key, value in inputs.items()}
        return person.post(form, at=form, **(fields | {"reason": reason}))

    def say(self, who, request, text):
        self.person(who).post(f"{request}/comment", at=f"{request}?tab=activity", text=text)

    def approve(self, who, request, comment=""):
        """Returns the address of the run."""
        person = self.person(who)
        seal = value_of(person.get(request), "seal")
        person.post(f"{request}/approve", at=request, seal=seal, comment=comment)
        return self.link(who, request, r"/runs/run-[A-Z0-9]+")

    def link(self, who, page, pattern):
        found = re.search(pattern, self.person(who).get(page))
        if not found:
            raise SystemExit(f"{page} has no link like {pattern}")
        return found.group(0)

    def until(self, who, run, sentence):
        while not re.search(sentence, said_all(self.person(who).get(run))):
            if time.monotonic() > self.deadline:
                raise SystemExit(f"{run} has not said {sentence!r}, {PATIENCE_SECONDS} s after the story began")
            time.sleep(0.3)

    def make(self, who, owner, team, name, reason="", comment="", **inputs):
        """Asks, approves, waits; returns the stack's address."""
        request = self.ask(who, team, name, reason=reason, **inputs)
        self.until(who, self.approve(owner, request, comment), DONE)
        return self.link(who, request, r"/stacks/stk-[A-Z0-9]+")


DONE = r"All \d+ steps are done"


def said_all(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def option(page, field, label):
    """The value of the choice that reads like `label`; the only one when there is nothing to choose."""
    chosen = re.findall(rf'<select\b[^>]*name="{field}"[^>]*>(.*?)</select>', page, re.S)
    options = [one for part in chosen for one in re.findall(r'<option[^>]*value="([^"]*)"[^>]*>(.*?)</option>', part, re.S)]
    for card in re.findall(r"<label\b.*?</label>", page, re.S):
        radio = re.search(rf'<input[^>]*name="{field}"[^>]*value="([^"]*)"', card)
        options += [(radio.group(1), card)] if radio else []
    for value, text in options:
        if label.lower() in said_all(text).lower():
            return html.unescape(value)
    return value_of(page, field)


def fields_of(page):
    """What a browser would post of a form that nobody touched."""
    form = page.partition('id="request-form"')[2].partition("</form>")[0]
    fields = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        kind = attributes.get("type", "text")
        if "name" not in attributes or (kind in ("checkbox", "radio") and not re.search(r"\bchecked\b", tag)):
            continue
        fields[attributes["name"]] = html.unescape(attributes.get("value", "on" if kind == "checkbox" else ""))
    for name, options in re.findall(r'<select\b[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r"<option\b[^>]*\bselected\b[^>]*>", options) or re.search(r"<option\b[^>]*>", options)
        if chosen:
            fields[name] = html.unescape(re.search(r'value="([^"]*)"', chosen.group(0)).group(1))
    for name, text in re.findall(r'<textarea\b[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        fields[name] = html.unescape(text)
    fields.pop("csrf", None)
    return fields


def chapters(story):
    """Each returns what the reader will find."""

    def cluster():
        story.make("dana", "olek", "Payments", "payments-cluster", template="fargate-cluster", spot_share="some",
                   reason="One place for everything that Payments runs.")
        return "Payments has a cluster"

    def checkout():
        stack = story.make("dana", "olek", "Payments", "checkout", image=f"{IMAGE}/payments/checkout:2.3.0",
                           autoscaling="cpu", https="true", reason="The new checkout goes to its first customers.")
        request = story.change("dana", stack, image=f"{IMAGE}/payments/checkout:2.4.0",
                               reason="2.4.0 remembers the last address.")
        story.until("dana", story.approve("olek", request, "Looked at the release notes."), DONE)
        return "checkout runs in its second release"

    def shared(name, image, path, reason):
        return lambda: story.make("mika", "olek", "Storefront", name, image=image, load_balancer="shared", path=path,
                                  reason=reason)

    def shop():
        stack = shared("shop", f"{IMAGE}/storefront/shop:118", "/shop/*", "The shop window.")()
        request = story.change("mika", stack, image=f"{IMAGE}/storefront/shop:119-slow", reason="New winter theme.")
        story.until("mika", story.approve("olek", request), r"Waiting|running")
        return "shop is being updated"

    def search():
        shared("search", f"{IMAGE}/storefront/search:41", "/search/*", "Search beside the shop, same load balancer.")()
        return "search shares the load balancer with shop"

    def reports():
        request = story.ask("tariq", "Data", "reports", image=f"{IMAGE}/data/reports-nopull:7",
                            reason="Nightly reports for finance.")
        story.until("tariq", story.approve("noor", request), r"Choose how to go on")
        return "reports failed and waits for a choice"

    def metrics():
        story.make("tariq", "noor", "Data", "metrics", image=f"{IMAGE}/data/metrics:1.9", size="256/512", count="1",
                   reason="Counts what the others do.")
        return "metrics runs"

    def ledger():
        request = story.ask("dana", "Payments", "ledger", environment="production", image=f"{IMAGE}/payments/ledger:0.9.1", size="1024/2048",
                            count="3", reason="Books every payment. Needed before the audit in December.")
        story.say("dana", request, "Three tasks, so that one zone may fail.")
        return "ledger waits for two approvals"

    def basket():
        request = story.ask("mika", "Storefront", "basket", image=f"{IMAGE}/storefront/basket:3", size="4096/8192",
                            count="20", reason="Ready for Black Friday.")
        seal = value_of(story.person("olek").get(request), "seal")
        story.person("olek").post(f"{request}/reject", at=request, seal=seal,
                                  reason="Twenty tasks of this size cost more than the shop earns. Start with four.")
        return "basket was rejected, with a reason"

    return [cluster, checkout, shop, search, reports, metrics, ledger, basket]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("base")
    arguments.add_argument("--environment", default="dev")
    arguments = arguments.parse_args()
    told = chapters(Story(arguments.base, arguments.environment))
    with ThreadPoolExecutor(len(told)) as pool:
        for done, chapter in enumerate(as_completed([pool.submit(one) for one in told]), start=1):
            print(json.dumps({"done": done, "of": len(told), "what": chapter.result()}), flush=True)


if __name__ == "__main__":
    main()
