#pragma once
// What every exporter says of its process, under the names that Prometheus' client libraries use,
// and which build it is.
//
// Source  https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics

#include "api/app/metrics.h"

namespace millrace {

// From any thread. What the kernel does not tell is left out.
void add_process_metrics(MetricsText& text);

}  // namespace millrace
