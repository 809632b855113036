#!/usr/bin/env python3
"""Goal    no request makes the service answer 5xx, or anything that openapi.yaml does not say.
Method  schemathesis makes requests from the file, good and bad ones, and sends them to the real binary for a
        minute; the entities of the examples exist, so that requests get past "not found". It is installed into
        a virtual environment in the build tree; where that cannot be done, the test is skipped.

A failure is repeated with the curl command or with the --seed that is printed.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from millrace_client import TOKEN, Server, check_equal, path_column, scratch_folder, skip  # noqa: E402

VERSION = "4.32.5"
INSTALL_TIMEOUT_S = 120
RUN_S = 60
RUN_TIMEOUT_S = 150
# Deleting, disabling and restoring the entities of the examples would leave nothing to test. A backup makes a folder
# wherever the machine has room for one: tests/integration/backup.py names some that cannot be made.
KEPT_OUT = "(delete|disable|undelete)(Source|Sink)|makeBackup"

# All checks but
# - ignored_auth: it wants 401 where the reference answers a missing token with 400; examples.py checks that no operation
#   works without one;
# - missing_required_header, which sends requests without the token, too;
# - those that need a chain of requests.
# Its own list of answers to bad data, and 414: what is made up may be longer than a request target can be.
# Rules between fields are in the texts of the description only (an id is made from a name with a letter or digit, a
# value fits its key, a template is Jsonnet, a body fits the sinks): bodies_test.cc makes bodies that keep them.
# No text may have the character NUL (docs/api.md); as a pattern of each text it would hide what the texts are.
CONFIGURATION = """\
[generation]
allow-x00 = false

[checks.ignored_auth]
enabled = false

[checks.missing_required_header]
enabled = false

[checks.use_after_free]
enabled = false

[checks.ensure_resource_availability]
enabled = false

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 414, 415, 422, 428, 429, "5xx"]

# What If-Match names may be older than what is there.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 412, 429, "5xx"]

[[operations]]
include-operation-id = ["createSource", "updateSource", "createTable", "createToken", "createSink", "updateSink", "updateSourceSettings", "updateSinkSettings", "testSource", "testMapping", "listRows"]

[operations.checks.positive_data_acceptance]
enabled = false

# A test has no minute for it.
[[operations]]
include-operation-id = "listRequests"
parameters = { wait = "100ms" }
"""


def installed_schemathesis(binary):
    """The program; skips the test if it cannot be had."""
    folder = os.path.join(os.path.dirname(os.path.abspath(binary)), "test-tools", f"schemathesis-{VERSION}")
    program = os.path.join(folder, "bin", "schemathesis")
    if os.path.exists(os.path.join(folder, "complete")):
        return program
    shutil.rmtree(folder, ignore_errors=True)
    for command in ([sys.executable, "-m", "venv", folder],
                    [os.path.join(folder, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check",
                     f"schemathesis=={VERSION}"]):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
        except (OSError, subprocess.TimeoutExpired) as failure:
            skip(f"schemathesis cannot be installed: {failure}")
        if done.returncode != 0:
            reason = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            skip(f"schemathesis cannot be installed: {reason[-1]}")
    with open(os.path.join(folder, "complete"), "w", encoding="utf-8"):
        pass
    return program


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    program = installed_schemathesis(options.binary)
    folder = scratch_folder(options.binary, "openapi-properties")
    configuration = os.path.join(folder, "schemathesis.toml")
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(CONFIGURATION)
    try:
        with Server(options.binary, os.path.join(folder, "data"), args=["--log.level", "error"]) as server:
            server.start()
            server.api.create_source("my-source")
            server.api.create_sink("my-source", "my-sink", "in.c-shop.orders", [path_column("user", "user", defaultValue="")])
            print(f"seed {options.seed}", flush=True)
            done = subprocess.run(
                [program, "--config-file", configuration, "run", f"{server.ready['api']}/v1/documentation/openapi.json",
                 "--header", f"X-StorageApi-Token:{TOKEN}", "--phases", "examples,coverage,fuzzing",
                 "--exclude-operation-id-regex", KEPT_OUT,
                 "--max-time", str(RUN_S), "--seed", str(options.seed), "--workers", "1",
                 "--max-redirects", "0", "--warnings", "off", "--suppress-health-check", "all",
                 "--continue-on-failure", "--no-shrink"],
                cwd=folder, timeout=RUN_TIMEOUT_S, stdin=subprocess.DEVNULL)
            check_equal(done.returncode, 0, "exit code of schemathesis")
            check_equal(server.process.poll(), None, "the service's exit code")
            server.api.get(server.api.sink_path("my-source", "my-sink"))
            check_equal(server.stop(), 0, "exit code of the service")
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
