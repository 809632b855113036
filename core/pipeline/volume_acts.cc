#include "core/pipeline/volume_acts.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <utility>

#include "core/base/error_names.h"
#include "core/model/volume_setting.h"
#include "core/policy/volume_checks.h"

namespace millrace::pipeline {
namespace {

constexpr std::string_view kNotFound = error_names::kApiVolumeNotFound;
constexpr std::string_view kEnded = error_names::kApiVolumeEnded;
constexpr std::string_view kInUse = error_names::kApiVolumeInUse;
constexpr std::string_view kNotRead = error_names::kApiVolumeNotRead;

constexpr auto kJournalAtMost = std::chrono::seconds(30);
constexpr std::uint64_t kKeyBytesAtOnce = 512 << 10;
constexpr std::size_t kPositionsAtOnce = 1000;
constexpr std::uint64_t kKeyOverhead = 128;  // of each, beside its texts

// Waits for the one call of done().
class Outcome {
public:
    std::function<void(const Result<void>&)> done() {
        return [promise = promise_](const Result<void>& result) { promise->set_value(result); };
    }
    Result<void> wait() {
        auto outcome = promise_->get_future();
        if (outcome.wait_for(kJournalAtMost) == std::future_status::ready) return outcome.get();
        return Error(Code::overloaded, "the disk does not answer; try again");
    }

private:
    std::shared_ptr<std::promise<Result<void>>> promise_ =
        std::make_shared<std::promise<Result<void>>>();
};

Error not_read(const VolumeRecord& record, VolumeStanding standing) {
    const auto* const why =
        standing == VolumeStanding::missing
            ? "is not configured: configure it again and retire it then"
            : "has failed: look at the file FAILED in its directory, remove it and restart the "
              "service, and retire it then";
    return Error(
               Code::conflict,
               fmt::format("what waits on volume {} is not known, because it {}; or give it up as "
                           "lost",
                           record.name, why))
        .named(kNotRead);
}

// What an act finds that cannot be done any more; nothing if the volume is active.
Result<bool> has_ended(const VolumeRecord& record, VolumeState wanted) {
    if (record.state == VolumeState::active) return false;
    if (record.state == wanted) return true;
    return Error(Code::conflict, end_sentence(record)).named(kEnded);
}

// The sources of the answers, as `volume` will have them.
std::vector<KeyFound> found_in(const std::vector<RememberedAnswer>& answers,
                               const VolumeId& volume) {
    std::map<Fingerprint, AgeTime> ends;
    for (const auto& answer : answers) {
        auto& over_at = ends[answer.request.source];
        over_at = std::max(over_at, answer.expires_at);
    }
    std::vector<KeyFound> found;
    for (const auto& [source, over_at] : ends) found.push_back({source, volume, over_at});
    return found;
}

std::uint64_t bytes_of(const RememberedAnswer& answer) {
    return answer.outcome.size() + kKeyOverhead;
}

}  // namespace

Result<std::vector<VolumeReport>> VolumeActs::list() const {
    TRY_ASSIGN(auto records, registry_.volumes());
    std::vector<VolumeReport> reports;
    for (auto& record : records) {
        const bool has_namesake =
            !reports.empty() && reports.back().record.name == record.name;  // the one in use
        reports.push_back(report_of(std::move(record)));
        if (has_namesake) reports.back().pinned.clear();
    }
    return reports;
}

VolumeReport VolumeActs::report_of(VolumeRecord record) const {
    const auto standing = volumes_.standing(record.volume);
    auto pinned = volumes_.pinned_to(record.name);
    return {.record = std::move(record), .standing = standing, .pinned = std::move(pinned)};
}

Result<void> VolumeActs::leave(const std::string& name) {
    const std::lock_guard lock(leaving_);
    TRY_ASSIGN(const auto record, find_named_volume(registry_, name));
    if (volumes_.standing(record.volume) == VolumeStanding::serving) {
        if (!volumes_.serves_without(record.volume)) {
            return Error(Code::conflict, fmt::format("volume {} cannot be retired: no other volume "
                                                     "takes rows; configure one first",
                                                     name))
                .named(kInUse);
        }
        if (auto pinned = volumes_.pinned_to(record.name); !pinned.empty()) {
            return volume_is_pinned(name, pinned);
        }
        volumes_.leave(record.volume);
    } else if (volumes_.standing(record.volume) == VolumeStanding::leaving) {
        volumes_.leave(record.volume);  // rows that were on their way may have opened a file
    }
    return {};
}

Result<VolumeRecord> VolumeActs::retire(const std::string& name, const Instant& now) {
    TRY_ASSIGN(const auto record, find_named_volume(registry_, name));
    TRY_ASSIGN(const bool is_done, has_ended(record, VolumeState::retired));
    if (is_done) return record;
    const auto standing = volumes_.standing(record.volume);
    if (standing != VolumeStanding::serving && standing != VolumeStanding::leaving) {
        return not_read(record, standing);
    }
    TRY(require_empty(record));
    // Before its keys are written: each call that is refused behind that would write all of them.
    auto nothing_waits = registry_.require_nothing_waits(record.volume);
    if (!nothing_waits.ok()) return std::move(nothing_waits).error().named(kVolumeNotEmpty);
    TRY(leave(name));  // else its own lane could take its keys
    TRY(move_keys(record, now));
    TRY(move_positions(record, now));
    auto retired = registry_.retire_volume(record.volume, now.wall);
    if (!retired.ok()) {
        auto error = std::move(retired).error();
        if (error.name().empty()) return std::move(error).named(kVolumeNotEmpty);
        return error;
    }
    return end(record.volume);
}

Result<VolumeRecord> VolumeActs::end(const VolumeId& volume) {
    volumes_.end(volume);
    TRY_ASSIGN(const auto record, registry_.find_volume(volume));
    if (!record) return Error(Code::internal, "a volume that has ended is not known");
    if (ended_) ended_(*record);
    return *record;
}

Result<void> VolumeActs::checkpoint(const VolumeId& volume) {
    Outcome written;
    volumes_.checkpoint_of(volume, written.done());
    return written.wait();
}

Result<void> VolumeActs::require_empty(const VolumeRecord& record) {
    TRY(checkpoint(record.volume));
    const auto waiting = volumes_.waiting_on(record.volume);
    if (waiting.slices == 0) return {};
    return Error(Code::conflict,
                 fmt::format("volume {} cannot be retired yet: {} rows in {} slices of it are not "
                             "uploaded",
                             record.name, waiting.rows, waiting.slices))
        .named(kVolumeNotEmpty);
}

// The answers are in the window in memory already; what is missing is a place that a restart reads.
Result<void> VolumeActs::move_keys(const VolumeRecord& record, const Instant& now) {
    TRY(checkpoint(record.volume));  // the one before may have been under way when it was asked for
    std::vector<RememberedAnswer> answers;
    std::uint64_t bytes = 0;
    Result<void> written;
    const auto flush = [&] {
        if (written.ok() && !answers.empty()) {
            written = write_keys(std::exchange(answers, {}), now);
        }
        bytes = 0;
    };
    TRY(volumes_.for_each_answer(record.volume, now.age, [&](const RememberedAnswer& answer) {
        bytes += bytes_of(answer);
        answers.push_back(answer);
        if (bytes >= kKeyBytesAtOnce) flush();
    }));
    flush();
    return std::move(written).in(fmt::format("move the keys of volume {}", record.name));
}

Result<void> VolumeActs::write_keys(std::vector<RememberedAnswer> answers, const Instant& now) {
    RowBatch batch;
    batch.lane = volumes_.lane_of(SourceId());
    if (keys_move_) TRY(keys_move_(found_in(answers, volumes_.volume_at(batch.lane))));
    batch.answers = std::move(answers);
    return write_elsewhere(std::move(batch), now);
}

// As they are: a source that reads on elsewhere has newer ones.
Result<void> VolumeActs::move_positions(const VolumeRecord& record, const Instant& now) {
    TRY_ASSIGN(const auto positions, volumes_.positions_on(record.volume));
    for (std::size_t begin = 0, end = 0; begin < positions.size(); begin = end) {
        std::uint64_t bytes = 0;
        while (end < positions.size() && end - begin < kPositionsAtOnce &&
               bytes < kKeyBytesAtOnce) {
            bytes += positions[end++].partition.size();
        }
        RowBatch batch;
        batch.lane = volumes_.lane_of(SourceId());
        const auto first = positions.begin() + static_cast<std::ptrdiff_t>(begin);
        batch.positions.assign(first, positions.begin() + static_cast<std::ptrdiff_t>(end));
        TRY(write_elsewhere(std::move(batch), now)
                .in(fmt::format("move the positions of volume {}", record.name)));
    }
    return {};
}

Result<void> VolumeActs::write_elsewhere(RowBatch batch, const Instant& now) {
    Outcome written;
    batch.arrived_at = now.wall;
    batch.age = now.age;
    batch.done = written.done();
    const auto taken = volumes_.submit(std::move(batch));
    if (!taken.ok()) return taken.error();
    return written.wait();
}

Result<VolumeRecord> VolumeActs::give_up(const std::string& name, WallTime now) {
    TRY_ASSIGN(const auto record, find_named_volume(registry_, name));
    TRY_ASSIGN(const bool is_done, has_ended(record, VolumeState::lost));
    if (is_done) return record;
    const auto standing = volumes_.standing(record.volume);
    if (standing == VolumeStanding::serving || standing == VolumeStanding::leaving) {
        return Error(Code::conflict,
                     fmt::format("volume {} is in service; take it out of the configuration and "
                                 "restart the service, if it is to be given up",
                                 name))
            .named(kInUse);
    }
    if (standing == VolumeStanding::failed) {
        return Error(Code::conflict,
                     fmt::format("volume {} has failed while it served, and what it has is still "
                                 "counted; restart the service first",
                                 name))
            .named(kInUse);
    }
    TRY(registry_.give_up_volume(record.volume, now));
    return end(record.volume);
}

Result<VolumeRecord> find_named_volume(VolumeRegistry& registry, const std::string& name) {
    TRY_ASSIGN(const auto known, registry.volumes());
    if (const auto* const active = policy::find_active(known, name)) return *active;
    const VolumeRecord* newest = nullptr;
    for (const auto& record : known) {
        if (record.name != name) continue;
        if (newest == nullptr || record.since >= newest->since) newest = &record;
    }
    if (newest != nullptr) return *newest;
    return Error(Code::not_found, fmt::format("No volume is called \"{}\".", name))
        .named(kNotFound);
}

std::string end_sentence(const VolumeRecord& record) {
    auto text = fmt::format("volume {} {}", record.name, policy::end_text(record));
    if (record.state != VolumeState::lost) return text;
    return text + fmt::format(
                      ", with {} rows in {} slices that were not uploaded, {} files that were not "
                      "complete, and the keys of {} sources",
                      record.given_up.rows, record.given_up.slices, record.given_up.files,
                      record.given_up.key_sources);
}

}  // namespace millrace::pipeline
