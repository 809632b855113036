#!/usr/bin/env python3
"""Goal    the page at /v1/documentation/ is of use: every operation is on it, and "Try it out" creates a source.
Method  headless Chromium, driven through ChromeDriver (W3C WebDriver over HTTP), on the real binary. Skipped where
        one of them is missing, or where the build has no page because npm could not fetch it.
"""

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from millrace_client import (  # noqa: E402
    TOKEN, Failure, Server, check, check_equal, request, run_cases, scratch_folder, skip, wait_until)

START_TIMEOUT_S = 60
PAGE_TIMEOUT_S = 60
METHODS = ("get", "post", "put", "patch", "delete")
# No call to anybody but the service: a browser's own services are switched off.
CHROMIUM = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
            "--window-size=1400,1800", "--lang=en")


class Browser:
    """One session of ChromeDriver."""

    def __init__(self, chromium, driver, folder):
        self.folder = folder
        self.log_path = os.path.join(folder, "chromedriver.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([driver, "--port=0"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.url = None
        self.session = None
        try:
            self.url = f"http://127.0.0.1:{wait_until(self.port, START_TIMEOUT_S, 'the port of ChromeDriver')}"
            options = {"binary": chromium, "args": [*CHROMIUM, f"--user-data-dir={os.path.join(folder, 'profile')}"]}
            created = self.send("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": options}}})
            self.session = f"/session/{created['sessionId']}"
        except BaseException:
            self.close()
            raise

    def close(self):
        try:
            if self.session is not None:
                self.send("DELETE", self.session)
        finally:
            self.process.terminate()
            self.process.wait()

    def port(self):
        check(self.process.poll() is None, "ChromeDriver ended")
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            for line in log:
                if "started successfully on port " in line:
                    return int(line.rsplit(" ", 1)[1].strip(" .\n"))
        return None

    def send(self, method, path, body=None):
        payload = None if body is None else json.dumps(body)
        answer = request(self.url, method, path, payload, {"Content-Type": "application/json"}, START_TIMEOUT_S)
        value = answer.json()["value"]
        if answer.status != 200:
            raise Failure(f"{method} {path}: {value.get('error')}: {value.get('message', '')[:500]}")
        return value

    def open(self, url):
        self.send("POST", f"{self.session}/url", {"url": url})

    def run(self, script, *arguments):
        """What the script returns in the page."""
        return self.send("POST", f"{self.session}/execute/sync", {"script": script, "args": list(arguments)})

    def elements(self, css):
        found = self.send("POST", f"{self.session}/elements", {"using": "css selector", "value": css})
        return [next(iter(element.values())) for element in found]

    def element(self, css):
        """The first such element, as soon as it is there."""
        return wait_until(lambda: self.elements(css), PAGE_TIMEOUT_S, f"{css} on the page")[0]

    def click(self, css):
        element = self.element(css)
        self.send("POST", f"{self.session}/element/{element}/click", {})

    def click_until(self, css, appears):
        """Clicks again where the page was still moving."""
        def clicked():
            if not self.elements(appears):
                self.click(css)
            return self.elements(appears)

        wait_until(clicked, PAGE_TIMEOUT_S, f"{appears} after a click on {css}", poll_s=0.5)

    def type(self, css, text):
        """Replaces what the field holds, key by key as a person would."""
        control, delete, null = "\ue009", "\ue017", "\ue000"
        element = self.element(css)
        self.send("POST", f"{self.session}/element/{element}/click", {})
        for keys in (control + "a" + null, delete, text):
            self.send("POST", f"{self.session}/element/{element}/value", {"text": keys})

    def text(self, css):
        element = self.element(css)
        return self.send("GET", f"{self.session}/element/{element}/text")

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.send("GET", f"{self.session}/screenshot")))


class Page:
    def __init__(self, server, browser):
        self.server = server
        self.browser = browser
        self.document = request(server.ready["api"], "GET", "/v1/documentation/openapi.json").json()

    def every_operation_is_on_the_page(self):
        self.browser.open(f"{self.server.ready['api']}/v1/documentation/")
        wanted = sorted((method.upper(), path) for path, item in self.document["paths"].items()
                        for method in item if method in METHODS)
        script = """return Array.from(document.querySelectorAll('.opblock')).map(block => [
            block.querySelector('.opblock-summary-method').textContent,
            block.querySelector('.opblock-summary-path').getAttribute('data-path')])"""

        def shown():
            found = sorted(tuple(one) for one in self.browser.run(script))
            return found if len(found) >= len(wanted) else None

        check_equal(wait_until(shown, PAGE_TIMEOUT_S, "the operations on the page"), wanted, "the operations")

    def everything_comes_from_the_service(self):
        loaded = self.browser.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
        check(loaded, "nothing was loaded")
        foreign = [url for url in loaded if not url.startswith((self.server.ready["api"] + "/", "data:"))]
        check_equal(foreign, [], "what comes from elsewhere")

    def try_it_out_creates_a_source(self):
        self.browser.click(".authorize")
        self.browser.type(".auth-container input", TOKEN)
        self.browser.click(".auth-container .modal-btn.authorize")
        self.browser.click(".auth-container .btn-done")
        block = "#operations-sources-createSource"
        self.browser.click_until(f"{block} .opblock-summary-control", f"{block} .try-out__btn")
        self.browser.click_until(f"{block} .try-out__btn", f"{block} textarea.body-param__text")
        self.browser.type(f"{block} textarea.body-param__text",
                          json.dumps({"type": "http", "name": "From the page", "sourceId": "from-the-page"}))
        self.browser.click(f"{block} .execute")
        status = self.browser.text(f"{block} .live-responses-table .response .response-col_status")
        check(status.startswith("202"), f"the page shows the status {status!r}")
        path = f"{self.server.api.BRANCH}/sources/from-the-page"

        def created():
            answer = self.server.api.call("GET", path)
            return answer.json() if answer.status == 200 else None

        check_equal(wait_until(created, PAGE_TIMEOUT_S, "the source")["name"], "From the page", "the source's name")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--screenshot", help="keep a picture of the page there")
    options = parser.parse_args()
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        skip("there is no Chromium with ChromeDriver (Debian packages chromium, chromium-driver)")
    folder = scratch_folder(options.binary, "openapi-page")
    try:
        with Server(options.binary, os.path.join(folder, "data")) as server:
            server.start()
            if request(server.ready["api"], "GET", "/v1/documentation/").status == 404:
                skip("this build has no page (scripts/setup says why)")
            browser = Browser(chromium, driver, folder)
            try:
                page = Page(server, browser)
                failed = run_cases([page.every_operation_is_on_the_page, page.everything_comes_from_the_service,
                                    page.try_it_out_creates_a_source])
                if options.screenshot:
                    browser.screenshot(options.screenshot)
            finally:
                browser.close()
        return failed
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
