"""Exports COUNT spans, log records and data points with the Python SDK of OpenTelemetry, and checks that each was taken.

otel_export.py http|grpc BASE_URL SOURCE SECRET COUNT. It runs in an interpreter that has the packages
opentelemetry-sdk and opentelemetry-exporter-otlp.
"""

import importlib
import logging
import sys

from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def exporters(protocol, base, source, secret):
    """The exporters of traces, logs and metrics."""
    found = []
    for signal, name in (("traces", "trace_exporter.OTLPSpanExporter"), ("logs", "_log_exporter.OTLPLogExporter"),
                         ("metrics", "metric_exporter.OTLPMetricExporter")):
        module, kind = name.split(".")
        of = importlib.import_module(f"opentelemetry.exporter.otlp.proto.{protocol}.{module}")
        if protocol == "http":
            from opentelemetry.exporter.otlp.proto.http import Compression
            found.append(getattr(of, kind)(endpoint=f"{base}/otlp/1/{source}/v1/{signal}", compression=Compression.Gzip,
                                           headers={"Authorization": f"Bearer {secret}"}))
        else:
            from grpc import Compression
            found.append(getattr(of, kind)(endpoint=base, insecure=True, compression=Compression.Gzip,
                                           headers=(("millrace-source", f"1/{source}"),
                                                    ("authorization", f"Bearer {secret}"))))
    return found


def main():
    protocol, base, source, secret, count = sys.argv[1:]
    count = int(count)
    logging.basicConfig(level=logging.WARNING)  # what an exporter gives up is said there
    resource = Resource.create({"service.name": f"python-{protocol}"})
    spans, logs, metrics = exporters(protocol, base, source, secret)
    tracing = TracerProvider(resource=resource)
    tracing.add_span_processor(BatchSpanProcessor(spans))
    logging_to = LoggerProvider(resource=resource)
    logging_to.add_log_record_processor(BatchLogRecordProcessor(logs))
    metering = MeterProvider(resource=resource, metric_readers=[
        PeriodicExportingMetricReader(metrics, export_interval_millis=3_600_000)])
    tracer, logger, meter = tracing.get_tracer("test"), logging_to.get_logger("test"), metering.get_meter("test")
    counter, sizes = meter.create_counter("orders", unit="1"), meter.create_histogram("sizes", unit="By")
    for i in range(count):
        with tracer.start_as_current_span(f"span {i}", attributes={"i": i, "text": "é"}) as span:
            span.add_event("seen", {"n": i})
        logger.emit(body=f"record {i}", severity_number=SeverityNumber.WARN, severity_text="WARN",
                    attributes={"i": i, "list": ["a", "b"]})
        counter.add(i, {"shop": f"shop {i}"})
        sizes.record(i / 8, {"shop": f"shop {i}"})
    for provider in (tracing, logging_to, metering):
        provider.shutdown()


if __name__ == "__main__":
    main()
