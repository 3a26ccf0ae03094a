"""Somebody in front of the portal, without scripts. Run by itself, signs in and prints the cookie: person.py URL EMAIL PASSWORD"""

import html
import re
import sys
import threading

import requests


class Person:
    """Somebody with a browser."""

    def __init__(self, base, email, password):
        self.base, self.email = base, email
        self.session = requests.Session()
        # One person fills in one form at a time.
        self.hands = threading.Lock()
        self.post("/sign-in", at="/sign-in", email=email, password=password)

    def get(self, path):
        response = self.session.get(self.base + path)
        response.raise_for_status()
        return response.text

    def post(self, path, at, **fields):
        """Sends a form that stands on the page `at`; returns the path of the page that follows."""
        return self.send(path, at, fields).url.removeprefix(self.base)

    def form(self, path, at, **fields):
        """The same; returns the page that follows."""
        return self.send(path, at, fields).text

    def send(self, path, at, fields):
        with self.hands:
            token = value_of(self.get(at), "csrf")
            response = self.session.post(self.base + path, data={"csrf": token, **fields})
        if not response.ok:
            raise SystemExit(f"{self.email} posted to {path} and got {response.status_code}: {said(response.text)}")
        return response


def value_of(page, name):
    found = re.search(rf'name="{name}"[^>]*?value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*?name="{name}"', page
    )
    if not found:
        raise SystemExit(f"no field {name} in: {said(page)}")
    return html.unescape(found.group(1))


def said(page):
    main = page.partition("<main")[2] or page
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())[:400]


if __name__ == "__main__":
    cookies = Person(*sys.argv[1:4]).session.cookies
    print("; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies))
