"""Programs and libraries of others that only tests need: fetched once into a folder beside the binary, by the ordinary
clients of their registries. Each function returns the folder and, where that is None, why it cannot be had."""

import importlib.util
import os
import shutil
import subprocess
import sys

FETCH_TIMEOUT_S = 900
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>test</groupId><artifactId>fetched</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
{dependencies}
  </dependencies>
</project>
"""


def tools_of(binary):
    return os.path.join(os.path.dirname(os.path.abspath(binary)), "test-tools")


def _fetched(folder, command, what):
    """The last word of a command that failed, or None."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as failure:
        return f"{what} cannot be fetched: {failure}"
    if done.returncode == 0:
        return None
    said = (done.stderr + done.stdout).strip().splitlines() or ["no reason given"]
    return f"{what} cannot be fetched: {said[-1][-200:]}"


def _once(folder, fetch):
    if os.path.exists(os.path.join(folder, "complete")):
        return folder, None
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    reason = fetch()
    if reason:
        return None, reason
    with open(os.path.join(folder, "complete"), "w", encoding="utf-8"):
        pass
    return folder, None


def jars(tools, name, coordinates):
    """The jars of these ("group:artifact:version") and of what they need at run time."""
    for program in ("mvn", "java"):
        if shutil.which(program) is None:
            return None, f"there is no {program}"
    folder = os.path.join(tools, name)

    def fetch():
        dependencies = "\n".join("    <dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
                                 .format(*one.split(":")) for one in coordinates)
        with open(os.path.join(folder, "pom.xml"), "w", encoding="utf-8") as file:
            file.write(POM.format(dependencies=dependencies))
        return _fetched(folder, ["mvn", "-B", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={folder}",
                                 "-DincludeScope=runtime"], name)

    return _once(folder, fetch)


def _pip(tools):
    """Debian's Python has none of its own, and makes environments that have."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    folder, reason = _once(os.path.join(tools, "pip"), lambda: _fetched(
        os.path.join(tools, "pip"), [sys.executable, "-m", "venv", "."], "pip"))
    return [os.path.join(folder, "bin", "python"), "-m", "pip"] if folder else ["pip: " + reason]


def python_packages(tools, name, packages, more=()):
    """A folder for PYTHONPATH."""
    folder = os.path.join(tools, name)
    return _once(folder, lambda: _fetched(folder, [
        *_pip(tools), "install", "--quiet", "--disable-pip-version-check", "--target", folder, *more, *packages], name))


def with_httpx(binary):
    """The environment of a Python that has httpx with HTTP/2; None, and why not."""
    folder, reason = python_packages(tools_of(binary), "httpx-0.28.1", ["httpx[http2]==0.28.1"])
    return ({**os.environ, "PYTHONPATH": folder}, None) if folder else (None, reason)
