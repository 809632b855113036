#!/usr/bin/env python3
"""Loads are whole or not there, in whatever state their process is killed.

Goal    what was told to be prepared or committed has all its rows, once and in order; of what was aborted or not
        prepared nothing is known; and no slice file is left that no load has.
Method  a process (load_driver.cc) takes loads through their states on one data folder and is killed again and
        again: half of the lives right behind a line of a chosen state, the others at a random line. SIGKILL
        keeps the page cache; the simulated disk shows the syncs (tests/sim/loads_sim_test.cc).
"""

import argparse
import random
import subprocess
import sys
import tempfile

STATES = ["open", "written", "preparing", "prepared", "committing", "committed", "aborting", "aborted"]
# What a load may be found as, by the last line about it.
FOUND = {
    None: {"aborted"},
    "open": {"aborted"},
    "written": {"aborted"},
    "preparing": {"aborted", "committed"},  # the check commits what is prepared
    "prepared": {"committed"},
    "committing": {"committed", "aborted"},
    "committed": {"committed"},
    "aborting": {"aborted", "committed"},
    "aborted": {"aborted"},
}


def live(arguments, folder, life, generator, told):
    """One life; adds what it told."""
    command = [arguments.driver, folder, "run", str(life)]
    lines = generator.randrange(1, 120)
    if life % 2 == 0:
        command += [STATES[life // 2 % len(STATES)], str(generator.randrange(1, 8))]
        lines = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            last, label, rows = line.split()
            told[label] = (last, int(rows), told.get(label, (None,))[0])
            if lines is not None:
                lines -= 1
                if lines == 0:
                    process.kill()
    if process.returncode != -9:
        sys.exit(f"life {life} ended with {process.returncode}")


def check(arguments, folder, told):
    report = subprocess.run([arguments.driver, folder, "check"], stdout=subprocess.PIPE, text=True, check=True)
    found = {}
    for line in report.stdout.splitlines():
        state, label, rows = line.split()
        if state == "files":
            if label != rows:
                sys.exit(f"{rows} slice files are there, {label} are known")
            continue
        if label in found and found[label][0] != "aborted":
            sys.exit(f"two loads have the label {label}")
        found[label] = (state, int(rows))
    for label, (last, rows, before) in told.items():
        state, known = found[label]
        allowed = FOUND[last]
        if last == "committing" and before == "prepared":
            allowed = {"committed"}
        if state not in allowed:
            sys.exit(f"load {label} was {last} and is {state}")
        if known != (rows if state == "committed" else 0):
            sys.exit(f"load {label} is {state} with {known} of {rows} rows")
    for label, (state, _) in found.items():
        if label not in told and state not in FOUND[None]:
            sys.exit(f"load {label} is {state}, and nobody was told of it")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--driver", required=True)
    parser.add_argument("--lives", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    told = {}
    with tempfile.TemporaryDirectory() as folder:
        for life in range(arguments.lives):
            live(arguments, folder, life, generator, told)
            if life % 8 == 7:
                check(arguments, folder, told)
        check(arguments, folder, told)
    missing = set(STATES) - {last for last, _, _ in told.values()}
    if missing:
        sys.exit(f"no load was killed when it was {' or '.join(sorted(missing))}")
    print(f"{arguments.lives} lives, {len(told)} loads")


if __name__ == "__main__":
    main()
