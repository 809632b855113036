#include "api/app/journal_inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/ports/atomic_file.h"
#include "storage/journal/checkpoint.h"
#include "storage/journal/format.h"
#include "storage/journal/key_files.h"
#include "storage/journal/segment_reader.h"
#include "storage/journal/volume_identity.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

struct SegmentContent {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    std::uint64_t rows = 0;
    std::uint64_t openings = 0;
    std::uint64_t answers = 0;
    std::uint64_t positions = 0;
    std::uint64_t last = 0;
};

struct Scan {
    std::vector<SegmentContent> segments;
    journal::ScanResult result;
};

Result<void> count_entries(const journal::Frame& frame, SegmentContent& content) {
    return journal::for_each_entry(
        frame.payload, frame.version,
        {.on_opening = [&](const SliceOpening&) { ++content.openings; },
         .on_batch = [](BatchNumber) {},
         .on_rows = [&](const journal::RowsEntry& rows) { content.rows += rows.rows; },
         .on_answer = [&](const RememberedAnswer&) { ++content.answers; },
         .on_position = [&](const SourcePosition&) { ++content.positions; }});
}

// Frames belong to the last segment that begins at or before them.
std::size_t segment_of(const std::vector<journal::SegmentFile>& segments, Sequence sequence) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (segments[i].header.first_sequence <= sequence) found = i;
    }
    return found;
}

Result<Scan> scan(Disk& disk, const std::vector<journal::SegmentFile>& segments) {
    Scan scan{.segments = std::vector<SegmentContent>(segments.size())};
    if (segments.empty()) return scan;
    const auto first = segments.front().header.first_sequence.value;
    TRY_ASSIGN(scan.result,
               journal::scan_segments(disk, segments, Sequence(first == 0 ? 0 : first - 1),
                                      [&](const journal::Frame& frame) {
                                          auto& content =
                                              scan.segments[segment_of(segments, frame.sequence)];
                                          ++content.frames;
                                          content.bytes += frame.bytes;
                                          content.last = frame.sequence.value;
                                          return count_entries(frame, content);
                                      }));
    return scan;
}

// A frame that a running service was writing looks damaged once.
Result<Scan> scan_twice(Disk& disk, const std::vector<journal::SegmentFile>& segments) {
    TRY_ASSIGN(auto first, scan(disk, segments));
    if (first.result.damages.empty()) return first;
    TRY_ASSIGN(auto second, scan(disk, segments));
    std::erase_if(second.result.damages, [&](const journal::Damage& damage) {
        return std::none_of(
            first.result.damages.begin(), first.result.damages.end(),
            [&](const journal::Damage& seen) { return seen.first == damage.first; });
    });
    return second;
}

void add_segments(const journal::Segments& listed, const Scan& scan, Inspection& inspection) {
    auto rows = Json::array();
    auto damages = Json::array();
    const auto& segments = listed.files;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const auto& header = segments[i].header;
        const auto& content = scan.segments[i];
        rows.push_back({{"segment", header.segment},
                        {"version", header.version},
                        {"epoch", header.epoch},
                        {"firstFrame", header.first_sequence.value},
                        {"lastFrame", content.last},
                        {"frames", content.frames},
                        {"bytes", content.bytes},
                        {"rows", content.rows},
                        {"openings", content.openings},
                        {"keys", content.answers},
                        {"positions", content.positions}});
    }
    inspection.found["segments"] = std::move(rows);
    for (const auto& damage : scan.result.damages) {
        damages.push_back({{"firstFrame", damage.first.value},
                           {"lastFrame", damage.last.value},
                           {"segment", damage.path.empty() ? "gone" : damage.path},
                           {"damage", "frames that cannot be read"}});
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (!segments[i].header_damaged) continue;
        damages.push_back({{"firstFrame", segments[i].header.first_sequence.value},
                           {"lastFrame", scan.segments[i].last},
                           {"segment", segments[i].path},
                           {"damage", "a header that cannot be read; these frames can"}});
    }
    for (const auto& path : listed.unreadable) {
        damages.push_back({{"firstFrame", 0},
                           {"lastFrame", 0},
                           {"segment", path},
                           {"damage", "neither the header nor a frame can be read"}});
    }
    inspection.faults += damages.size();
    inspection.found["damages"] = std::move(damages);
}

bool is_of(std::string_view name, std::string_view prefix) {
    return name.starts_with(prefix) && !name.ends_with(kTemporarySuffix) &&
           name.find('.') == std::string_view::npos;
}

// A file of the service may go between the list and the read.
template <typename Function>
Result<void> read_files(Disk& disk, const std::string& folder, std::string_view prefix,
                        Function function) {
    TRY_ASSIGN(const auto names, disk.list(folder));
    for (const auto& name : names) {
        if (!is_of(name, prefix)) continue;
        auto bytes = read_whole(disk, folder + "/" + name);
        if (!bytes.ok() && bytes.error().code() == Code::not_found) continue;
        if (!bytes.ok()) return std::move(bytes).error();
        function(name, bytes.value());
    }
    return {};
}

Result<void> add_checkpoints(Disk& disk, const std::string& folder, Inspection& inspection) {
    auto rows = Json::array();
    TRY(read_files(
        disk, folder, "checkpoint-", [&](const std::string& name, std::string_view bytes) {
            const auto checkpoint = journal::decode_checkpoint(bytes);
            if (!checkpoint.ok()) ++inspection.faults;
            const auto known = checkpoint.ok() ? checkpoint.value() : journal::Checkpoint{};
            rows.push_back({{"checkpoint", name},
                            {"state", checkpoint.ok() ? "valid" : "damaged"},
                            {"frame", known.sequence.value},
                            {"epoch", known.epoch},
                            {"openSlices", known.slices.size()},
                            {"positions", known.positions.size()}});
        }));
    inspection.found["checkpoints"] = std::move(rows);
    return {};
}

Result<void> add_key_files(Disk& disk, const std::string& folder, Inspection& inspection) {
    auto rows = Json::array();
    TRY(read_files(disk, folder, "keys-", [&](const std::string& name, std::string_view bytes) {
        const auto totals = journal::decode_key_file(bytes, [](const RememberedAnswer&) {});
        if (!totals.ok()) ++inspection.faults;
        rows.push_back({{"keyFile", name},
                        {"state", totals.ok() ? "valid" : "damaged"},
                        {"keys", totals.ok() ? totals.value().keys : 0},
                        {"bytes", bytes.size()}});
    }));
    inspection.found["keyFiles"] = std::move(rows);
    return {};
}

}  // namespace

Result<Inspection> inspect_journal(Disk& disk, const std::string& directory) {
    TRY_ASSIGN(const auto identity, journal::read_identity(disk, directory));
    if (!identity.id) {
        return Error(Code::not_found,
                     fmt::format("{} is no volume: it has no file volume-id. Volumes of a data "
                                 "folder are DATA/volumes/NAME and the directories of --volume",
                                 directory));
    }
    const auto folder = journal::journal_directory(directory);
    TRY_ASSIGN(const auto segments, journal::list_segments(disk, folder, *identity.id));
    TRY_ASSIGN(const auto scanned, scan_twice(disk, segments.files));
    Inspection inspection;
    inspection.found["volume"] = to_string(*identity.id);
    inspection.found["starts"] = identity.life;
    inspection.found["lastFrame"] = scanned.result.last.value;
    inspection.found["frames"] = scanned.result.frames;
    add_segments(segments, scanned, inspection);
    TRY(add_checkpoints(disk, folder, inspection));
    TRY(add_key_files(disk, folder, inspection));
    return inspection;
}

}  // namespace millrace
