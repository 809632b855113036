#!/usr/bin/env python3
"""Pages of other sites send events with beacons and fetch, and nothing they send is lost.

Goal    what scripts call to send events arrives, whatever the browser adds: a content type of its own, cookies, and a
        request before the request.
Method  headless Chromium on a page of another origin, and the real binary. Skipped where there is no Chromium.
"""

import http.server
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import browser as br  # noqa: E402
import millrace_client as mr  # noqa: E402

TABLE = "in.c-browsers.events"
SEND = """
const done = arguments[arguments.length - 1];
const [url, kind, times] = arguments;
const body = n => JSON.stringify({kind: kind, n: n});
const json = {"Content-Type": "application/json", "X-Mine": "1"};
const ways = {
    beacon: n => navigator.sendBeacon(url, body(n)),
    jsonBeacon: n => navigator.sendBeacon(url, new Blob([body(n)], {type: "application/json"})),
    fetch: n => fetch(url, {method: "POST", credentials: "include", headers: json, body: body(n)}).then(
        answer => answer.ok && answer.headers.get("Ack")),
    noCors: n => fetch(url, {method: "POST", mode: "no-cors", keepalive: true, body: body(n)}).then(() => true)};
(async () => {
    const results = [];
    for (let n = 0; n < times; ++n) results.push(await ways[kind](n));
    return results;
})().then(done, failure => done([String(failure)]));
"""


class OtherSite:
    """A page of another origin than the service."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            page = b"<!doctype html><title>Shop</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.send_header("Set-Cookie", "session=1")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):
            pass

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Pages:
    def __init__(self, server, browser):
        self.server = server
        self.browser = browser
        self.path = server.api.create_source("browsers")
        self.sent = 0
        server.api.create_sink("browsers", "events", TABLE, [mr.path_column("kind", "kind"), mr.path_column("n", "n")])

    def answers_200(self):
        text = mr.request(self.server.ready["api"], "GET", "/metrics").body.decode()
        marker = 'millrace_requests_total{code="200"} '
        return next((int(line[len(marker):]) for line in text.splitlines() if line.startswith(marker)), 0)

    def send(self, kind, times):
        results = self.browser.run_async(SEND, self.server.ready["ingest"] + self.path, kind, times)
        self.sent += times
        return results

    def wait_for_events(self):
        def accepted():
            statistics = self.server.api.statistics("browsers", "events")
            return statistics["total"]["recordsCount"] >= self.sent

        mr.wait_until(accepted, 30, f"{self.sent} events")

    def a_beacon_with_a_string_is_stored(self):
        mr.check_equal(self.send("beacon", 3), [True] * 3, "beacons")
        self.wait_for_events()

    def a_beacon_with_a_document_is_stored(self):
        mr.check_equal(self.send("jsonBeacon", 3), [True] * 3, "beacons")
        self.wait_for_events()

    def fetch_with_credentials_is_stored_and_may_read_its_answer(self):
        before = self.answers_200()
        mr.check_equal(self.send("fetch", 20), ["disk"] * 20, "answers")
        requests = self.answers_200() - before
        mr.check(requests <= 21, f"{requests} requests for 20 events: each pays a pre-flight")
        self.wait_for_events()

    def fetch_without_cors_is_stored(self):
        mr.check_equal(self.send("noCors", 3), [True] * 3, "calls")
        self.wait_for_events()


def suite(arguments):
    chromium, driver = br.find_browser()
    with OtherSite() as site, mr.Server(arguments.binary, os.path.join(arguments.folder, "data")).start() as server:
        browser = br.Browser(chromium, driver, arguments.folder)
        try:
            browser.open(site.url)
            pages = Pages(server, browser)
            return mr.run_cases([pages.a_beacon_with_a_string_is_stored, pages.a_beacon_with_a_document_is_stored,
                                 pages.fetch_with_credentials_is_stored_and_may_read_its_answer,
                                 pages.fetch_without_cors_is_stored])
        finally:
            browser.close()


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "browsers", suite))
