#!/usr/bin/env python3
"""The console at /console/ of the real binary, without a browser: each claim of docs/console.md about it.

Goal    a page that is served safely, sessions that let in who has a token and nobody else, and only for as long as the
        token is there.
Method  plain requests. What the page itself does is the matter of tests/browser.
"""

import concurrent.futures
import gzip
import os
import re
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
from console_session import Session, has_console, sign_in  # noqa: E402

SOURCES = "/v1/branches/default/sources"
NEW_SOURCE = {"type": "http", "name": "Shop"}
BUNDLE_BYTES_MAX = 400_000  # of all scripts and styles, compressed
POLICY = {"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
          "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"}


class Cases:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = arguments.folder
        self.server = None

    def in_order(self):
        return [self.the_page_is_served_safely, self.other_paths_are_places_within_the_page,
                self.assets_are_kept_and_compressed, self.the_bundle_is_small,
                self.a_session_does_what_its_token_may, self.what_changes_something_needs_the_text_of_its_session,
                self.a_readonly_token_sees_and_cannot_change, self.a_token_of_loads_is_refused_with_a_sentence,
                self.a_deleted_token_ends_its_sessions_at_once, self.signing_out_ends_one_session,
                self.other_sites_cannot_use_a_session, self.answers_to_browsers_are_compressed_fast,
                self.guessing_is_slowed_down, self.many_sign_in_at_once, self.a_restart_ends_sessions,
                self.over_tls_the_cookie_is_for_tls]

    def get(self, path, headers=None):
        return mr.request(self.server.ready["api"], "GET", path, headers=headers)

    def session(self, token=mr.TOKEN):
        return Session(self.server.ready["api"], token)

    def token(self, role, description="test", **more):
        made = self.server.api.call("POST", "/v1/tokens", {"description": description, "role": role, **more})
        mr.check_equal(made.status, 201, f"a token: {made!r}")
        return made.json()

    def assets(self):
        """Paths of the assets that the page names; none where the build has no console."""
        return re.findall(r'(?:src|href)="(/console/assets/[^"]+)"', self.get("/console/").body.decode())

    def the_page_is_served_safely(self):
        page = self.get("/console/")
        mr.check_equal(page.status, 200, "status")
        mr.check_equal(page.headers["Content-Type"], "text/html; charset=utf-8", "type")
        mr.check_equal(page.headers["Cache-Control"], "no-store", "caching")
        policy = {part.strip() for part in page.headers["Content-Security-Policy"].split(";")}
        mr.check(POLICY <= policy, f"the policy lacks {POLICY - policy}")
        mr.check("unsafe" not in str(policy) and "http" not in str(policy), f"the policy {policy}")
        for name, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                            ("X-Frame-Options", "DENY")):
            mr.check_equal(page.headers[name], value, name)
        # What the policy would forbid, so that the page works under it.
        text = page.body.decode()
        mr.check(not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", text), f"inline code in {text}")
        mr.check(not re.search(r'(src|href)="(https?:)?//', text), f"another host in {text}")
        redirect = self.get("/console")
        mr.check_equal((redirect.status, redirect.headers["Location"]), (301, "/console/"), "without the slash")

    def other_paths_are_places_within_the_page(self):
        page = self.get("/console/").body
        for path in ("/console/sources", "/console/sources/a%2Fb/sinks/c", "/console/a.js", "/console/%3Cscript%3E"):
            answer = self.get(path)
            mr.check_equal((answer.status, answer.body), (200, page), path)
        for path in ("/console/assets/none.js", "/console/assets/", "/console/assets/../../etc/passwd"):
            mr.check_equal(self.get(path).status, 404, path)
        answer = mr.request(self.server.ready["api"], "POST", "/console/sources", "{}")
        mr.check_equal(answer.status, 405, "a change of the page")

    def assets_are_kept_and_compressed(self):
        for path in self.assets():
            plain = self.get(path)
            coded = self.get(path, {"Accept-Encoding": "gzip, deflate, br, zstd"})
            mr.check_equal((plain.status, coded.status), (200, 200), path)
            mr.check_equal(plain.headers["Cache-Control"], "public, max-age=31536000, immutable", path)
            if coded.headers["Content-Encoding"]:
                mr.check_equal(gzip.decompress(coded.body), plain.body, f"the bytes of {path}")
                mr.check_equal(coded.headers["Vary"], "Accept-Encoding", f"Vary of {path}")
            for answer, coding in ((plain, "identity"), (coded, "gzip")):
                again = self.get(path, {"Accept-Encoding": coding, "If-None-Match": answer.headers["ETag"]})
                mr.check_equal((again.status, again.body), (304, b""), f"{path} again")

    def the_bundle_is_small(self):
        pending, seen = self.assets(), {}
        while pending:
            path = pending.pop()
            if path in seen:
                continue
            seen[path] = len(self.get(path, {"Accept-Encoding": "gzip"}).body)
            text = self.get(path).body.decode(errors="replace")
            pending += [f"/console/assets/{name}" for name in re.findall(r'["\'(/]([\w.-]+-[\w-]{8}\.(?:js|css))["\')]', text)
                        if self.get(f"/console/assets/{name}").status == 200]
        print(f"        {sum(seen.values())} bytes compressed in {len(seen)} files")
        mr.check(sum(seen.values()) < BUNDLE_BYTES_MAX, f"the bundle: {seen}")

    def a_session_does_what_its_token_may(self):
        session = self.session()
        mr.check_equal(session.body["role"], "admin", "role")
        attributes = [part.strip() for part in session.set_cookie.split(";")[1:]]
        age = int(attributes.pop(1).removeprefix("Max-Age="))
        mr.check(12 * 3600 - 60 < age <= 12 * 3600, f"the cookie is for {age} s")
        mr.check_equal(attributes, ["Path=/", "HttpOnly", "SameSite=Strict"], "the cookie")
        mr.check_equal(session.call("GET", "/console/session").json(), session.body, "the session")
        mr.check_equal(session.call("GET", SOURCES).status, 200, "a list")
        made = session.call("POST", SOURCES, {**NEW_SOURCE, "sourceId": "by-session"})
        mr.check_equal(made.status, 202, f"a source: {made!r}")
        self.server.api.finished(made.json()["taskId"])
        by = self.server.api.get(f"{SOURCES}/by-session")["created"]["by"]
        mr.check_equal(by["tokenId"], "admin", "who made it")

    def what_changes_something_needs_the_text_of_its_session(self):
        session, other = self.session(), self.session()
        for csrf in (False, "x", other.body["csrf"], session.cookie.split("=")[1]):
            for method, path in (("POST", SOURCES), ("PATCH", f"{SOURCES}/by-session"),
                                 ("DELETE", f"{SOURCES}/by-session"), ("PUT", f"{SOURCES}/by-session/disable"),
                                 ("POST", f"{SOURCES}/by-session/test"), ("DELETE", "/console/session")):
                answer = session.call(method, path, NEW_SOURCE if method != "DELETE" else None, csrf=csrf)
                mr.check_equal((answer.status, answer.json()["error"]), (403, "stream.api.forbidden"), f"{method} {path}")
                mr.check("X-Millrace-CSRF" in answer.json()["message"], f"the remedy: {answer!r}")
        mr.check_equal(self.server.api.get(f"{SOURCES}/by-session")["version"]["number"], 1, "version")

    def a_readonly_token_sees_and_cannot_change(self):
        session = self.session(self.token("readonly", "reads")["token"])
        mr.check_equal((session.body["role"], session.body["description"]), ("readonly", "reads"), "the session")
        mr.check_equal(session.call("GET", f"{SOURCES}/by-session").status, 200, "a source")
        for method, path in (("POST", SOURCES), ("DELETE", f"{SOURCES}/by-session"), ("POST", "/v1/tokens")):
            answer = session.call(method, path, NEW_SOURCE if method == "POST" else None)
            mr.check_equal((answer.status, answer.json()["error"]), (403, "stream.api.forbidden"), f"{method} {path}")

    def a_token_of_loads_is_refused_with_a_sentence(self):
        answer = sign_in(self.server.ready["api"], self.token("load", buckets=["in.c-shop"])["token"])
        mr.check_equal((answer.status, answer.headers["Set-Cookie"]), (403, None), f"signing in: {answer!r}")
        mr.check("only loads rows" in answer.json()["message"], f"the sentence: {answer!r}")

    def a_deleted_token_ends_its_sessions_at_once(self):
        made = self.token("admin")
        one, two = self.session(made["token"]), self.session(made["token"])
        mr.check_equal(one.call("DELETE", f"/v1/tokens/{made['id']}").status, 204, "deleting its own token")
        for session in (one, two):
            for method, path in (("GET", SOURCES), ("GET", "/console/session"), ("POST", SOURCES)):
                answer = session.call(method, path, NEW_SOURCE if method == "POST" else None)
                mr.check_equal((answer.status, answer.json()["error"]), (401, "stream.api.unauthorized"), path)
        mr.check_equal(sign_in(self.server.ready["api"], made["token"]).status, 401, "signing in again")

    def signing_out_ends_one_session(self):
        one, two = self.session(), self.session()
        out = one.call("DELETE", "/console/session")
        mr.check_equal(out.status, 204, f"signing out: {out!r}")
        mr.check("Max-Age=0" in out.headers["Set-Cookie"], "the cookie is taken back")
        mr.check_equal(one.call("GET", SOURCES).status, 401, "after that")
        mr.check_equal(one.call("DELETE", "/console/session").status, 204, "again")
        mr.check_equal(two.call("GET", SOURCES).status, 200, "the other session")

    def other_sites_cannot_use_a_session(self):
        session = self.session()
        own = self.server.ready["api"]
        for headers, status in (({"Sec-Fetch-Site": "same-origin"}, 200), ({"Origin": own}, 200),
                                ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403),
                                ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403)):
            for path in (SOURCES, "/console/session"):
                mr.check_equal(session.call("GET", path, headers=headers).status, status, f"{headers} {path}")
        answer = sign_in(own, mr.TOKEN, {"Origin": "https://evil.example"})
        mr.check_equal((answer.status, answer.headers["Set-Cookie"]), (403, None), "signing in from elsewhere")
        mr.check_equal(answer.headers["Access-Control-Allow-Origin"], None, "who may read that")
        preflight = mr.request(own, "OPTIONS", SOURCES, headers={
            "Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
        mr.check_equal(preflight.headers["Access-Control-Allow-Credentials"], None, "cookies for other sites")

    def answers_to_browsers_are_compressed_fast(self):
        """Not in Brotli at its slowest, as the HTTP library would."""
        answer = self.session().call("GET", "/v1/documentation/openapi.json",
                                     headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
        mr.check_equal(answer.headers["Content-Encoding"], "gzip", "coding")
        mr.check_equal(gzip.decompress(answer.body), self.get("/v1/documentation/openapi.json").body, "bytes")

    def guessing_is_slowed_down(self):
        statuses = [sign_in(self.server.ready["api"], f"wrong {i}").status for i in range(15)]
        mr.check(statuses[0] == 401 and statuses[-1] == 429, f"statuses {statuses}")
        mr.check_equal(set(statuses), {401, 429}, "statuses")
        mr.check(int(sign_in(self.server.ready["api"], "wrong").headers["Retry-After"]) >= 1, "Retry-After")
        self.session()

    def many_sign_in_at_once(self):
        """The oldest session of a token ends beyond 32; nobody is refused."""
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            sessions = list(pool.map(lambda _: self.session(), range(80)))
        alive = sum(session.call("GET", "/console/session").status == 200 for session in sessions)
        mr.check_equal(alive, 32, "sessions")

    def a_restart_ends_sessions(self):
        before = self.session()
        mr.check_equal(self.server.stop(), 0, "status of the service")
        self.server.start()
        before.url = self.server.ready["api"]
        for method, path in (("GET", SOURCES), ("GET", "/console/session"), ("POST", SOURCES)):
            answer = before.call(method, path, NEW_SOURCE if method == "POST" else None)
            mr.check_equal((answer.status, answer.json()["error"]), (401, "stream.api.unauthorized"), path)
        for _ in range(20):  # an open page goes on asking, and is no guesser
            mr.check_equal(before.call("GET", SOURCES).status, 401, "an open page")
        mr.check_equal(sign_in(self.server.ready["api"], "wrong").status, 401, "a wrong token after that")
        mr.check_equal(self.session().call("GET", SOURCES).status, 200, "signed in again")

    def over_tls_the_cookie_is_for_tls(self):
        data = os.path.join(self.folder, "tls")
        with mr.Server(self.arguments.binary, data, args=["--tls.self-signed"]).start() as server:
            mr.tls_context = ssl.create_default_context(cafile=os.path.join(data, "self-signed.crt"))
            session = Session(server.ready["api"])
            mr.check(session.set_cookie.endswith("; Secure"), f"the cookie {session.set_cookie.split(';')[1:]}")
            mr.check_equal(session.call("GET", SOURCES).status, 200, "a list")


def suite(arguments):
    cases = Cases(arguments)
    with mr.Server(arguments.binary, os.path.join(arguments.folder, "data")).start() as server:
        cases.server = server
        if not has_console(server.ready["api"]):
            print("        this build has no console: its assets are not tested")
        return mr.run_cases([case for case in cases.in_order() if arguments.case in case.__name__])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "console", suite))
