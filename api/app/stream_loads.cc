#include "api/app/stream_loads.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "api/log/log.h"

namespace millrace {
namespace {

// Loads mostly wait for a disk, and those that wait at the same time share its syncs.
constexpr std::size_t kThreads = 16;

// Each may have as much memory as ParquetLimits says, and a core.
constexpr std::size_t kParquetAtOnce = 2;

Result<std::uint64_t> count_rows(const lifecycle::Targets& targets, const DefinedTable& table) {
    TRY_ASSIGN(auto* const target, targets.at(table.target));
    TRY_ASSIGN(const auto page, target->read_rows({.table = table.key.table,
                                                   .rows_max = 1,
                                                   .count_max = std::uint64_t{INT64_MAX}}));
    if (!page.total) return Error(Code::invalid, "the target does not count rows");
    return *page.total;
}

}  // namespace

StreamLoads::StreamLoads(const DoorPorts& ports)
    : error_logs_(error_logs_folder(ports.config.data_dir), random_),
      parquet_turns_(kParquetAtOnce),
      pool_(kThreads,
            [](const std::exception& exception) {
                log::error("stream_load_failed", {{"cause", exception.what()}});
            }),
      setup_(setup_of(ports)) {}

stream_load::DoorSetup StreamLoads::setup_of(const DoorPorts& ports) {
    const auto& config = ports.config;
    const bool is_https = config.ingest_public_url.starts_with("https://");
    return {.loads = {
                .tables = ports.tables,
                .stores = ports.load_stores,
                .ends = ports.loads,
                .accepting = ports.accepting,
                .has_room_for = ports.has_room_for,
                .make_reader =
                    [&compiler = ports.expressions, &targets = ports.targets](bulk::BulkSpec spec) {
                        spec.values = targets.value_rules(spec.table.target);
                        return bulk::BulkReader::make(std::move(spec), compiler);
                    },
                .parquet = ports.parquet,
                .parquet_turns = parquet_turns_,
                .wait_visible =
                    [&visible = ports.visible_loads](const Load& load, Milliseconds at_most,
                                                     std::function<void(bool)> done) {
                        using IfRefused = pipeline::VisibleLoads::IfRefused;
                        if (done) {
                            return visible.wait(load, at_most, std::move(done),
                                                IfRefused::is_aborted);
                        }
                        visible.wait(load, at_most, [](bool) {});
                    },
                .find_file = [&files = ports.files](FileId file) { return files.find_file(file); },
                .count_rows = [&targets = ports.targets](
                                  const DefinedTable& table) { return count_rows(targets, table); },
                .scope = {.project = config.project, .branch = config.branch},
                .prepared_time = config.stream_load.prepared_time,
                .error_logs = error_logs_,
                .counters = counters_,
                .pool = pool_},
            .gate = ports.gate,
            .proxies = config.proxies,
            .may_root_load = config.stream_load.root_without_password == "yes",
            .scheme = is_https ? "https" : "http",
            .own_port = [this] { return port_.load(); },
            .stop = &stop_};
}

std::vector<std::unique_ptr<http::Door>> StreamLoads::make_doors(
    std::function<void(std::function<void()> step)> post) const {
    std::vector<std::unique_ptr<http::Door>> doors;
    doors.push_back(std::make_unique<stream_load::StreamLoadDoor>(setup_, std::move(post)));
    return doors;
}

void StreamLoads::add_metrics(MetricsText& text) const {
    using stream_load::LoadStatus;
    text.family("millrace_stream_loads_total", "counter", "Stream Loads by their answer.");
    for (const auto status : {LoadStatus::success, LoadStatus::publish_timeout,
                              LoadStatus::label_already_exists, LoadStatus::fail}) {
        text.sample({{"status", std::string(stream_load::to_string(status))}},
                    counters_.ended[static_cast<std::size_t>(status)]);
    }
    text.family("millrace_stream_loads_open", "gauge", "Stream Loads that have no answer yet.");
    text.sample({}, static_cast<std::uint64_t>(std::max<std::int64_t>(counters_.open, 0)));
    text.family("millrace_stream_load_rows_total", "counter",
                "Rows of Stream Loads by what became of them.");
    text.sample({{"result", "loaded"}}, counters_.loaded_rows);
    text.sample({{"result", "filtered"}}, counters_.filtered_rows);
    text.family("millrace_stream_load_nulled_values_total", "counter",
                "Values that did not convert and became NULL.");
    text.sample({}, counters_.nulled_values);
    text.family("millrace_stream_load_bytes_total", "counter",
                "Bytes of the bodies of Stream Loads, as they came.");
    text.sample({}, counters_.bytes);
}

}  // namespace millrace
