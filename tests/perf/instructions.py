#!/usr/bin/env python3
"""Instructions that one event costs the thread of its event loop, held to the recorded numbers.

Counts perf_events under callgrind, where the same code gives the same number on every machine and under any
load. Fails at 5 % more than instructions.json says; then the most expensive functions are shown. Where more is
right, or less has been reached, record it on purpose, in the commit that changes it:

    tests/perf/instructions.py --driver build/release/tests/perf/perf_events --record

A number depends on the compiler and the libraries too; with others than those of the record the test is skipped.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "support"))
import millrace_client as mr  # noqa: E402

RECORD = os.path.join(FOLDER, "instructions.json")
ALLOWED = 1.05
WORTH_RECORDING = 0.97
PATHS = ["single", "lines"]
FUNCTIONS_SHOWN = 30


def valgrind(*arguments):
    done = subprocess.run(["valgrind", *arguments], capture_output=True, text=True, check=False)
    mr.check_equal(done.returncode, 0, f"valgrind {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def toolchain(driver):
    """Asked under valgrind, whose processor is the one that the libraries choose their code for."""
    return json.loads(valgrind("--tool=none", "--quiet", driver, "toolchain"))


def count(driver, path, profile):
    """Instructions an event; the profile is written beside."""
    events = int(valgrind("--tool=callgrind", "--quiet", "--toggle-collect=serve", f"--callgrind-out-file={profile}",
                          driver, path))
    with open(profile, encoding="utf-8") as file:
        total = re.search(r"^(?:summary|totals): (\d+)", file.read(), re.MULTILINE)
    mr.check(total is not None, "callgrind has counted nothing")
    return round(int(total.group(1)) / events)


def show(profile):
    """The functions that cost most, themselves."""
    done = subprocess.run(["callgrind_annotate", "--auto=no", profile], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if re.match(r" *[\d,]+ \(", line)]
    print("\n".join(line[:200] for line in lines[:FUNCTIONS_SHOWN]))


def record(driver, counts):
    with open(RECORD, "w", encoding="utf-8") as file:
        json.dump({**toolchain(driver), "instructions_per_event": counts}, file, indent=2)
        file.write("\n")
    print(f"recorded in {os.path.relpath(RECORD)}")


def compare(path, got, wanted, profile):
    """Whether it is no more than allowed."""
    ratio = got / wanted
    print(f"{path}: {got:,} instructions an event, {wanted:,} are recorded: {100 * (ratio - 1):+.1f} %")
    if ratio < WORTH_RECORDING:
        print("  less than recorded: record it, or the next change may spend it unseen")
    if ratio < ALLOWED:
        return True
    print(f"FAILED: {100 * (ALLOWED - 1):.0f} % more or above. If that is right, record it (--record) and say why in the commit.")
    show(profile)
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--driver", required=True, help="the program perf_events of a release build")
    parser.add_argument("--record", action="store_true", help="make what is counted now the number to hold")
    parser.add_argument("--profile", action="store_true", help="show the functions that cost most")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        mr.skip("valgrind is not installed; scripts/setup --tests installs it")
    with open(RECORD, encoding="utf-8") as file:
        recorded = json.load(file)
    wanted = recorded.pop("instructions_per_event")
    if not options.record:
        here = toolchain(options.driver)
        if here != recorded:
            mr.skip(f"recorded with {recorded}, this is {here}")
    with tempfile.TemporaryDirectory() as folder:
        profiles = {path: os.path.join(folder, path) for path in PATHS}
        counts = {path: count(options.driver, path, profiles[path]) for path in PATHS}
        if options.profile:
            for path in PATHS:
                print(f"{path}: {counts[path]:,} instructions an event")
                show(profiles[path])
        if options.record:
            record(options.driver, counts)
            return 0
        held = [compare(path, counts[path], wanted[path], profiles[path]) for path in PATHS]
    return 0 if all(held) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except mr.Failure as failure:
        sys.exit(f"FAILED: {failure}")
