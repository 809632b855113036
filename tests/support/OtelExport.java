// Exports COUNT log records, data points and spans by the exporters of OpenTelemetry's SDK for Java.
// java OtelExport ENDPOINT SOURCE SECRET COUNT; ends with 1 if an export has failed.

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.util.concurrent.TimeUnit;

public class OtelExport {
    public static void main(String[] args) {
        final String base = args[0] + "/otlp/1/" + args[1] + "/" + args[2] + "/v1/";
        final int count = Integer.parseInt(args[3]);
        final Resource resource = Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "java"));
        final AttributeKey<Long> number = AttributeKey.longKey("i");

        final var loggers = SdkLoggerProvider.builder().setResource(resource).addLogRecordProcessor(
            BatchLogRecordProcessor.builder(OtlpHttpLogRecordExporter.builder()
                .setEndpoint(base + "logs").setCompression("gzip").build()).build()).build();
        final var tracers = SdkTracerProvider.builder().setResource(resource).addSpanProcessor(
            BatchSpanProcessor.builder(OtlpHttpSpanExporter.builder()
                .setEndpoint(base + "traces").setCompression("gzip").build()).build()).build();
        final var meters = SdkMeterProvider.builder().setResource(resource).registerMetricReader(
            PeriodicMetricReader.builder(OtlpHttpMetricExporter.builder()
                .setEndpoint(base + "metrics").build()).build()).build();

        final var logger = loggers.get("shop");
        final var tracer = tracers.get("shop");
        final var orders = meters.get("shop").counterBuilder("orders").build();
        for (int i = 0; i < count; ++i) {
            final Attributes attributes = Attributes.of(number, (long) i, AttributeKey.stringKey("text"), "é");
            logger.logRecordBuilder().setBody("record " + i).setSeverity(Severity.WARN).setSeverityText("WARN")
                .setAllAttributes(attributes).emit();
            tracer.spanBuilder("span " + i).setAllAttributes(attributes).startSpan().end();
            orders.add(1, Attributes.of(AttributeKey.stringKey("shop"), "shop " + i));
        }
        boolean isDone = loggers.shutdown().join(60, TimeUnit.SECONDS).isSuccess();
        isDone &= tracers.shutdown().join(60, TimeUnit.SECONDS).isSuccess();
        isDone &= meters.shutdown().join(60, TimeUnit.SECONDS).isSuccess();
        System.exit(isDone ? 0 : 1);
    }
}
