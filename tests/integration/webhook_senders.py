#!/usr/bin/env python3
"""Webhooks that are signed by their senders' own libraries, on the real binary.

Goal    what GitHub's, Stripe's, Slack's, Twilio's and the Standard Webhooks' libraries sign is right, what they sign
        with another secret is wrong, and GitHub's own examples of all its events come in.
Method  the libraries are installed into the build tree, from PyPI and npm; where that cannot be done, or there is no
        Node, the case is left out and says so. The test is skipped if nothing can be had.
"""

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

PYTHON = ["standardwebhooks==1.1.0", "slack_sdk==3.48.0", "twilio==9.13.0"]
NODE = ["@octokit/webhooks@14.2.0", "@octokit/webhooks-examples@7.6.1", "stripe@23.1.0"]
INSTALL_TIMEOUT_S = 120
PUBLIC = "https://hooks.example"
FORM = "application/x-www-form-urlencoded"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_b3RoZXIgc2VjcmV0IG90aGVy"
PUBLIC_KEY_OF_SEVENS = "whpk_6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw="  # of the private key whose bytes are all 7

SIGN_JS = """
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
const signers = {
    github: async () => {
        const {Webhooks} = await import("@octokit/webhooks");
        return {"X-Hub-Signature-256": await new Webhooks({secret: input.secret}).sign(input.body)};
    },
    stripe: async () => {
        const {default: Stripe} = await import("stripe");
        const header = new Stripe("sk_test_x").webhooks.generateTestHeaderString(
            {payload: input.body, secret: input.secret});
        return {"Stripe-Signature": header};
    },
};
// No library of Standard Webhooks signs with a private key yet; Node's crypto is what such a sender has.
const KEY = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, input.secret)]);
signers["standard-webhooks"] = async () => {
    const {createPrivateKey, sign} = await import("node:crypto");
    const at = String(Math.floor(Date.now() / 1000));
    const key = createPrivateKey({key: KEY, format: "der", type: "pkcs8"});
    const code = sign(null, Buffer.from(`msg_2.${at}.${input.body}`), key).toString("base64");
    return {"webhook-id": "msg_2", "webhook-timestamp": at, "webhook-signature": `v1,AAAA v1a,${code}`};
};
signers[input.sender]().then((headers) => console.log(JSON.stringify(headers)));
"""

SIGN_PY = """
import datetime, json, sys, time
given = json.load(sys.stdin)
body, secret = given["body"], given["secret"]
if given["sender"] == "standard-webhooks":
    from standardwebhooks.webhooks import Webhook
    at = datetime.datetime.now(datetime.timezone.utc)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())),
               "webhook-signature": Webhook(secret).sign("msg_1", at, body)}
elif given["sender"] == "slack":
    from slack_sdk.signature import SignatureVerifier
    at = str(int(time.time()))
    signature = SignatureVerifier(signing_secret=secret).generate_signature(timestamp=at, body=body)
    headers = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
else:
    from twilio.request_validator import RequestValidator
    signature = RequestValidator(secret).compute_signature(given["url"], given["parameters"])
    headers = {"X-Twilio-Signature": signature}
print(json.dumps(headers))
"""


def installed(folder, commands):
    """Whether the folder has what the commands install; prints why not."""
    mark = os.path.join(folder, "complete")
    if os.path.exists(mark):
        return True
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for command in commands:
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
        except (OSError, subprocess.TimeoutExpired) as failure:
            print(f"SKIPPED: {failure}")
            return False
        if done.returncode != 0:
            print(f"SKIPPED: {((done.stderr or done.stdout).strip().splitlines() or ['no reason given'])[-1]}")
            return False
    with open(mark, "w", encoding="utf-8"):
        return True


class Senders:
    def __init__(self, server, tools):
        self.server = server
        self.node = os.path.join(tools, "senders-node")
        python = os.path.join(tools, "senders-python")
        self.python = os.path.join(python, "v", "bin", "python3")
        npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *NODE]
        self.has_node = bool(shutil.which("node") and shutil.which("npm")) and installed(self.node, [npm])
        self.has_python = installed(python, [[sys.executable, "-m", "venv", "v"],
                                             ["v/bin/pip", "install", "--quiet", "--disable-pip-version-check", *PYTHON]])
        if self.has_node:
            with open(os.path.join(self.node, "sign.cjs"), "w", encoding="utf-8") as file:
                file.write(SIGN_JS)

    def sign(self, sender, secret, body, by_node=False, **more):
        given = json.dumps({"sender": sender, "secret": secret, "body": body, **more})
        by_node = by_node or sender in ("github", "stripe")
        command = ["node", "sign.cjs"] if by_node else [self.python, "-c", SIGN_PY]
        folder = self.node if by_node else None
        done = subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True, timeout=60)
        mr.check_equal(done.returncode, 0, f"signing for {sender}: {done.stderr}")
        return json.loads(done.stdout)

    def create(self, preset, secret, columns=None):
        api = self.server.api
        api.do("POST", f"{api.BRANCH}/sources", {"sourceId": preset, "type": "http", "name": preset,
                                                "http": {"preset": preset, "signature": {"secrets": [secret]}}})
        api.create_sink(preset, preset, f"in.c-senders.{preset.replace('-', '_')}",
                        columns or [{"type": "body", "name": "body"}], {mr.IMPORT_COUNT: 1})
        return urllib.parse.urlsplit(api.get(api.source_path(preset))["http"]["url"]).path

    def post(self, path, body, headers):
        headers = {"Content-Type": "application/json", **headers}
        return mr.request(self.server.ready["ingest"], "POST", path, body.encode(), headers)

    def check_both(self, preset, secret, other, body, path=None, **more):
        path = path or self.create(preset, secret)
        headers = more.pop("headers", {})
        right = self.sign(preset, secret, body, **more)
        wrong = self.sign(preset, other, body, **more)
        mr.check_equal(self.post(path, body, {**headers, **wrong}).status, 401, f"{preset}: another secret")
        mr.check_equal(self.post(path, body + " ", {**headers, **right}).status, 401, f"{preset}: another body")
        mr.check_equal(self.post(path, body, {**headers, **right}).status, 200, f"{preset}: the right one")
        api = self.server.api
        api.wait_drained(preset, preset)

    # cases

    def octokit_signs_for_github(self):
        self.check_both("github", "It's a Secret to Everybody", "another", '{"action": "opened", "é": "\\u00e9"}')

    def stripe_signs_for_stripe(self):
        self.check_both("stripe", "whsec_test", "whsec_other", '{"id": "evt_1", "object": "event"}')

    def standardwebhooks_signs_for_standard_webhooks(self):
        self.check_both("standard-webhooks", WHSEC, OTHER, '{"type": "user.created"}')

    def a_private_key_signs_for_standard_webhooks(self):
        """Beside the shared secret, while a sender goes from one to the other."""
        api = self.server.api
        source = "standard-private"
        api.do("POST", f"{api.BRANCH}/sources", {
            "sourceId": source, "type": "http", "name": source,
            "http": {"preset": "standard-webhooks", "signature": {"secrets": [PUBLIC_KEY_OF_SEVENS, WHSEC]}}})
        api.create_sink(source, "bodies", "in.c-senders.private", [{"type": "body", "name": "body"}], {mr.IMPORT_COUNT: 1})
        path = urllib.parse.urlsplit(api.get(api.source_path(source))["http"]["url"]).path
        body = '{"type": "user.created", "é": 1}'
        right = self.sign("standard-webhooks", 7, body, by_node=True)
        wrong = self.sign("standard-webhooks", 9, body, by_node=True)
        mr.check_equal(self.post(path, body, wrong).status, 401, "another key")
        mr.check_equal(self.post(path, body + " ", right).status, 401, "another body")
        mr.check_equal(self.post(path, body, {**right, "webhook-id": "msg_3"}).status, 401, "another id")
        mr.check_equal(self.post(path, body, right).status, 200, "the right one")
        again = self.post(path, body, self.sign("standard-webhooks", 7, body, by_node=True))
        mr.check_equal((again.status, again.headers.get("Idempotency-Replayed")), (200, "true"), "the same delivery again")
        api.wait_drained(source, "bodies")

    def slack_sdk_signs_for_slack(self):
        self.check_both("slack", "8f742231b10e8888abcd99yyyzzz85a5", "another", '{"event_id": "Ev1"}')

    def twilio_signs_for_twilio(self):
        path = self.create("twilio", "12345")
        parameters = {"To": "+18005551212", "Body": "Hi & bye=é", "From": "+14158675309", "Empty": ""}
        self.check_both("twilio", "12345", "54321", urllib.parse.urlencode(parameters), path=path,
                        url=PUBLIC + path, parameters=parameters, headers={"Content-Type": FORM})

    def githubs_own_examples_come_in(self):
        """In its default content type, signed by one secret."""
        folder = os.path.join(self.node, "node_modules", "@octokit", "webhooks-examples", "api.github.com")
        path = os.path.join(folder, "index.json")
        with open(path, encoding="utf-8") as file:
            events = json.load(file)
        target = self.server.api.get(self.server.api.source_path("github"))["http"]["url"]
        target = urllib.parse.urlsplit(target).path
        count = 0
        for event in events:
            for example in event["examples"][:2]:
                body = urllib.parse.urlencode({"payload": json.dumps(example)})
                code = hmac.new(b"It's a Secret to Everybody", body.encode(), hashlib.sha256).hexdigest()
                answer = self.post(target, body, {"Content-Type": FORM, "X-GitHub-Event": event["name"],
                                                  "X-GitHub-Delivery": f"example-{count}",
                                                  "X-Hub-Signature-256": "sha256=" + code})
                mr.check_equal(answer.status, 200, f"{event['name']}: {answer}")
                count += 1
        mr.check(count > 50, f"only {count} examples")

    def cases(self):
        cases = []
        if self.has_node:
            cases += [self.octokit_signs_for_github, self.stripe_signs_for_stripe, self.githubs_own_examples_come_in,
                      self.a_private_key_signs_for_standard_webhooks]
        if self.has_python:
            cases += [self.standardwebhooks_signs_for_standard_webhooks, self.slack_sdk_signs_for_slack,
                      self.twilio_signs_for_twilio]
        if not cases:
            mr.skip("no library of a sender can be installed")
        return cases


def cases_of(server):
    tools = os.path.join(os.path.dirname(server.binary), "test-tools")
    return Senders(server, tools).cases()


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "webhook-senders", cases_of, args=["--ingest.public-url", PUBLIC]))
