#!/usr/bin/env python3
"""Goal    what the documentation tells its readers to run works and prints what is shown.
Method  start the real binary on a fresh folder and free ports, run the marked examples of a page one
        after the other in one shell, compare what each prints with the block that follows it.

    <!-- run -->                     the next code block is run
    <!-- run, again until ... -->    run again until it prints what is shown, for 30 s at most
    <!-- prints -->                  the next code block is what it prints; a line `...` is any line

The default addresses in the examples are replaced by those the service is bound to. The binary is there as
build/release/millrace and by its name.

--kafka starts a simulated broker, whose address replaces 127.0.0.1:9092.
--steps 5 wants that the numbered examples are one command each, and with scripts/run as many as that at most.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PATIENCE_S = 30
BLOCK = r"```\w*\n(?P<{}>.*?)```\n"
EXAMPLE = re.compile(
    r"^<!-- run(?P<again>, again[^>]*)? -->\n" + BLOCK.format("code") +
    r"(?:<!-- prints -->\n" + BLOCK.format("output") + ")?",
    re.MULTILINE | re.DOTALL,
)
MARK = "---- end of example"
STEP = re.compile(r"^\*\*\d+\.\*\* .*?^<!-- run -->\n" + BLOCK.format("code"), re.MULTILINE | re.DOTALL)


class Service:
    """The binary under test, in a folder of its own."""

    def __init__(self, binary, folder):
        self.ready_file = folder / "ready.json"
        self.log = open(folder / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [binary, "serve", "--data-dir", "data", "--ready-file", self.ready_file]
            + ["--api.listen", "127.0.0.1:0", "--ingest.listen", "127.0.0.1:0"],
            cwd=folder, stdout=self.log, stderr=self.log,
        )

    def wait_until_ready(self):
        deadline = time.monotonic() + PATIENCE_S
        while not self.ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the service did not become ready:\n" + self.log_text())
            time.sleep(0.05)
        return json.loads(self.ready_file.read_text())

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "none: it had to be killed"

    def log_text(self):
        self.log.seek(0)
        return self.log.read()


class Shell:
    """One bash for all examples, since later ones use variables of earlier ones."""

    def __init__(self, binary, folder):
        programs = pathlib.Path(folder) / "build" / "release"
        programs.mkdir(parents=True)
        (programs / "millrace").symlink_to(binary)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MILLRACE_")}
        environment["PATH"] = f"{programs}:{environment['PATH']}"
        self.process = subprocess.Popen(
            ["bash"], cwd=folder, text=True, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )

    def run(self, code):
        """Returns what it prints, standard error included."""
        self.process.stdin.write(f"{code}\necho '{MARK}'\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.rstrip("\n").endswith(MARK):
                return "".join(lines) + line.rstrip("\n").removesuffix(MARK)
            lines.append(line)
        raise AssertionError("the shell ended:\n" + "".join(lines))

    def stop(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


def is_as_shown(printed, shown):
    printed, shown = printed.splitlines(), shown.splitlines()
    return len(printed) == len(shown) and all(s in ("...", p) for p, s in zip(printed, shown))


def count_commands(code):
    """Lines that do not go on with the next one."""
    return len([line for line in code.replace("\\\n", " ").splitlines() if line.strip()])


def check_steps(page, most):
    steps = [count_commands(step["code"]) for step in STEP.finditer(page)]
    if steps and max(steps) == 1 and len(steps) + 1 <= most:
        return True
    print(f"the numbered steps have {steps} commands; with scripts/run they may be {most}, one each")
    return False


def run_example(shell, example, code):
    """Returns what it printed last and whether that is what the page shows."""
    deadline = time.monotonic() + (PATIENCE_S if example["again"] else 0)
    while True:
        printed = shell.run(code)
        good = example["output"] is None or is_as_shown(printed, example["output"])
        if good or time.monotonic() >= deadline:
            return printed, good
        time.sleep(0.1)


def mock_cluster(folder):
    """A broker for a page about Kafka."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
    import kafka_cluster  # pylint: disable=import-outside-toplevel
    return kafka_cluster.MockCluster(folder)


def check_page(page, examples, service, shell, broker=None):
    """Returns how many examples did not do what the page shows."""
    ready = service.wait_until_ready()
    failures = 0
    for example in examples:
        code = example["code"].replace("http://127.0.0.1:8000", ready["api"])
        code = code.replace("http://127.0.0.1:7000", ready["ingest"])
        if broker:
            code = code.replace("127.0.0.1:9092", broker.address)
        line = page.count("\n", 0, example.start()) + 1
        printed, good = run_example(shell, example, code)
        print(f"line {line}: {'ok' if good else 'FAILED'}")
        if not good:
            failures += 1
            print(f"shown:\n{example['output']}printed:\n{printed}")
    if failures:
        print("log of the service:\n" + service.log_text())
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--kafka", action="store_true", help="with a broker at 127.0.0.1:9092")
    parser.add_argument("page", type=pathlib.Path)
    options = parser.parse_args()
    if not os.access(options.binary, os.X_OK):
        print(f"SKIPPED: {options.binary} is not built")
        return SKIPPED

    page = options.page.read_text(encoding="utf-8")
    examples = list(EXAMPLE.finditer(page))
    if not examples or len(examples) != page.count("<!-- run"):
        print(f"{options.page}: a mark without a code block, or no example at all")
        return 1
    if options.steps and not check_steps(page, options.steps):
        return 1
    # Not /tmp, which may be in memory: the folder of the build is on a disk.
    with tempfile.TemporaryDirectory(dir=options.binary.resolve().parent, prefix="docs-examples-") as folder:
        service = Service(options.binary.resolve(), pathlib.Path(folder))
        shell = Shell(options.binary.resolve(), folder)
        try:
            with mock_cluster(folder) if options.kafka else contextlib.nullcontext() as broker:
                failures = check_page(page, examples, service, shell, broker)
        finally:
            shell.stop()
            code = service.stop()
    if code != 0:
        print(f"the service ended with exit code {code} instead of 0")
    return 1 if failures or code != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
