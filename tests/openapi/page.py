#!/usr/bin/env python3
"""Goal    the page at /v1/documentation/ is of use: every operation is on it, and "Try it out" creates a source.
Method  headless Chromium, driven through ChromeDriver (W3C WebDriver over HTTP), on the real binary. Skipped where
        one of them is missing, or where the build has no page because npm could not fetch it.
"""

import argparse
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from browser import PAGE_TIMEOUT_S, Browser, find_browser  # noqa: E402
from millrace_client import (  # noqa: E402
    TOKEN, Server, check, check_equal, request, run_cases, scratch_folder, skip, wait_until)

METHODS = ("get", "post", "put", "patch", "delete")


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
    chromium, driver = find_browser()
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
