"""Somebody's program: it speaks the API with a token that they made on the page of their account."""

import re

import requests

from person import Person


class Program:
    def __init__(self, url, email, password, scopes):
        self.url = url
        person = Person(url, email, password)
        page = person.form("/account/tokens", at="/account", name="program", scopes=scopes, days="1")
        self.token = re.search(r"<code>(gty_\w+)</code>", page).group(1)
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path):
        return self.answer(self.session.get(f"{self.url}/api/v1{path}"))

    def post(self, path, body):
        return self.answer(self.session.post(f"{self.url}/api/v1{path}", json=body))

    def answer(self, response):
        if not response.ok:
            raise SystemExit(f"{response.request.method} {response.url}: {response.text}")
        return response.json()
