"""Browser: headless Chromium, driven through ChromeDriver (W3C WebDriver over HTTP)."""

import base64
import json
import os
import shutil
import subprocess

from millrace_client import Failure, check, request, skip, wait_until

START_TIMEOUT_S = 60
PAGE_TIMEOUT_S = 60
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

    def run_async(self, script, *arguments):
        """What the script gives to its last argument, a function."""
        return self.send("POST", f"{self.session}/execute/async", {"script": script, "args": list(arguments)})

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


def find_browser():
    """Paths of Chromium and ChromeDriver; the test is skipped where one is missing."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        skip("there is no Chromium with ChromeDriver (Debian packages chromium, chromium-driver)")
    return chromium, driver
