#include "core/pipeline/volumes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "core/base/crc32c.h"
#include "core/base/error_names.h"

namespace millrace::pipeline {
namespace {

constexpr std::array<std::string_view, 6> kStandings = {"serving", "leaving", "failed",
                                                        "unread",  "missing", "ended"};

Error disk_full() {
    return Error(Code::overloaded, "The disk is full; try again later.")
        .named(error_names::kInDiskFull);
}

std::string pinned_text(std::string_view volume, std::string_view why) {
    return fmt::format(
        "The volume \"{}\", which alone takes the rows of this source, {}; please "
        "retry later.",
        volume, why);
}

Error pinned_away(std::string_view volume, std::string_view why) {
    return Error(Code::unavailable, pinned_text(volume, why)).named(error_names::kInVolumeFailed);
}

}  // namespace

std::string_view to_string(VolumeStanding standing) {
    return kStandings[static_cast<std::size_t>(standing)];
}

Volumes::Volumes(std::vector<Volume> volumes, std::vector<AbsentVolume> absent)
    : volumes_(std::move(volumes)), absent_(std::move(absent)), leaving_(volumes_.size()) {
    check(!volumes_.empty(), "a node needs a volume");
}

const Volume* Volumes::find(const VolumeId& id) const {
    const auto found = std::find_if(volumes_.begin(), volumes_.end(),
                                    [&](const Volume& volume) { return volume.id == id; });
    return found == volumes_.end() ? nullptr : &*found;
}

Result<void> Volumes::has_room() const {
    bool is_full = false;
    for (std::size_t lane = 0; lane < volumes_.size(); ++lane) {
        const auto& volume = volumes_[lane];
        if (leaving_[lane] || !volume.journal.health().ok()) continue;
        if (volume.has_room()) return {};
        is_full = true;
    }
    if (is_full) return disk_full();
    return {};
}

Result<void> Volumes::has_room(const VolumeId& id) const {
    const auto* const volume = find(id);
    if (volume == nullptr) return not_here(id);
    if (volume->has_room()) return {};
    return disk_full();
}

bool Volumes::takes_rows(std::size_t lane) const {
    const auto& volume = volumes_[lane];
    return !leaving_[lane] && volume.journal.health().ok() && volume.has_room();
}

bool Volumes::has_ended(const VolumeId& id) const {
    return ended_.with([&](const auto& ended) { return ended.contains(id); });
}

VolumeStanding Volumes::standing(const VolumeId& id) const {
    if (has_ended(id)) return VolumeStanding::ended;
    for (const auto& volume : absent_) {
        if (volume.id == id) return VolumeStanding::missing;
    }
    const auto* const volume = find(id);
    if (volume == nullptr) return VolumeStanding::ended;
    if (!volume->journal.unknown_volumes().empty()) return VolumeStanding::unread;
    if (!volume->journal.health().ok()) return VolumeStanding::failed;
    const auto lane = static_cast<std::size_t>(volume - volumes_.data());
    return leaving_[lane] ? VolumeStanding::leaving : VolumeStanding::serving;
}

bool Volumes::serves_without(const VolumeId& id) const {
    for (std::size_t lane = 0; lane < volumes_.size(); ++lane) {
        if (volumes_[lane].id != id && takes_rows(lane)) return true;
    }
    return false;
}

void Volumes::leave(const VolumeId& id) {
    const auto* const volume = find(id);
    if (volume == nullptr) return;
    leaving_[static_cast<std::size_t>(volume - volumes_.data())] = true;
    volume->journal.take_no_more();
    for (const auto& file : volume->journal.open_files()) volume->journal.close_file(file.id);
}

void Volumes::end(const VolumeId& id) {
    ended_.with([&](auto& ended) { ended.insert(id); });
}

Volumes::Waiting Volumes::waiting_on(const VolumeId& id) const {
    Waiting waiting;
    const auto* const volume = find(id);
    if (volume == nullptr) return waiting;
    for (const auto& slice : volume->journal.local_slices()) {
        ++waiting.slices;
        waiting.rows += slice.content.rows;
    }
    return waiting;
}

void Volumes::checkpoint_of(const VolumeId& id, std::function<void(const Result<void>&)> done) {
    const auto* const volume = find(id);
    if (volume == nullptr) return done(not_here(id));
    volume->journal.checkpoint(std::move(done));
}

Result<void> Volumes::for_each_answer(const VolumeId& id, AgeTime now,
                                      const Volume::OnAnswer& on_answer) const {
    const auto* const volume = find(id);
    if (volume == nullptr) return not_here(id);
    return volume->for_each_answer(now, on_answer);
}

Result<std::vector<SourcePosition>> Volumes::positions_on(const VolumeId& id) const {
    const auto* const volume = find(id);
    if (volume == nullptr) return not_here(id);
    return volume->positions();
}

// One that has ended is not here any more, whoever has its name then.
std::optional<std::size_t> Volumes::lane_named(std::string_view name) const {
    for (std::size_t lane = 0; lane < volumes_.size(); ++lane) {
        if (volumes_[lane].name == name && !has_ended(volumes_[lane].id)) return lane;
    }
    return std::nullopt;
}

Result<void> Volumes::takes_rows_of(const SourceId& source) const {
    const auto pin = pins_.of(source);
    return pin ? takes_pinned(*pin) : Result<void>();
}

Result<void> Volumes::takes_pinned(std::string_view name) const {
    const auto lane = lane_named(name);
    if (!lane) return pinned_away(name, "is not here");
    if (!volumes_[*lane].journal.health().ok()) return pinned_away(name, "has failed");
    if (leaving_[*lane]) return pinned_away(name, "takes no rows any more");
    if (volumes_[*lane].has_room()) return {};
    return Error(Code::overloaded, pinned_text(name, "is full")).named(error_names::kInVolumeBusy);
}

// Rendezvous hashing: when a volume goes away only its own sources move.
std::size_t Volumes::lane_of(const SourceId& source) const {
    if (const auto pin = pins_.of(source)) {
        if (const auto lane = lane_named(*pin)) return *lane;
    }
    const auto key = crc32c(0, source.value);
    std::size_t lane = 0;
    std::optional<std::uint32_t> highest;
    for (std::size_t i = 0; i < volumes_.size(); ++i) {
        if (!takes_rows(i)) continue;
        const auto weight = crc32c(key, volumes_[i].id.value);
        if (highest && weight <= *highest) continue;
        highest = weight;
        lane = i;
    }
    return lane;
}

// Those that take rows: `first`, then the others, the least loaded first.
std::vector<const Volume*> Volumes::candidates(std::size_t first) const {
    std::vector<std::pair<std::uint64_t, const Volume*>> loads;
    for (std::size_t i = 0; i < volumes_.size(); ++i) {
        if (!takes_rows(i)) continue;
        const auto load = volumes_[i].journal.waiting_bytes();
        loads.emplace_back(i == first ? 0 : load + 1, &volumes_[i]);
    }
    std::stable_sort(loads.begin(), loads.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<const Volume*> ordered;
    ordered.reserve(loads.size());
    for (const auto& [load, volume] : loads) ordered.push_back(volume);
    return ordered;
}

// A busy volume is waited for: going elsewhere would turn the order.
Result<Ticket> Volumes::submit(RowBatch&& batch) {
    if (volumes_.size() == 1) return volumes_.front().journal.submit(std::move(batch));
    std::optional<Error> refusal;
    const auto& name = volumes_[batch.lane].name;
    const bool is_placed = !batch.answers.empty() || !batch.positions.empty();
    // One with nothing in it asks whether any volume takes rows.
    const bool is_pinned = (is_placed || !batch.csv.empty()) && pins_.has_any(name);
    const bool is_bound = is_placed || is_pinned;
    for (const auto* volume : candidates(batch.lane)) {
        if (is_bound && volume != &volumes_[batch.lane]) continue;
        auto taken = volume->journal.submit(std::move(batch));
        if (taken.ok() || taken.error().code() == Code::overloaded) return taken;
        refusal = std::move(taken).error();  // it has failed just now
    }
    if (refusal) return std::move(*refusal);
    if (is_pinned) TRY(takes_pinned(name));
    TRY(has_room());
    TRY(health());
    return Error(Code::overloaded, "no volume took the rows");  // one has recovered in between
}

bool Volumes::is_away(const VolumeId& volume) const {
    if (has_ended(volume)) return false;
    const auto* const opened = find(volume);
    if (opened != nullptr) return !opened->journal.health().ok();
    const auto unknown = unknown_volumes();
    return std::find(unknown.begin(), unknown.end(), volume) != unknown.end();
}

Result<std::vector<SourcePosition>> Volumes::positions_of(const Fingerprint& source) const {
    for (const auto& volume : absent_) {
        if (has_ended(volume.id)) continue;
        return Error(Code::unavailable, fmt::format("the volume \"{}\" is not here, and may have a "
                                                    "newer position of the source",
                                                    volume.name));
    }
    Positions newest;
    for (const auto& volume : volumes_) {
        if (has_ended(volume.id)) continue;
        TRY_ASSIGN(const auto positions, volume.journal.positions_of(source));
        for (const auto& position : positions) newest.add(position);
    }
    return newest.of(source);
}

BatchState Volumes::state_of(const Ticket& ticket) const {
    const auto* const volume = find(ticket.volume);
    return volume == nullptr ? BatchState::unknown : volume->journal.state_of(ticket);
}

std::uint64_t Volumes::waiting_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& volume : volumes_) bytes += volume.journal.waiting_bytes();
    return bytes;
}

std::uint64_t Volumes::batch_bytes_max() const {
    auto least = std::numeric_limits<std::uint64_t>::max();
    for (const auto& volume : volumes_) least = std::min(least, volume.journal.batch_bytes_max());
    return least;
}

std::vector<OpenFile> Volumes::open_files() const {
    return of_all<OpenFile>([](const Journal& journal) { return journal.open_files(); });
}

std::vector<OpenSlice> Volumes::local_slices() const {
    return of_all<OpenSlice>([](const Journal& journal) { return journal.local_slices(); });
}

std::vector<VolumeId> Volumes::unknown_volumes() const {
    auto unknown =
        of_all<VolumeId>([](const Journal& journal) { return journal.unknown_volumes(); });
    for (const auto& volume : absent_) unknown.push_back(volume.id);
    std::erase_if(unknown, [&](const VolumeId& id) { return has_ended(id); });
    return unknown;
}

std::vector<std::string> Volumes::absent_names() const {
    std::vector<std::string> names;
    for (const auto& volume : absent_) {
        if (!has_ended(volume.id)) names.push_back(volume.name);
    }
    return names;
}

std::string Volumes::volume_name(const VolumeId& id) const {
    if (const auto* const volume = find(id)) return volume->name;
    const auto found = std::find_if(absent_.begin(), absent_.end(),
                                    [&](const AbsentVolume& volume) { return volume.id == id; });
    return found == absent_.end() ? id.value : found->name;
}

Error Volumes::not_here(const VolumeId& volume) const {
    return Error(Code::unavailable,
                 fmt::format("volume {} is not configured; put it back into the configuration",
                             volume_name(volume)));
}

template <typename Item, typename Read>
std::vector<Item> Volumes::of_all(Read read) const {
    std::vector<Item> all;
    for (const auto& volume : volumes_) {
        auto items = read(volume.journal);
        std::move(items.begin(), items.end(), std::back_inserter(all));
    }
    return all;
}

void Volumes::slice_recorded(SliceId slice) {
    for (const auto& volume : volumes_) volume.journal.slice_recorded(slice);
}

void Volumes::close_slice(SliceId slice) {
    for (const auto& volume : volumes_) volume.journal.close_slice(slice);
}

void Volumes::close_file(FileId file) {
    for (const auto& volume : volumes_) volume.journal.close_file(file);
}

void Volumes::close_versions(SinkNumber sink, MappingVersion below, std::function<void()> done) {
    auto missing = std::make_shared<std::atomic<std::size_t>>(volumes_.size());
    for (const auto& volume : volumes_) {
        volume.journal.close_versions(sink, below, [missing, done] {
            if (missing->fetch_sub(1) == 1) done();
        });
    }
}

void Volumes::checkpoint(std::function<void(const Result<void>&)> done) {
    struct Outcome {
        std::size_t missing;
        Result<void> worst;
    };
    auto outcome = std::make_shared<Guarded<Outcome>>(Outcome{volumes_.size(), {}});
    for (const auto& volume : volumes_) {
        volume.journal.checkpoint([outcome, done](const Result<void>& stored) {
            const auto all = outcome->with([&](Outcome& so_far) {
                if (!stored.ok()) so_far.worst = stored;
                return --so_far.missing == 0 ? std::optional(so_far.worst) : std::nullopt;
            });
            if (all) done(*all);
        });
    }
}

Result<void> Volumes::health() const {
    Result<void> worst;
    for (const auto& volume : volumes_) {
        auto health = volume.journal.health();
        if (health.ok()) return {};
        worst = std::move(health);
    }
    return worst;
}

Result<std::unique_ptr<ByteSource>> Volumes::read(const Slice& slice) {
    const auto* const volume = find(slice.opening.volume);
    if (volume == nullptr) return not_here(slice.opening.volume);
    return volume->slices.read(slice);
}

Result<void> Volumes::remove(const LocalSlice& slice) {
    const auto* const volume = find(slice.volume);
    return volume == nullptr ? Result<void>() : volume->slices.remove(slice.slice);
}

Result<VolumeId> Volumes::volume_of(const SourceId& source) {
    TRY(takes_rows_of(source));
    const auto lane = lane_of(source);
    if (takes_rows(lane)) return volumes_[lane].id;
    TRY(has_room());
    TRY(health());
    return Error(Code::overloaded, "no volume takes rows at the moment");
}

Result<void> Volumes::add(const LocalSlice& slice, std::string_view csv) {
    const auto* const volume = find(slice.volume);
    if (volume == nullptr) return not_here(slice.volume);
    return volume->slices.add_sealed(slice.slice, csv);
}

Result<std::unique_ptr<SliceOutput>> Volumes::create(const LocalSlice& slice) {
    const auto* const volume = find(slice.volume);
    if (volume == nullptr) return not_here(slice.volume);
    return volume->slices.create_sealed(slice.slice);
}

}  // namespace millrace::pipeline
