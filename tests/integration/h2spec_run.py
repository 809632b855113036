#!/usr/bin/env python3
"""h2spec, which tries what RFC 9113 and RFC 7541 forbid, against the real binary over TLS.

Without TLS one of its cases fails by design: what is no preface of HTTP/2 is answered as HTTP/1.1 there. A client that
has agreed on h2 by ALPN gets no such answer.
"""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402


def h2spec():
    for place in (shutil.which("h2spec"), os.path.join("build", "tools", "h2spec")):
        if place and os.access(place, os.X_OK):
            return place
    mr.skip("h2spec is not installed; scripts/setup --tests builds it where there is a Go compiler")


def suite(arguments):
    program = h2spec()

    def every_case_passes_on_both_ports():
        server = mr.Server(arguments.binary, os.path.join(arguments.folder, "data"), args=["--tls.self-signed"])
        with server.start():
            for (host, port), path in ((server.ingest_address(), "/health-check"), (server.api_address(), "/v1")):
                done = subprocess.run([program, "-h", host, "-p", str(port), "-t", "-k", "-P", path, "-o", "5"],
                                      capture_output=True, text=True, timeout=280, check=False)
                counts = re.search(r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed", done.stdout)
                mr.check(counts, f"h2spec says nothing: {done.stdout[-500:]}{done.stderr[-500:]}")
                failures = done.stdout.partition("Failures:")[2]
                mr.check_equal(counts[4], "0", f"cases that fail at {port}: {failures[:3000]}")
                mr.check(int(counts[2]) > 140, f"only {counts[2]} cases have passed")

    return [every_case_passes_on_both_ports]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "h2spec", suite))
