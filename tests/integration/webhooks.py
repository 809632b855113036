#!/usr/bin/env python3
"""Webhooks as their senders send them, on the real binary.

Goal    what a sender signs comes in, once, whatever the sender calls its headers; what nobody signed is refused before
        anything is stored, looked up or counted, and the answer does not say what was wrong.
Method  each sender's way of signing, written here from its document; a sink that keeps whole bodies, so the tables tell
        what came in. What senders' own libraries sign is webhook_senders.py.
"""

import base64
import glob
import gzip
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
BODY = b'{"action":"opened","id":"evt_1","n":1}'
PUBLIC_KEY = "6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw="
SECRET = "It's a Secret to Everybody"
PUBLIC = "https://hooks.example"


def digest(secret, text, algorithm="sha256"):
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(key, text, algorithm)


def hexed(secret, text, algorithm="sha256"):
    return digest(secret, text, algorithm).hexdigest()


def based(secret, text, algorithm="sha256"):
    return base64.b64encode(digest(secret, text, algorithm).digest()).decode()


def now():
    return str(int(time.time()))


# What each sender adds to a request with that body: (secret, body, target, at) -> headers

def github(secret, body, target="", at=None):
    return {"X-Hub-Signature-256": "sha256=" + hexed(secret, body), "X-GitHub-Event": "push"}


def meta(secret, body, target="", at=None):
    return {"X-Hub-Signature-256": "sha256=" + hexed(secret, body)}


def stripe(secret, body, target="", at=None):
    at = at or now()
    return {"Stripe-Signature": f"t={at},v0=00,v1={hexed(secret, at.encode() + b'.' + body)}"}


def slack(secret, body, target="", at=None):
    at = at or now()
    return {"X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": "v0=" + hexed(secret, b"v0:" + at.encode() + b":" + body)}


def shopify(secret, body, target="", at=None):
    return {"X-Shopify-Hmac-Sha256": based(secret, body), "X-Shopify-Topic": "orders/create"}


def standard(secret, body, target="", at=None, message="msg_1"):
    at = at or now()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return {"webhook-id": message, "webhook-timestamp": at,
            "webhook-signature": "v1," + based(key, f"{message}.{at}.".encode() + body)}


def twilio(secret, body, target="", at=None):
    pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
    text = PUBLIC + target + "".join(key + value for key, value in sorted(set(pairs)))
    return {"X-Twilio-Signature": based(secret, text.encode(), "sha1"), "Content-Type": FORM}


SENDERS = {"github": github, "meta": meta, "stripe": stripe, "slack": slack, "shopify": shopify,
           "standard-webhooks": standard, "twilio": twilio}
TIMED = ("stripe", "slack", "standard-webhooks")
SECRETS = {"standard-webhooks": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
OTHER_SECRETS = {"standard-webhooks": "whsec_" + base64.b64encode(b"another secret").decode()}


class Cases:
    def __init__(self, server):
        self.server = server
        self.made = 0

    def create(self, http, settings=None, columns=None):
        """A source with that part and a sink that has its name; returns the name and the path of its URL."""
        self.made += 1
        name = f"hook{self.made}"
        body = {"sourceId": name, "type": "http", "name": name}
        if http is not None:
            body["http"] = http
        api = self.server.api
        api.do("POST", f"{api.BRANCH}/sources", body)
        if settings:
            api.patch_source(name, settings)
        api.create_sink(name, name, f"in.c-hooks.{name}", columns or [{"type": "body", "name": "body"}],
                        {mr.IMPORT_COUNT: 1})
        return name, urllib.parse.urlsplit(self.detail(name)["url"]).path

    def of_preset(self, preset, **more):
        return self.create({"preset": preset, "signature": {"secrets": [SECRETS.get(preset, SECRET)]}}, **more)

    def detail(self, name):
        return self.server.api.get(self.server.api.source_path(name))["http"]

    def patch(self, name, http):
        self.server.api.do("PATCH", self.server.api.source_path(name), {"http": http})

    def post(self, path, body=BODY, headers=None, method="POST"):
        return mr.request(self.server.ready["ingest"], method, path, body, {"Content-Type": JSON, **(headers or {})})

    def taken(self, path, body=BODY, headers=None):
        answer = self.post(path, body, headers)
        mr.check_equal((answer.status, answer.headers["idempotency-replayed"]), (200, None), f"{headers}: {answer!r}")

    def again(self, path, body=BODY, headers=None):
        answer = self.post(path, body, headers)
        mr.check_equal((answer.status, answer.headers["idempotency-replayed"]), (200, "true"), f"{headers}: {answer!r}")

    def refused(self, path, body=BODY, headers=None):
        answer = self.post(path, body, headers)
        mr.check_equal((answer.status, answer.json()["error"]), (401, "stream.in.badSignature"), f"{headers}: {answer!r}")
        mr.check_equal(answer.json()["message"], "The signature of the request is missing or wrong.", "the message")
        mr.check_equal(answer.headers["idempotency-replayed"], None, "a replay")

    def check_bodies(self, name, wanted):
        self.server.api.wait_drained(name, name)
        rows = [body for (body,) in self.server.rows(f"in.c-hooks.{name}")]
        mr.check_equal(sorted(rows), sorted(wanted), f"rows of {name}")

    def metric(self, sample):
        text = mr.request(self.server.ready["api"], "GET", "/metrics").body.decode()
        found = [line for line in text.splitlines() if line.startswith(sample + " ")]
        mr.check(found, f"no {sample} in the metrics")
        return int(found[0].rpartition(" ")[2])

    # cases

    def what_a_sender_signs_comes_in_and_nothing_else(self):
        for preset, sign in SENDERS.items():
            secret = SECRETS.get(preset, SECRET)
            other = OTHER_SECRETS.get(preset, "another secret")
            body = b"id=evt_1&action=opened" if preset == "twilio" else BODY
            name, path = self.of_preset(preset)
            right = sign(secret, body, path)
            self.refused(path, body)
            self.refused(path, body, sign(other, body, path))
            self.refused(path, body + b" ", right)
            self.refused(path, b"", right)
            header = next(key for key in right if "signature" in key.lower() or "hmac" in key.lower())
            for value in ("", right[header][:-1], right[header][:-8], "sha256=", "v1=,t=", "\xff\xfe"):
                self.refused(path, body, {**right, header: value})
            if preset in TIMED:
                old, early = str(int(time.time()) - 3600), str(int(time.time()) + 3600)
                self.refused(path, body, sign(secret, body, path, old))
                self.refused(path, body, sign(secret, body, path, early))
            self.taken(path, body, right)
            self.check_bodies(name, [body.decode()])

    def two_signatures_are_none(self):
        name, path = self.of_preset("github")
        signature = github(SECRET, BODY)["X-Hub-Signature-256"]
        for second in (signature, "sha256=00"):
            with mr.Wire(self.server.ingest_address()) as wire:
                head = (f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: {len(BODY)}\r\n"
                        f"X-Hub-Signature-256: {signature}\r\nx-hub-signature-256: {second}\r\n\r\n")
                wire.send(head.encode() + BODY)
                mr.check_equal(wire.answer().status, 401, "two headers")
        self.check_bodies(name, [])

    def a_delivery_that_comes_again_is_answered_as_before(self):
        cases = {"github": ({"X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"}, SECRET),
                 "shopify": ({"X-Shopify-Webhook-Id": "b54557e4"}, SECRET),
                 "stripe": ({}, SECRET),
                 "standard-webhooks": ({}, SECRETS["standard-webhooks"])}
        for preset, (headers, secret) in cases.items():
            name, path = self.of_preset(preset)
            sign = SENDERS[preset]
            self.taken(path, BODY, {**headers, **sign(secret, BODY)})
            at = str(int(time.time()) - 2)
            self.again(path, BODY, {**headers, **sign(secret, BODY, at=at)})
            self.refused(path, BODY, headers)
            self.check_bodies(name, [BODY.decode()])
        event = b'{"event_id":"Ev08","event":{"type":"message"}}'
        name, path = self.of_preset("slack")
        self.taken(path, event, slack(SECRET, event))
        self.again(path, event, {**slack(SECRET, event), "X-Slack-Retry-Num": "1"})
        self.check_bodies(name, [event.decode()])

    def who_cannot_sign_occupies_no_key(self):
        name, path = self.of_preset("github")
        delivery = {"X-GitHub-Delivery": "one"}
        before = self.metric('millrace_bad_signatures_total{reason="mismatch"}')
        keys = self.metric("millrace_idempotency_keys")
        for _ in range(3):
            self.refused(path, BODY, {**delivery, **github("wrong", BODY)})
        mr.check_equal(self.metric('millrace_bad_signatures_total{reason="mismatch"}') - before, 3, "counted refusals")
        mr.check_equal(self.metric("millrace_idempotency_keys"), keys, "keys")
        self.taken(path, BODY, {**delivery, **github(SECRET, BODY)})
        self.check_bodies(name, [BODY.decode()])

    def a_secret_is_rotated_without_a_gap(self):
        name, path = self.of_preset("github")
        self.patch(name, {"signature": {"secrets": ["new", SECRET]}})
        self.taken(path, b"1", github(SECRET, b"1"))
        self.taken(path, b"2", github("new", b"2"))
        self.patch(name, {"signature": {"secrets": ["new"]}})
        self.refused(path, b"3", github(SECRET, b"3"))
        self.taken(path, b"4", github("new", b"4"))
        mr.check_equal(self.detail(name)["signature"], {"secretsCount": 1}, "what is shown")

    def forms_of_github_are_read_as_its_json(self):
        name, path = self.of_preset("github", columns=[mr.path_column("action", "action"),
                                                       mr.path_column("repo", "repository.full_name")])
        event = {"action": "opened", "repository": {"full_name": "a/b c&d=é"}}
        form = urllib.parse.urlencode({"payload": json.dumps(event)}).encode()
        self.taken(path, form, {"Content-Type": FORM, **github(SECRET, form)})
        self.refused(path, form, {"Content-Type": FORM, **github(SECRET, json.dumps(event).encode())})
        self.server.api.wait_drained(name, name)
        mr.check_equal(self.server.rows(f"in.c-hooks.{name}"), [("opened", "a/b c&d=é")], "the row")

    def a_source_says_what_is_verified(self):
        name, path = self.create(None)
        mr.check_equal(self.detail(name)["verification"], "none", "without a preset")
        self.taken(path)
        self.patch(name, {"preset": "github", "signature": {"secrets": [SECRET]}})
        detail = self.detail(name)
        mr.check_equal((detail["verification"], detail["preset"]), ("signature", "github"), "with one")
        self.refused(path)
        self.patch(name, {"preset": "none"})
        mr.check_equal(self.detail(name)["verification"], "none", "without one again")
        self.taken(path)

    def a_key_in_the_body_decides_whatever_else_is_in_it(self):
        name, path = self.of_preset("stripe")
        first = b'{"id": "evt_9", "pending_webhooks": 2}'
        self.taken(path, first, stripe(SECRET, first))
        later = b'{"id": "evt_9", "pending_webhooks": 1}'
        self.again(path, later, stripe(SECRET, later))
        self.check_bodies(name, [first.decode()])

    def a_test_reads_a_form_as_the_preset_does(self):
        name, _ = self.of_preset("github")
        api = self.server.api
        answer = mr.request(api.url, "POST", api.source_path(name) + "/test", "payload=%7B%22action%22%3A%22t%22%7D",
                            {"X-StorageApi-Token": api.token, "Content-Type": "application/x-www-form-urlencoded"})
        mr.check_equal(answer.status, 200, f"{answer!r}")
        mr.check('{\\"action\\":\\"t\\"}' in answer.body.decode(), f"the event: {answer.body!r}")

    def secrets_are_never_shown(self):
        secret = "kept-for-nobody-else-8f7422"
        name, _ = self.create({"preset": "github", "signature": {"secrets": [secret]}})
        api = self.server.api
        one = api.source_path(name)
        self.patch(name, {"signature": {"secrets": [secret + "-2", secret]}})
        for path in (one, f"{api.BRANCH}/sources", f"{one}/versions", f"{one}/versions/1", f"{one}/settings"):
            text = api.call("GET", path).body.decode()
            mr.check(secret not in text, f"GET {path} shows the secret")
        files = [path for path in glob.glob(self.server.data_dir + "/**", recursive=True) if os.path.isfile(path)]
        for path in files + [self.server.log_path]:
            try:
                with open(path, "rb") as file:
                    mr.check(secret.encode() not in file.read(), f"{path} has the secret")
            except FileNotFoundError:  # a slice that was imported meanwhile
                pass

    def going_back_to_a_version_keeps_the_secrets(self):
        name, path = self.of_preset("github")
        self.patch(name, {"signature": {"secrets": ["new"]}})
        self.server.api.do("PUT", f"{self.server.api.source_path(name)}/versions/1/rollback")
        self.refused(path, BODY, github(SECRET, BODY))
        self.taken(path, BODY, github("new", BODY))

    def generic_hmac_is_what_it_is_told(self):
        at = now()
        rows = [
            ({"header": "X-Sign"}, {"X-Sign": hexed(SECRET, BODY)}),
            ({"header": "X-Sign", "algorithm": "sha1", "encoding": "base64", "prefix": "sha1="},
             {"x-sign": "sha1=" + based(SECRET, BODY, "sha1")}),
            ({"header": "X-Sign", "algorithm": "sha512", "signed": "{timestamp}.{body}", "timestampHeader": "X-Time",
              "tolerance": "1m"},
             {"X-Sign": hexed(SECRET, at.encode() + b"." + BODY, "sha512"), "X-Time": at}),
        ]
        for signature, headers in rows:
            name, path = self.create({"preset": "generic-hmac", "signature": {**signature, "secrets": [SECRET]}})
            self.refused(path)
            self.refused(path, BODY + b"x", headers)
            self.taken(path, BODY, headers)
            self.check_bodies(name, [BODY.decode()])
        old = str(int(at) - 61)
        self.refused(path, BODY, {"X-Sign": hexed(SECRET, old.encode() + b"." + BODY, "sha512"), "X-Time": old})

    def requests_that_cannot_work_are_refused(self):
        def signature(**more):
            return {"preset": "generic-hmac", "signature": {"header": "X", "secrets": ["s"], **more}}

        rows = [
            ({"preset": "gitlab"}, "stream.api.invalidEnumValue"),
            ({"preset": "github"}, "stream.api.missingField"),
            ({"preset": "github", "signature": {}}, "stream.api.missingField"),
            ({"preset": "github", "signature": {"secrets": []}}, "stream.api.invalidLength"),
            ({"preset": "github", "signature": {"secrets": [""]}}, "stream.api.invalidLength"),
            ({"preset": "github", "signature": {"secrets": [7]}}, "stream.api.invalidFieldType"),
            ({"preset": "github", "signature": {"secrets": ["s"], "header": "X"}}, "stream.api.badRequest"),
            ({"signature": {"secrets": ["s"]}}, "stream.api.missingField"),
            ({"preset": "generic-hmac", "signature": {"secrets": ["s"]}}, "stream.api.missingField"),
            (signature(algorithm="md5"), "stream.api.invalidEnumValue"),
            (signature(algorithm="Ed25519"), "stream.api.badRequest"),
            ({"preset": "standard-webhooks", "signature": {"secrets": ["whpk_MCowBQYDK2VwAyEA"]}}, "stream.api.badRequest"),
            ({"preset": "svix", "signature": {"secrets": [f"whsk_{PUBLIC_KEY}"]}}, "stream.api.badRequest"),
            ({"preset": "svix", "signature": {"secrets": [f"whpk_{PUBLIC_KEY}"] * 5}}, "stream.api.invalidLength"),
            (signature(encoding="base32"), "stream.api.invalidEnumValue"),
            (signature(signed="{timestamp}.{body}"), "stream.api.badRequest"),
            (signature(signed="nothing"), "stream.api.badRequest"),
            (signature(timestampHeader="X-Time"), "stream.api.badRequest"),
            (signature(header="a b"), "stream.api.badRequest"),
            (signature(tolerance="0s"), "stream.api.invalidRange"),
            (signature(tolerance="soon"), "stream.api.badRequest"),
        ]
        api = self.server.api
        for http, error in rows:
            answer = api.call("POST", f"{api.BRANCH}/sources", {"type": "http", "name": "refused", "http": http})
            mr.check_equal((answer.status, answer.json().get("error")), (400, error), f"{http}: {answer!r}")
            if "Ed25519" in str(http) or "whsk_" in str(http):
                mr.check("private key" in answer.json()["message"], f"does not say what is not there: {answer!r}")

    def registrations_are_answered_and_store_nothing(self):
        name, path = self.of_preset("slack")
        challenge = b'{"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}'
        self.refused(path, challenge)
        answer = self.post(path, challenge, slack(SECRET, challenge))
        mr.check_equal((answer.status, answer.body), (200, json.loads(challenge)["challenge"].encode()), "Slack's challenge")
        self.check_bodies(name, [])

        name, path = self.create({"preset": "meta", "signature": {"secrets": [SECRET], "verifyToken": "meatyhamburgers"}})
        hub = "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
        answer = self.post(path + hub + "meatyhamburgers", None, method="GET")
        mr.check_equal((answer.status, answer.body), (200, b"1158201444"), "Meta's challenge")
        for target in (path + hub + "wrong", path, path.replace("/stream/1/", "/stream/2/") + hub + "meatyhamburgers",
                       path[:-1] + hub + "meatyhamburgers"):
            mr.check_equal(self.post(target, None, method="GET").status, 405, target)
        self.taken(path, BODY, meta(SECRET, BODY))
        self.check_bodies(name, [BODY.decode()])

    def chunks_and_compression_do_not_change_what_is_signed(self):
        name, path = self.of_preset("github")
        packed = gzip.compress(BODY)
        self.taken(path, iter([BODY[:7], BODY[7:]]), github(SECRET, BODY))
        self.taken(path, packed, {"Content-Encoding": "gzip", **github(SECRET, BODY)})
        self.taken(path, packed, {"Content-Encoding": "gzip", **github(SECRET, packed)})
        self.refused(path, packed, {"Content-Encoding": "gzip", **github("wrong", BODY)})
        self.refused(path, packed[:-3], {"Content-Encoding": "gzip", **github(SECRET, BODY)})
        self.check_bodies(name, [BODY.decode()] * 3)

    def an_empty_body_is_signed_too(self):
        name, path = self.of_preset("shopify")
        self.refused(path, b"")
        self.taken(path, b"", shopify(SECRET, b""))

    def only_addresses_of_the_list_may_send(self):
        name, path = self.create(None, settings={"source.http.allow": "192.0.2.0/24"})
        answer = self.post(path)
        mr.check_equal((answer.status, answer.json()["error"]), (403, "stream.in.addressNotAllowed"), "another address")
        mr.check_equal(self.post(path[:-1] + "x").status, 404, "a wrong secret first")
        self.server.api.patch_source(name, {"source.http.allow": "192.0.2.0/24, 127.0.0.0/8, ::1"})
        self.taken(path)
        task = self.server.api.call("PATCH", self.server.api.source_path(name) + "/settings",
                                    {"settings": [{"key": "source.http.allow", "value": "here"}]})
        mr.check_equal(task.status, 400, "no network")

    def events_come_by_the_methods_of_the_source(self):
        name, path = self.create(None, settings={"source.http.methods": "PUT, GET"})
        for method in ("PUT", "GET"):
            mr.check_equal(self.post(path, b"by-" + method.encode(), method=method).status, 200, method)
        answer = self.post(path)
        mr.check_equal((answer.status, answer.headers["allow"]), (405, "OPTIONS, PUT, GET"), "POST")
        self.check_bodies(name, ["by-GET", "by-PUT"])
        task = self.server.api.call("PATCH", self.server.api.source_path(name) + "/settings",
                                    {"settings": [{"key": "source.http.methods", "value": "POST, HEAD"}]})
        mr.check_equal(task.status, 400, "a method that brings nothing")

    def another_url_than_the_public_one_is_said(self):
        name, path = self.of_preset("github")
        headers = github(SECRET, BODY)

        def said():
            self.post(path, BODY, {**headers, "Host": "elsewhere.example"})
            return [line for line in self.server.log_tail(200).splitlines()
                    if "public_url_differs" in line and f'"{name}"' in line]

        mr.wait_until(said, 15, "a warning", poll_s=0.5)
        mr.check("http" in said()[0] and "elsewhere.example" in said()[0] and PUBLIC in said()[0], said()[0])

    def limits_of_a_source_are_named(self):
        name, path = self.create(None, settings={"source.http.limit.bodySize": "100B", "source.http.limit.decodedSize": "1KB"})
        self.taken(path, b"x" * 100)
        answer = self.post(path, b"x" * 101)
        mr.check_equal(answer.status, 413, f"{answer!r}")
        mr.check("source.http.limit.bodySize" in answer.json()["message"], f"{answer!r}")
        answer = self.post(path, gzip.compress(b"x" * 2000), {"Content-Encoding": "gzip"})
        mr.check_equal(answer.status, 413, f"{answer!r}")
        mr.check("source.http.limit.decodedSize" in answer.json()["message"], f"{answer!r}")
        self.server.api.patch_source(name, {"source.http.limit.rowSize": "1KB", "source.http.limit.bodySize": None})
        mr.check_equal(self.post(path, b"x" * 1100).status, 413, "a row")

    def a_push_of_25_mb_comes_in(self):
        name, path = self.of_preset("github", columns=[mr.path_column("ref", "ref")])
        body = json.dumps({"commits": ["c" * 1000] * 24_500, "ref": "refs/heads/main"}).encode()
        self.taken(path, body, github(SECRET, body))
        self.server.api.wait_drained(name, name)
        mr.check_equal(self.server.rows(f"in.c-hooks.{name}"), [("refs/heads/main",)], "the row")
        mr.check_equal(self.post(path, b"x" * (26 << 20)).status, 413, "more")

    def answers_are_what_the_sender_wants(self):
        settings = {"source.http.answer.body": '{"received": true}', "source.http.answer.contentType": JSON,
                    "source.http.answer.success": "any"}
        name, path = self.create(None, settings=settings)
        answer = self.post(path)
        mr.check_equal((answer.status, answer.headers["content-type"], answer.body), (200, JSON, b'{"received": true}'), "body")
        self.server.api.create_sink(name, "strict", f"in.c-hooks.{name}-strict", [mr.path_column("x", "missing")])
        answer = self.post(path, BODY, {"Idempotency-Key": "k"})
        mr.check_equal((answer.status, answer.body), (200, b'{"received": true}'), "one sink is enough")
        self.again(path, BODY, {"Idempotency-Key": "k"})
        self.server.api.patch_source(name, {"source.http.answer.success": "all"})
        mr.check_equal(self.post(path).status, 422, "both are needed")

    def a_key_may_be_in_the_body(self):
        name, path = self.create(None, settings={"source.http.idempotency.path": "data.id"})
        body = b'{"data":{"id":"one"}}'
        self.taken(path, body)
        self.again(path, body)
        self.taken(path, b'{"data":{"id":2}}')
        self.again(path, b'{"data":{"id":2}}')
        self.taken(path, b'{"data":{}}')
        self.taken(path, b'{"data":{}}')
        self.again(path, b'{"data":{"id":"one"},"n":1}')
        self.check_bodies(name, [body.decode(), '{"data":{"id":2}}'] + ['{"data":{}}'] * 2)

    def a_path_leads_into_the_payload_of_a_form(self):
        name, path = self.create(None, columns=[mr.path_column("action", "payload.action"), mr.path_column("a", "a")])
        form = urllib.parse.urlencode({"payload": '{"action":"opened"}', "a": '{"b":1}'}).encode()
        self.taken(path, form, {"Content-Type": FORM})
        self.server.api.wait_drained(name, name)
        mr.check_equal(self.server.rows(f"in.c-hooks.{name}"), [("opened", '{"b":1}')], "the row")

    def ready_made_columns_make_rows(self):
        name, path = self.create({"preset": "github", "signature": {"secrets": [SECRET]}})
        table = {"type": "keboola", "tableId": f"in.c-hooks.{name}-ready", "mapping": {"preset": "github"}}
        api = self.server.api
        api.do("POST", f"{api.source_path(name)}/sinks", {"sinkId": "ready", "type": "table", "name": "ready", "table": table})
        api.patch_sink(name, "ready", {mr.IMPORT_COUNT: 1})
        event = b'{"action":"opened","repository":{"full_name":"a/b"},"sender":{"login":"me"}}'
        self.taken(path, event, {**github(SECRET, event), "X-GitHub-Delivery": "d"})
        api.wait_drained(name, "ready")
        rows = self.server.rows(f"in.c-hooks.{name}-ready", "delivery, event, action, repository, sender, ref, payload")
        mr.check_equal(rows, [("d", "push", "opened", "a/b", "me", "", event.decode())], "the row")
        columns = api.get(api.sink_path(name, "ready"))["table"]["mapping"]["columns"]
        mr.check_equal(columns[0]["header"], "X-GitHub-Delivery", "what is shown")

    def who_receives_what_nobody_signs_is_warned(self):
        name, path = self.create(None)
        self.taken(path)

        def warned():
            with open(self.server.log_path, encoding="utf-8") as log:
                return [line for line in log if "source_not_verified" in line and f'"{name}"' in line]

        mr.wait_until(warned, 15, "a warning")

    def secrets_outlive_the_service(self):
        name, path = self.of_preset("github")
        self.server.kill()
        self.server.start()
        path = urllib.parse.urlsplit(self.detail(name)["url"]).path
        self.refused(path, BODY, github("wrong", BODY))
        self.taken(path, BODY, github(SECRET, BODY))

    def a_rollback_leaves_no_source_half_closed(self):
        name, path = self.create(None)
        api = self.server.api
        version = api.get(api.source_path(name))["version"]["number"]
        self.patch(name, {"preset": "github", "signature": {"secrets": [SECRET]}})
        self.refused(path, BODY, {})
        api.do("PUT", f"{api.source_path(name)}/versions/{version}/rollback")
        mr.check_equal(self.detail(name)["verification"], "none", "the detail")
        self.taken(path)
        task = api.do("PUT", f"{api.source_path(name)}/versions/{version + 1}/rollback")
        mr.check("Every event is refused until secrets are set" in task["result"], task)
        mr.check("Every event is refused" in self.detail(name)["problem"], "the detail says nothing")
        self.refused(path, BODY, github(SECRET, BODY))
        self.patch(name, {"signature": {"secrets": [SECRET]}})
        self.taken(path, BODY, github(SECRET, BODY))

    def all(self):
        return [getattr(self, name) for name in vars(Cases)
                if name not in ("create", "of_preset", "detail", "patch", "post", "taken", "again", "refused",
                                "check_bodies", "metric", "all") and not name.startswith("_")]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "webhooks", lambda server: Cases(server).all(),
                              args=["--ingest.public-url", PUBLIC]))
