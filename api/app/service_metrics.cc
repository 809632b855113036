#include "api/app/service_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/app/metrics.h"
#include "api/app/process_metrics.h"
#include "api/log/log.h"
#include "core/accounts/ledger.h"
#include "storage/os/disk_space.h"

namespace millrace {
namespace {

void add_api(MetricsText& text, const MeasuredService& service) {
    const auto api = service.api.counters();
    text.family("millrace_api_requests_total", "counter", "Answers of the REST API by status.");
    for (const auto& [status, count] : api.requests) {
        text.sample({{"code", fmt::format("{}", status)}}, count);
    }
    text.family("millrace_api_connections", "gauge", "Open connections of the REST API.");
    text.sample({}, api.connections);
    text.family("millrace_api_connections_refused_total", "counter",
                "Connections that were too many for the REST API.");
    text.sample({}, api.refused_connections);
    if (service.tls.api() != nullptr) {
        text.family("millrace_api_tls_handshakes_failed_total", "counter",
                    "Connections of the REST API that did not come to speak TLS.");
        text.sample({}, api.failed_handshakes);
    }
    text.family("millrace_api_connection_memory_bytes", "gauge",
                "Buffers of the REST API's connections.");
    text.sample({}, api.memory_bytes);
}

void add_tokens(MetricsText& text, const MeasuredService& service) {
    text.family("millrace_wrong_tokens_total", "counter",
                "Requests to either port with a wrong token.");
    text.sample({}, service.wrong_tokens);
}

void add_loads(MetricsText& text, const MeasuredService& service) {
    const auto totals = service.catalog.totals();
    if (!totals.ok()) return;
    const auto& loads = totals.value();
    text.family("millrace_loads", "gauge", "Loads that are not over, by state.");
    text.sample({{"state", "open"}}, loads.open);
    text.sample({{"state", "prepared"}}, loads.prepared);
    text.sample({{"state", "committed"}}, loads.waiting);
    text.family("millrace_loads_waiting_rows", "gauge",
                "Rows of loads that are committed and not imported yet.");
    text.sample({}, loads.waiting_rows);
    text.family("millrace_loads_total", "counter", "Loads that ended.");
    text.sample({{"result", "committed"}}, loads.committed);
    text.sample({{"result", "aborted"}}, loads.aborted);
    text.family("millrace_loaded_rows_total", "counter", "Rows of loads that were committed.");
    text.sample({}, loads.rows);
}

void add_log(MetricsText& text) {
    text.family("millrace_log_lines_dropped_total", "counter",
                "Log lines dropped because they were not read in time.");
    text.sample({}, log::dropped_lines());
}

void add_rejects(MetricsText& text, const MeasuredService& service) {
    const auto rejects = service.rejects.counts();
    text.family("millrace_rejects_total", "counter",
                "Records of sinks with mapping.onError keep that could not be mapped.");
    text.sample({{"result", "kept"}}, rejects.kept);
    text.sample({{"result", "not_kept"}}, rejects.not_kept);
}

void add_templates(MetricsText& text, const MeasuredService& service) {
    text.family("millrace_templates_killed_total", "counter",
                "Evaluations of templates ended by a limit.");
    text.sample({}, service.templates.killed.load());
    text.family("millrace_template_workers_lost_total", "counter",
                "Template workers that ended by themselves or could not start.");
    text.sample({}, service.templates.workers_lost.load());
}

void add_keys(MetricsText& text, const MeasuredService& service) {
    const auto keys = service.window.totals();
    text.family("millrace_idempotency_keys", "gauge",
                "Keys of requests whose answers are remembered.");
    text.sample({}, keys.keys);
    text.family("millrace_idempotency_memory_bytes", "gauge", "Memory of idempotency keys.");
    text.sample({}, keys.bytes);
    text.family("millrace_idempotency_window_shortened_total", "counter",
                "Keys forgotten before the window of their source had passed.");
    text.sample({{"by", "count"}}, keys.shortened_by_count);
    text.sample({{"by", "memory"}}, keys.shortened_by_memory);
}

// What is said of one sink.
struct SinkFigures {
    MetricsText::Labels labels;
    pipeline::SinkCounts counts;
    accounts::Ledger ledger;
};

// `sink` is as it was before there were the other two.
MetricsText::Labels labels_of(const SinkKey& key) {
    const auto& source = key.source.source.value;
    return {
        {"sink", source + "/" + key.sink.value}, {"sink_id", key.sink.value}, {"source", source}};
}

MetricsText::Labels with(std::string_view name, std::string_view value,
                         MetricsText::Labels labels) {
    labels.emplace(name, value);
    return labels;
}

// `keys` is null where the catalog cannot tell.
std::vector<SinkFigures> figures_of(const std::map<SinkNumber, pipeline::SinkCounts>& counts,
                                    const std::map<SinkNumber, accounts::Ledger>& ledgers,
                                    const std::map<SinkNumber, SinkKey>* keys) {
    std::map<SinkNumber, SinkFigures> figures;
    for (const auto& [number, of_sink] : counts) figures[number].counts = of_sink;
    for (const auto& [number, ledger] : ledgers) figures[number].ledger = ledger;
    std::vector<SinkFigures> all;
    for (auto& [number, of_sink] : figures) {
        of_sink.labels = {{"sink", fmt::format("{}", number.value)}};
        if (keys != nullptr) {
            const auto key = keys->find(number);
            const auto waiting =
                of_sink.ledger.local + of_sink.ledger.staging + of_sink.ledger.set_aside;
            if (key == keys->end() && waiting == 0) continue;  // gone for good
            if (key != keys->end()) {
                of_sink.labels = labels_of(key->second);
            }
        }
        all.push_back(std::move(of_sink));
    }
    return all;
}

void add_sinks(MetricsText& text, const MeasuredService& service) {
    const auto ledgers =
        accounts::read_all_ledgers(service.catalog, service.volumes, service.catalog);
    const auto keys = service.catalog.sink_keys();
    const std::map<SinkNumber, accounts::Ledger> none;
    const auto sinks =
        figures_of(service.sink_counters.all(), ledgers.ok() ? ledgers.value() : none,
                   keys.ok() ? &keys.value() : nullptr);

    text.family("millrace_rows", "gauge", "Rows of a sink at each storage level.");
    for (const auto& [labels, _, ledger] : sinks) {
        if (!ledgers.ok()) break;  // absent is better than wrong
        text.sample(with("level", "local", labels), ledger.local);
        text.sample(with("level", "staging", labels), ledger.staging);
        text.sample(with("level", "target", labels), ledger.target);
        text.sample(with("level", "setAside", labels), ledger.set_aside);
        text.sample(with("level", "discarded", labels), ledger.discarded);
    }
    text.family("millrace_lag_seconds", "gauge",
                "Age of the oldest row of a sink that is not in its table and not set aside; 0 "
                "where there is none.");
    const auto now = service.clock.wall();
    for (const auto& [labels, _, ledger] : sinks) {
        if (!ledgers.ok()) break;
        const auto age = ledger.oldest ? now - *ledger.oldest : Milliseconds(0);
        text.sample_real(labels, static_cast<double>(std::max<std::int64_t>(age.count(), 0)) / 1e3);
    }
    text.family("millrace_lost_rows", "gauge",
                "Rows of a sink that were accepted and are gone with a damaged file.");
    for (const auto& [labels, _, ledger] : sinks) {
        if (ledgers.ok()) text.sample(labels, ledger.lost);
    }
    text.family("millrace_lost_rows_of_no_sink", "gauge",
                "Rows that were accepted and are gone with a damaged journal, which has also lost "
                "which sink they were of.");
    if (ledgers.ok()) {
        const auto found = ledgers.value().find(SinkNumber());
        text.sample({}, found == ledgers.value().end() ? 0 : found->second.lost);
    }
    text.family("millrace_kept_rejects", "gauge", "Records of a sink that are kept as rejects.");
    for (const auto& [labels, _, ledger] : sinks) {
        if (ledgers.ok()) text.sample(labels, ledger.kept_rejects);
    }
    text.family(
        "millrace_sink_records_total", "counter",
        "Records that came for a sink, and those of them that were refused, had come before "
        "with their key, or had none of its paths.");
    for (const auto& [labels, counts, _] : sinks) {
        text.sample(with("result", "received", labels), counts.received);
        text.sample(with("result", "refused", labels), counts.refused);
        text.sample(with("result", "duplicate", labels), counts.duplicate);
        text.sample(with("result", "defaulted", labels), counts.defaulted);
    }
}

// A disk that cannot be asked has none of it.
void add_spaces(MetricsText& text, const MeasuredService& service) {
    std::vector<std::pair<MetricsText::Labels, os::DiskSpace>> spaces;
    for (const auto& volume : service.local_volumes) {
        const auto space = os::disk_space(volume->directory());
        if (space.ok()) spaces.push_back({{{"volume", volume->name()}}, space.value()});
    }
    text.family("millrace_volume_free_bytes", "gauge", "Free room on the disk of the volume.");
    for (const auto& [labels, space] : spaces) text.sample(labels, space.free_bytes);
    text.family("millrace_volume_size_bytes", "gauge", "Size of the disk of the volume.");
    for (const auto& [labels, space] : spaces) text.sample(labels, space.total_bytes);
}

void add_volumes(MetricsText& text, const MeasuredService& service) {
    const auto each = [&](const auto& add) {
        for (const auto& volume : service.local_volumes) {
            add(*volume, MetricsText::Labels{{"volume", volume->name()}});
        }
    };
    const auto add_histogram = [&](const MetricsText::Labels& labels, const Histogram& histogram,
                                   double unit) {
        HistogramTotals totals;
        histogram.add_to(totals);
        text.histogram(labels, totals, unit);
    };
    text.family("millrace_volume_up", "gauge",
                "1 while the volume takes rows, 0 while it is full, has failed or is missing.");
    each([&](const auto& volume, const auto& labels) {
        text.sample(labels, volume.journal().health().ok() && volume.has_room() ? 1 : 0);
    });
    for (const auto& name : service.volumes.absent_names()) text.sample({{"volume", name}}, 0);
    text.family("millrace_volume_full", "gauge", "1 while the disk of the volume has no room.");
    each([&](const auto& volume, const auto& labels) {
        text.sample(labels, volume.has_room() ? 0 : 1);
    });
    add_spaces(text, service);
    text.family("millrace_fsync_seconds", "histogram", "Time to write and sync one journal frame.");
    each([&](const auto& volume, const auto& labels) {
        add_histogram(labels, volume.frame_times(), 1e-9);
    });
    text.family("millrace_frame_rows", "histogram", "Rows that became durable with one sync.");
    each([&](const auto& volume, const auto& labels) {
        add_histogram(labels, volume.frame_rows(), 1);
    });
    text.family("millrace_journal_distance_bytes", "gauge", "Journal that a restart would replay.");
    each([&](const auto& volume, const auto& labels) {
        text.sample(labels, volume.journal().distance_bytes());
    });
}

void add_lifecycle(MetricsText& text, const MeasuredService& service) {
    const auto counters = service.lifecycle.counters();
    text.family("millrace_uploads_total", "counter", "Slices uploaded to staging.");
    text.sample({{"result", "success"}}, counters.uploads);
    text.sample({{"result", "error"}}, counters.failed_uploads);
    text.family("millrace_imports_total", "counter", "Files imported into tables.");
    text.sample({{"result", "success"}}, counters.imports);
    text.sample({{"result", "error"}}, counters.failed_imports);
    text.family("millrace_imported_rows_total", "counter", "Rows imported into tables.");
    text.sample({}, counters.imported_rows);
    text.family("millrace_files_waiting_long", "gauge",
                "Files that are not imported since more than a day of uptime, and not set aside.");
    text.sample({}, service.lifecycle.waiting_long());
    text.family("millrace_import_seconds", "histogram",
                "Time of an import: of one file, or of several that share a transaction.");
    HistogramTotals times;
    service.lifecycle.import_times().add_to(times);
    text.histogram({}, times, 1e-9);
}

}  // namespace

std::string metrics_text(const MeasuredService& service) {
    MetricsText text;
    for (const auto& door : service.doors) door->add_metrics(text);
    add_api(text, service);
    add_rejects(text, service);
    add_loads(text, service);
    add_tokens(text, service);
    add_log(text);
    add_templates(text, service);
    add_keys(text, service);
    add_sinks(text, service);
    add_volumes(text, service);
    add_lifecycle(text, service);
    service.backends.add_metrics(text);
    add_process_metrics(text);
    service.tls.add_metrics(text);
    return std::move(text).text();
}

}  // namespace millrace
