#!/usr/bin/env python3
"""Exporters of OpenTelemetry deliver to the real binary.

Goal    what the Python SDK and telemetrygen export is in the tables, record by record, also after a 503.
Method  pip's opentelemetry-exporter-otlp-proto-http, where it is installed, and telemetrygen, where it is at
        build/tools or in the PATH; without either the test is skipped.
"""

import importlib.util
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
from otlp import Otlp  # noqa: E402

COUNT = 500


def has_sdk():
    try:
        return importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


def telemetrygen():
    return shutil.which("telemetrygen") or shutil.which("build/tools/telemetrygen")


class Exporters(Otlp):
    def in_order(self):
        return [self.sinks_are_made] + ([self.the_python_sdk_delivers] if has_sdk() else []) + (
            [self.telemetrygen_delivers] if telemetrygen() else [])

    def sinks_are_made(self):
        for source in ("sdk", "gen"):
            self.source(source)
            for signal in ("logs", "metrics", "traces"):
                self.sink(source, signal, f"in.c-{source}.{signal}", [signal], {"preset": f"otel-{signal}"})

    def the_python_sdk_delivers(self):
        from opentelemetry.exporter.otlp.proto.http import Compression
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        parts = self.api.get(self.api.source_path("sdk"))["otlp"]
        host, port = self.server.ingest_address()
        provider = TracerProvider(resource=Resource.create({"service.name": "python"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(
            endpoint=f"http://{host}:{port}/otlp/1/sdk/v1/traces", compression=Compression.Gzip,
            headers={"Authorization": f"Bearer {parts['secret']}"})))
        tracer = provider.get_tracer("test")
        for i in range(COUNT):
            with tracer.start_as_current_span(f"span {i}", attributes={"i": i, "text": "é"}) as span:
                span.add_event("seen", {"n": i})
        provider.shutdown()
        rows = self.rows_of("sdk", "traces", "in.c-sdk.traces", "name, service_name, attributes", COUNT)
        mr.check_equal(sorted(rows), sorted((f"span {i}", "python", f'{{"i":{i},"text":"é"}}') for i in range(COUNT)), "spans")

    def telemetrygen_delivers(self):
        parts = self.api.get(self.api.source_path("gen"))["otlp"]
        host, port = self.server.ingest_address()
        for signal in ("logs", "metrics", "traces"):
            subprocess.run([telemetrygen(), signal, "--otlp-http", "--otlp-insecure", "--otlp-endpoint", f"{host}:{port}",
                            "--otlp-http-url-path", f"/otlp/1/gen/{parts['secret']}/v1/{signal}", f"--{signal}", str(COUNT),
                            "--rate", "0"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
            self.rows_of("gen", signal, f"in.c-gen.{signal}", "timestamp", COUNT)


if __name__ == "__main__":
    if not has_sdk() and not telemetrygen():
        mr.skip("no opentelemetry-exporter-otlp-proto-http (pip) and no telemetrygen (go install)")
    sys.exit(mr.run_on_server(__doc__, "otlp-exporters", lambda server: Exporters(server).in_order()))
