#include "core/definitions/reject_retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/base/crc32c.h"
#include "core/definitions/definition_errors.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/route_builder.h"
#include "core/definitions/template_values.h"
#include "core/mapping/origin.h"
#include "core/model/import_origin.h"
#include "core/ports/raw_rows.h"

namespace millrace::definitions {
namespace {

constexpr std::uint32_t kStepRejects = 500;
constexpr Milliseconds kStepTime{100};
constexpr Milliseconds kPause{1'000};
constexpr int kPausesMax = 300;

// The headers as they were kept: names and values of one JSON object.
Result<std::map<std::string, std::string>> headers_of(const Reject& reject) {
    const auto json = nlohmann::json::parse(reject.headers, nullptr, false);
    if (!json.is_object()) {
        return Error(Code::corrupt, fmt::format("the headers of reject {}", reject.number));
    }
    std::map<std::string, std::string> headers;
    for (const auto& [name, value] : json.items()) headers.emplace(name, value.get<std::string>());
    return headers;
}

// Rows that were refused at their import, by what a slice has in common.
class RefusedAgain {
public:
    using Form = std::pair<MappingVersion, std::string>;  // and the header

    Result<void> add(Reject reject) {
        TRY_ASSIGN(const auto origin, parse_import_origin(reject.origin));
        RawRows rows(std::make_unique<TextSource>(reject.body));
        TRY_ASSIGN(const auto row, rows.next());
        if (!row) {
            return Error(Code::corrupt, fmt::format("reject {} has no row", reject.number));
        }
        auto& slice = slices_[Form(origin.mapping, rows.header())];
        if (slice.csv.empty()) slice.csv = rows.header();
        slice.csv += *row;
        ++slice.rows;
        reject.body.clear();
        slice.rejects.push_back(std::move(reject));
        return {};
    }

    const std::map<Form, RetriedRows>& slices() const { return slices_; }

private:
    std::map<Form, RetriedRows> slices_;
};

enum class Tried { mapped, refused, busy };

// What maps rejects again.
struct Mapping {
    const pipeline::SourceRoute& route;
    Evaluator& evaluator;
    Rng& rng;
    mapping::Scratch& scratch;
    RejectReader* reader;  // null: they are what was kept
};

// Appends the row of a record to `csv`, if it can be mapped now.
Result<Tried> map_record(const Record& record, bool deletes, const Mapping& with,
                         std::string& csv) {
    const auto values = evaluate_templates(record, with.route, with.rng, with.evaluator);
    if (!values.ok() && values.error().code() == Code::overloaded) return Tried::busy;
    if (!values.ok()) return values.error();
    const auto& mapper = with.route.mapper;
    mapper.begin(record, with.scratch, values.value());
    const auto mapped = deletes ? mapper.append_delete(0, with.scratch, csv)
                                : mapper.append_row(0, with.scratch, csv);
    if (mapped.ok()) return Tried::mapped;
    return mapped.error().code() == Code::overloaded ? Tried::busy : Tried::refused;
}

// Appends the rows of a reject, if all of it can be mapped now.
Result<Tried> map_again(const Reject& reject, const Mapping& with, RetriedRows& retried) {
    TRY_ASSIGN(const auto kept, headers_of(reject));
    std::vector<RequestHeader> headers;
    for (const auto& [name, value] : kept) headers.push_back({.name = name, .value = value});
    Record record{.arrived_at = reject.arrived_at,
                  .client_ip = reject.client_ip,
                  .headers = headers,
                  .content_type = reject.content_type,
                  .body = reject.body};
    TRY_ASSIGN(auto origin, mapping::Origin::parse(reject.origin));
    origin.show_to(record);
    std::optional<std::vector<RetriedRecord>> read;
    if (with.reader != nullptr) {
        auto found = with.reader->read(reject);
        if (!found.ok() && found.error().code() == Code::invalid) return Tried::refused;
        if (!found.ok()) return std::move(found).error();
        read = std::move(found).value();
    }
    const auto bytes_before = retried.csv.size();
    if (!read) {
        TRY_ASSIGN(const auto tried, map_record(record, false, with, retried.csv));
        if (tried == Tried::mapped) ++retried.rows;
        return tried;
    }
    auto message = record.message != nullptr ? *record.message : TopicMessage{};
    if (record.message != nullptr) record.message = &message;
    for (const auto& one : *read) {
        record.body = one.body;
        record.content_type = one.content_type;
        if (one.message_key) message.key = *one.message_key;
        TRY_ASSIGN(const auto tried, map_record(record, one.deletes, with, retried.csv));
        if (tried == Tried::mapped) continue;
        retried.csv.resize(bytes_before);
        return tried;
    }
    retried.rows += read->size();
    return Tried::mapped;
}

}  // namespace

Result<void> remove_announced_slices(RejectStore& rejects, SealedSlices& slices,
                                     const Events& events) {
    TRY_ASSIGN(const auto announced, rejects.announced_slices());
    for (const auto& slice : announced) {
        if (const auto removed = slices.remove(slice); !removed.ok()) {
            events.slice_not_removed({.slice = slice, .error = removed.error()});
            continue;
        }
        TRY(rejects.forget_announced(slice.slice));
    }
    return {};
}

void RejectRetry::run(const SinkKey& sink, Done done) const {
    if (auto removed = remove_announced_slices(ports_.rejects, ports_.slices, ports_.events);
        !removed.ok()) {
        return done(std::move(removed).error());
    }
    auto progress = std::make_shared<Progress>();
    progress->sink = sink;
    progress->done = std::move(done);
    step(progress);
}

void RejectRetry::step(const std::shared_ptr<Progress>& progress) const {
    const auto next = try_some(*progress);
    if (!next.ok()) return progress->done(next.error());
    if (next.value() == Step::finished) return progress->done(progress->counts);
    // Timed in any case: a strand that stops drops those, and does not wait for a long retry.
    const auto pause = next.value() == Step::pause ? kPause : Milliseconds(0);
    ports_.strand.post_at(ports_.clock.steady() + pause, [this, progress] { step(progress); });
}

// Tries the next rejects.
Result<RejectRetry::Step> RejectRetry::try_some(Progress& progress) const {
    TRY_ASSIGN(const auto loaded, load_with_source(ports_.catalog, progress.sink));
    const auto& [source, sink] = loaded;
    if (sink.disabled) return sink_disabled(progress.sink.sink);
    TRY_ASSIGN(auto rejects, ports_.rejects.rejects_of(
                                 sink.number, {.after = progress.tried, .limit = kStepRejects}));
    if (rejects.empty()) return Step::finished;

    TRY_ASSIGN(const auto route, ports_.routes.build_full(source, {sink}));
    SharedNumbers numbers(ports_.random);
    const auto scratch = mapping::make_scratch(numbers);
    const Mapping with{.route = *route,
                       .evaluator = ports_.evaluator,
                       .rng = numbers,
                       .scratch = *scratch,
                       .reader = reader_of(source, progress)};
    RetriedRows mapped;
    RefusedAgain imported;
    std::uint64_t refused = 0;
    auto last_tried = progress.tried;
    bool is_busy = false;
    const auto ends_at = ports_.clock.steady() + kStepTime;
    for (auto& reject : rejects) {
        if (is_of_import(reject)) {
            last_tried = reject.number;
            TRY(imported.add(std::move(reject)));
            continue;
        }
        TRY_ASSIGN(const auto tried, map_again(reject, with, mapped));
        is_busy = tried == Tried::busy;
        if (is_busy) break;
        last_tried = reject.number;
        if (tried == Tried::refused) ++refused;
        if (tried == Tried::mapped) mapped.rejects.push_back(std::move(reject));
        if (ports_.clock.steady() >= ends_at) break;
    }
    const auto& source_id = progress.sink.source.source;
    if (!mapped.rejects.empty()) {
        TRY(accept(source_id, {.sink = sink.number, .mapping = sink.mapping}, mapped));
    }
    progress.counts.accepted += mapped.rejects.size();
    for (const auto& [form, slice] : imported.slices()) {
        const SinkVersion version{.sink = sink.number, .mapping = form.first};
        TRY(accept(source_id, version, slice));
        progress.counts.accepted += slice.rejects.size();
    }
    progress.counts.rejected += refused;
    if (std::exchange(progress.tried, last_tried) != last_tried) progress.pauses = 0;
    if (!is_busy) return Step::again;
    if (++progress.pauses > kPausesMax) return templates_stay_busy();
    return Step::pause;
}

// It may know much by now, such as schemas: another one is made only where the source has changed.
RejectReader* RejectRetry::reader_of(const Source& source, Progress& progress) const {
    if (!ports_.reader_of) return nullptr;
    if (progress.reader == nullptr || progress.reader_details != source.details) {
        progress.reader = ports_.reader_of(source);
        progress.reader_details = source.details;
    }
    return progress.reader.get();
}

Result<void> RejectRetry::accept(const SourceId& source, const SinkVersion& sink,
                                 const RetriedRows& retried) const {
    const auto& [csv, rows, mapped] = retried;
    const auto now = instant_of(ports_.clock);
    const auto fresh = [&] {
        const auto high = ports_.random.number();
        return make_uuid_v7(now.age, high, ports_.random.number());
    };
    TRY_ASSIGN(const auto volume, ports_.slices.volume_of(source));
    OpenSlice slice;
    slice.opening = {.slice = SliceId(fresh()),
                     .file = FileId(fresh()),
                     .sink = sink,
                     .opened_at = now.wall,
                     .volume = volume};
    const auto by_arrival = [](const Reject& a, const Reject& b) {
        return a.arrived_at < b.arrived_at;
    };
    const auto [first, last] = std::minmax_element(mapped.begin(), mapped.end(), by_arrival);
    slice.content = {.bytes = csv.size(),
                     .rows = rows,
                     .crc = crc32c(0, csv),
                     .first_at = first->arrived_at,
                     .last_at = last->arrived_at,
                     .last_sequence = {}};
    std::vector<std::uint64_t> numbers;
    for (const auto& reject : mapped) numbers.push_back(reject.number);
    const LocalSlice local{.volume = volume, .slice = slice.opening.slice};
    TRY(ports_.rejects.announce_slice(local));
    TRY(ports_.slices.add(local, csv));
    return ports_.rejects.adopt_slice(slice, numbers);
}

}  // namespace millrace::definitions
