"""Session: a browser's cookie at the console of the real binary, without a browser."""

import json

import millrace_client as mr


class Session:
    """Signed in at /console/session; calls carry the cookie, and what changes something the text that goes with it."""

    def __init__(self, url, token=mr.TOKEN):
        self.url = url
        answer = sign_in(url, token)
        mr.check_equal(answer.status, 200, f"signing in: {answer!r}")
        self.set_cookie = answer.headers["Set-Cookie"]
        self.cookie = self.set_cookie.split(";")[0]
        self.body = answer.json()

    def call(self, method, path, body=None, csrf=True, headers=None):
        sent = {"Cookie": self.cookie, **(headers or {})}
        if csrf and method not in ("GET", "HEAD"):
            sent["X-Millrace-CSRF"] = self.body["csrf"] if csrf is True else csrf
        return mr.request(self.url, method, path, None if body is None else json.dumps(body), sent)


def sign_in(url, token, headers=None):
    return mr.request(url, "POST", "/console/session", json.dumps({"token": token}),
                      {"Content-Type": "application/json", **(headers or {})})


def has_console(url):
    """Whether the binary was built with the console."""
    page = mr.request(url, "GET", "/console/")
    mr.check_equal(page.status, 200, "the page")
    return b"This build has no console" not in page.body
