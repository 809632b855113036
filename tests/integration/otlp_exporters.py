#!/usr/bin/env python3
"""Exporters of OpenTelemetry deliver to the real binary.

Goal    what the SDKs for Python and Java and telemetrygen export is in the tables, record by record, by HTTP and by gRPC.
Method  pip's exporters in the interpreter of build/tools/otel, or in any that has them, and telemetrygen at build/tools
        or in the PATH; `scripts/setup --tests` fetches both. The SDK for Java comes from Maven, once, into test-tools
        beside the binary. What cannot be had is SKIPPED, with the reason.
"""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import test_tools  # noqa: E402
from otlp import Otlp  # noqa: E402

COUNT = 500
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
EXPORT = os.path.join(ROOT, "tests", "support", "otel_export.py")
JAVA_EXPORT = os.path.join(ROOT, "tests", "support", "OtelExport.java")
JAVA_SDK = ("io.opentelemetry:opentelemetry-sdk:1.68.0", "io.opentelemetry:opentelemetry-exporter-otlp:1.68.0")
FETCH = "scripts/setup --tests fetches it"


def has(python, protocol):
    found = subprocess.run([python, "-c", f"import opentelemetry.exporter.otlp.proto.{protocol}"], capture_output=True,
                           check=False)
    return found.returncode == 0


def sdk(protocol):
    """An interpreter with the SDK and its exporters of the protocol."""
    for python in (os.path.join(ROOT, "build", "tools", "otel", "bin", "python3"), sys.executable):
        if os.path.exists(python) and has(python, protocol):
            return python
    return None


def telemetrygen():
    return shutil.which("telemetrygen") or shutil.which(os.path.join(ROOT, "build", "tools", "telemetrygen"))


def java_sdk(binary):
    """The class path of the program that exports; None, and why there is none."""
    if shutil.which("javac") is None:
        return None, "there is no javac"
    folder, reason = test_tools.jars(test_tools.tools_of(binary), "otel-java-1.68.0", JAVA_SDK)
    if folder is None:
        return None, reason
    built = subprocess.run(["javac", "-cp", folder + "/*", "-d", folder, JAVA_EXPORT], capture_output=True, text=True,
                           timeout=120, check=False)
    mr.check_equal(built.returncode, 0, f"javac: {built.stderr}")
    return f"{folder}/*:{folder}", None


class Exporters(Otlp):
    def in_order(self):
        cases = [self.sinks_are_made]
        for there, case, what in (
                (sdk("http"), self.the_python_sdk_delivers_by_http, "opentelemetry-exporter-otlp-proto-http (pip)"),
                (sdk("grpc"), self.the_python_sdk_delivers_by_grpc, "opentelemetry-exporter-otlp-proto-grpc (pip)"),
                (telemetrygen(), self.telemetrygen_delivers, "telemetrygen (go install)")):
            if there:
                cases.append(case)
            else:
                print(f"        SKIPPED: there is no {what}: {FETCH}")
        self.class_path, reason = java_sdk(self.server.binary)
        if self.class_path:
            cases.append(self.the_java_sdk_delivers)
        else:
            print(f"        SKIPPED: the SDK for Java: {reason}")
        return cases

    def sinks_are_made(self):
        for source in ("sdk-http", "sdk-grpc", "gen", "sdk-java"):
            self.source(source)
            for signal in ("logs", "metrics", "traces"):
                self.sink(source, signal, f"in.c-{source}.{signal}", [signal], {"preset": f"otel-{signal}"})

    def the_python_sdk_delivers_by_http(self):
        self.deliver("http")

    def the_python_sdk_delivers_by_grpc(self):
        self.deliver("grpc")

    def deliver(self, protocol):
        source, service = f"sdk-{protocol}", f"python-{protocol}"
        parts = self.api.get(self.api.source_path(source))["otlp"]
        host, port = self.server.ingest_address()
        done = subprocess.run([sdk(protocol), EXPORT, protocol, f"http://{host}:{port}", source, parts["secret"], str(COUNT)],
                              capture_output=True, text=True, timeout=120, check=False)
        mr.check_equal((done.returncode, done.stderr), (0, ""), "the SDK has nothing to say")
        all_of = range(COUNT)
        spans = self.rows_of(source, "traces", f"in.c-{source}.traces", "name, service_name, attributes", COUNT)
        mr.check_equal(sorted(spans), sorted((f"span {i}", service, f'{{"i":{i},"text":"é"}}') for i in all_of), "spans")
        logs = self.rows_of(source, "logs", f"in.c-{source}.logs", "body, severity_text, service_name, attributes", COUNT)
        mr.check_equal(sorted(logs), sorted((f"record {i}", "WARN", service, f'{{"i":{i},"list":["a","b"]}}') for i in all_of),
                       "log records")
        points = self.rows_of(source, "metrics", f"in.c-{source}.metrics", "metric_name, attributes", 2 * COUNT)
        mr.check_equal(sorted(points), sorted((name, f'{{"shop":"shop {i}"}}') for name in ("orders", "sizes") for i in all_of),
                       "data points")

    def the_java_sdk_delivers(self):
        """Logs and spans are gzip in chunks, metrics plain with a length."""
        parts = self.api.get(self.api.source_path("sdk-java"))["otlp"]
        host, port = self.server.ingest_address()
        done = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-cp", self.class_path, "OtelExport", f"http://{host}:{port}",
                               "sdk-java", parts["secret"], str(COUNT)], capture_output=True, text=True, timeout=120, check=False)
        mr.check_equal((done.returncode, done.stderr), (0, ""), "the SDK has nothing to say")
        attributes = [f'{{"i":{i},"text":"é"}}' for i in range(COUNT)]
        logs = self.rows_of("sdk-java", "logs", "in.c-sdk-java.logs", "body, severity_text, service_name, attributes", COUNT)
        mr.check_equal(sorted(logs), sorted((f"record {i}", "WARN", "java", text) for i, text in enumerate(attributes)), "logs")
        spans = self.rows_of("sdk-java", "traces", "in.c-sdk-java.traces", "name, service_name, attributes", COUNT)
        mr.check_equal(sorted(spans), sorted((f"span {i}", "java", text) for i, text in enumerate(attributes)), "spans")
        points = self.rows_of("sdk-java", "metrics", "in.c-sdk-java.metrics", "metric_name, attributes", COUNT)
        mr.check_equal(sorted(points), sorted(("orders", f'{{"shop":"shop {i}"}}') for i in range(COUNT)), "data points")

    def telemetrygen_delivers(self):
        parts = self.api.get(self.api.source_path("gen"))["otlp"]
        host, port = self.server.ingest_address()
        for signal in ("logs", "metrics", "traces"):
            subprocess.run([telemetrygen(), signal, "--otlp-http", "--otlp-insecure", "--otlp-endpoint", f"{host}:{port}",
                            "--otlp-http-url-path", f"/otlp/1/gen/{parts['secret']}/v1/{signal}", f"--{signal}", str(COUNT),
                            "--rate", "0"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
            self.rows_of("gen", signal, f"in.c-gen.{signal}", "timestamp", COUNT)


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "otlp-exporters", lambda server: Exporters(server).in_order()))
