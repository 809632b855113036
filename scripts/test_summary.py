#!/usr/bin/env python3
"""Counts what the tests of one or more ctest runs did, and says why some were skipped.

Reads the JUnit files of `ctest --output-junit`. A GoogleTest program is one case for ctest; its output
tells its own cases apart. Other tests are one case each, skipped if they exit with 77 or print a line
`SKIPPED: reason`.

Ends with the line "N passed, N failed, N skipped". Exit code 0 if nothing failed and something passed.
"""

import re
import sys
import xml.etree.ElementTree

GTEST_PASSED = re.compile(r"^\[  PASSED  \] (\d+) tests?\.", re.MULTILINE)
GTEST_FAILED = re.compile(r"^\[  FAILED  \] ([\w/]+\.[\w/]+)(?:, where .*)? \(\d+ ms\)", re.MULTILINE)
# A skipped case prints "file:line: Skipped", its reason, and then this line.
GTEST_SKIPPED = re.compile(
    r"(?:: Skipped\n(?P<reason>(?:(?!\[).*\n)*))?\[  SKIPPED \] (?P<name>[\w/]+\.[\w/]+) \(", re.MULTILINE
)
SKIP_LINE = re.compile(r"^SKIPPED: (.*)$", re.MULTILINE)


class Summary:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []  # (name, reason)

    def add(self, case):
        name = case.get("name")
        output = case.findtext("system-out") or ""
        status = case.get("status")  # of ctest: run, fail, notrun, disabled
        is_gtest = GTEST_PASSED.search(output) is not None

        if is_gtest:
            self.passed += int(GTEST_PASSED.search(output).group(1))
            for found in GTEST_SKIPPED.finditer(output):
                reason = " ".join((found["reason"] or "").split())
                self.skipped.append((f"{name}: {found['name']}", reason or "no reason given"))
            failed = sorted(set(GTEST_FAILED.findall(output)))
            self.failed += [f"{name}: {test}" for test in failed]
            if status == "fail" and not failed:  # all cases passed, but the program did not end well
                self.failed.append(f"{name}: failed after its tests, see above")
        elif status == "run":
            skips = SKIP_LINE.findall(output)
            self.skipped += [(name, reason) for reason in skips]
            self.passed += 0 if skips else 1
        elif status == "disabled":
            self.skipped.append((name, "disabled in its CMakeLists.txt"))
        elif status == "notrun" and case.find("skipped") is not None:
            message = case.find("skipped").get("message", "")
            if "SKIP_RETURN_CODE" in message:
                reasons = SKIP_LINE.findall(output) or ["no reason given"]
                self.skipped += [(name, reason) for reason in reasons]
            else:  # for example an executable that was not built
                self.failed.append(f"{name}: did not run: {message}")
        else:
            self.failed.append(name)


def main(paths):
    summary = Summary()
    for path in paths:
        try:
            suite = xml.etree.ElementTree.parse(path).getroot()
        except (OSError, xml.etree.ElementTree.ParseError) as failure:
            summary.failed.append(f"{path}: no result: {failure}")
            continue
        for case in suite.iter("testcase"):
            summary.add(case)

    for name, reason in summary.skipped:
        print(f"SKIPPED {name}: {reason}")
    for name in summary.failed:
        print(f"FAILED {name}")
    print(f"{summary.passed} passed, {len(summary.failed)} failed, {len(summary.skipped)} skipped")
    return 0 if summary.passed and not summary.failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
