#include "api/app/streaming_uploads.h"

#include <algorithm>
#include <utility>

#include "api/log/log.h"

namespace millrace {
namespace {

// More than processors, because some wait for a disk.
constexpr std::size_t kThreads = 8;

CsvParser parser_of(const config::CsvOptions& csv) {
    return {.separator = csv.separator,
            .quote = csv.quote,
            .escape = csv.escape,
            .line_separator = csv.line_separator,
            .null_value = csv.null_value,
            .header = csv.header == "yes",
            .repeated_header = csv.repeated_header == "yes"};
}

}  // namespace

StreamingUploads::StreamingUploads(const DoorPorts& ports)
    : pool_(kThreads,
            [](const std::exception& exception) {
                log::error("upload_failed", {{"cause", exception.what()}});
            }),
      setup_(setup_of(ports)) {}

upload::UploadSetup StreamingUploads::setup_of(const DoorPorts& ports) {
    const auto& config = ports.config;
    return {.uploads = {
                .tables = ports.tables,
                .stores = ports.load_stores,
                .ends = ports.loads,
                .accepting = ports.accepting,
                .make_reader =
                    [&compiler = ports.expressions, &targets = ports.targets](bulk::BulkSpec spec) {
                        spec.values = targets.value_rules(spec.table.target);
                        return bulk::BulkReader::make(std::move(spec), compiler);
                    },
                .wait_visible =
                    [&visible = ports.visible_loads](const Load& load, Milliseconds at_most,
                                                     std::function<void(bool)> done,
                                                     pipeline::VisibleLoads::IfRefused if_refused) {
                        visible.wait(load, at_most, std::move(done), if_refused);
                    },
                .find_file = [&files = ports.files](FileId file) { return files.find_file(file); },
                .scope = {.project = config.project, .branch = config.branch},
                .csv = parser_of(config.csv),
                .limits = {.input_bytes = config.upload.input_bytes,
                           .buffer_rows = config.upload.buffer_rows,
                           .batch_rows = config.upload.batch_rows},
                .counters = counters_,
                .pool = pool_,
                .live = live_},
            .gate = ports.gate,
            .proxies = config.proxies,
            .stop = &stop_};
}

Result<void> StreamingUploads::check() const {
    return check_csv_parser(setup_.uploads.csv);
}

std::unique_ptr<http::Door> StreamingUploads::make_door(
    std::function<void(std::function<void()> step)> post) const {
    return std::make_unique<upload::UploadDoor>(setup_, std::move(post));
}

// Those that are left wait for something that does not come any more.
void StreamingUploads::stop() {
    pool_.stop();
    const auto left = live_.with([](auto& live) { return std::exchange(live, {}); });
}

void StreamingUploads::add_metrics(MetricsText& text) const {
    text.family("millrace_uploads_ended_total", "counter", "Uploads by what became of them.");
    text.sample({{"result", "done"}}, counters_.done);
    text.sample({{"result", "cancelled"}}, counters_.cancelled);
    text.sample({{"result", "replayed"}}, counters_.replayed);
    text.sample({{"result", "refused"}}, counters_.refused);
    text.family("millrace_uploads_open", "gauge", "Uploads that have no answer yet.");
    text.sample({}, static_cast<std::uint64_t>(std::max<std::int64_t>(counters_.open, 0)));
    text.family("millrace_upload_rows_total", "counter", "Rows of uploads that are done.");
    text.sample({}, counters_.rows);
    text.family("millrace_upload_bytes_total", "counter", "Decoded bytes of bodies of uploads.");
    text.sample({}, counters_.bytes);
    text.family("millrace_upload_buffered_bytes", "gauge",
                "Bytes of bodies of uploads that wait in memory to be read.");
    text.sample({}, counters_.buffered_bytes);
}

}  // namespace millrace
