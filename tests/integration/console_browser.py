#!/usr/bin/env python3
"""The console in a real browser: every walk in tests/browser/screens.

Goal    somebody who has never seen it gets done what he came for, also when something goes wrong under the page.
Method  headless Chromium driven by playwright-core, on the real binary, whose ports stay the same so that it can be
        stopped and started under an open page. Skipped where one of them is missing or the build has no console.
        Screenshots are kept in test-data/console-screens of the build.
"""

import glob
import http.server
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
from console_session import has_console  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
WALKS = os.path.join(HERE, "..", "browser", "console.mjs")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def execute(server, tableId, statement):
    """Changes a table behind the back of the service, so that it takes a row no more."""
    connection = sqlite3.connect(server.table_path(tableId)[0], timeout=30)
    with connection:
        connection.execute(statement)
    connection.close()


def damage(server, sliceId):
    """Cuts the last bytes of a slice in staging off."""
    (path,) = glob.glob(os.path.join(server.data_dir, "staging", "**", f"*{sliceId}*"), recursive=True)
    os.truncate(path, os.path.getsize(path) - 6)


class Control:
    """Lets the walks stop and start the service: POST /stop, POST /start; POST /sql {tableId, statement}, /damage {sliceId}."""

    def __init__(self, server):
        acts = {"/stop": server.stop, "/start": server.start, "/sql": lambda **given: execute(server, **given),
                "/damage": lambda **given: damage(server, **given)}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                try:
                    given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    acts[self.path](**json.loads(given or "{}"))
                    status, text = 200, b"done"
                except (KeyError, OSError, ValueError, sqlite3.Error, mr.Failure) as failure:
                    status, text = 500, str(failure).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.listener = http.server.HTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        self.thread = threading.Thread(target=self.listener.serve_forever)
        self.thread.start()
        return f"http://127.0.0.1:{self.listener.server_address[1]}"

    def __exit__(self, *_):
        self.listener.shutdown()
        self.thread.join()
        self.listener.server_close()


def suite(arguments):
    node, chromium = shutil.which("node"), shutil.which("chromium")
    packages = os.path.abspath(arguments.packages)
    if node is None or not os.path.isdir(os.path.join(packages, "node_modules", "playwright-core")):
        mr.skip("there is no node, or no playwright-core in build/browser-tests (scripts/setup --tests fetches it)")
    if chromium is None:
        mr.skip("there is no Chromium (Debian package chromium)")
    listen = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    shots = os.path.join(os.path.dirname(arguments.folder), "console-screens")
    with mr.Server(arguments.binary, os.path.join(arguments.folder, "data"),
                   args=["--api.listen", listen[0], "--ingest.listen", listen[1]]).start() as server:
        if not has_console(server.ready["api"]):
            mr.skip("the binary was built without the console: npm could not fetch what makes it")
        made = server.api.call("POST", "/v1/tokens", {"description": "Only looks", "role": "readonly"})
        mr.check_equal(made.status, 201, f"a token: {made!r}")
        with Control(server) as control:
            return subprocess.run(
                [node, WALKS, arguments.case], check=False, stdin=subprocess.DEVNULL,
                env={**os.environ, "MILLRACE_API": server.ready["api"], "MILLRACE_INGEST": server.ready["ingest"],
                     "MILLRACE_TOKEN": mr.TOKEN, "MILLRACE_READONLY_TOKEN": made.json()["token"],
                     "MILLRACE_CONTROL": control, "MILLRACE_PACKAGES": packages, "MILLRACE_CHROMIUM": chromium,
                     "MILLRACE_SHOTS": shots}).returncode


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(
        __doc__.splitlines()[0], "console_browser", suite,
        add_options=lambda parser: parser.add_argument("--packages", required=True, help="the folder with node_modules")))
