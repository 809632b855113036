#include "storage/journal/checkpoint.h"

#include <algorithm>
#include <utility>

#include "core/base/crc32c.h"
#include "core/base/wire.h"
#include "core/ports/atomic_file.h"
#include "storage/journal/position_entry.h"

namespace millrace::journal {
namespace {

constexpr std::string_view kMagic = "MLRCKP04";
constexpr std::string_view kMagicOfVersion3 = "MLRCKP03";  // without what the catalog had
constexpr std::string_view kMagicOfVersion2 = "MLRCKP02";  // nor positions
constexpr std::string_view kMagicOfVersion1 = "MLRCKP01";  // nor batches
constexpr std::string_view kPrefix = "checkpoint-";
constexpr std::size_t kKept = 2;

std::string name_of(Sequence sequence) {
    return fmt::format("{}{:020}", kPrefix, sequence.value);
}

// Names of checkpoint files, newest first. Temporary ones are not among them.
Result<std::vector<std::string>> list_names(Disk& disk, const std::string& directory) {
    TRY_ASSIGN(auto names, disk.list(directory));
    std::erase_if(names, [](const std::string& name) {
        return !name.starts_with(kPrefix) || name.size() != name_of(Sequence(0)).size();
    });
    std::sort(names.rbegin(), names.rend());
    return names;
}

Result<std::vector<SourcePosition>> decode_positions(WireReader& reader) {
    const auto count = reader.get<std::uint64_t>();
    std::vector<SourcePosition> positions;
    for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
        if (reader.get<std::uint32_t>() != kPositionEntry) {
            return Error(Code::corrupt, "an entry that is no position");
        }
        positions.push_back(read_position(reader));
    }
    return positions;
}

}  // namespace

std::string encode_checkpoint(const Checkpoint& checkpoint) {
    std::string out(kMagic);
    put(out, checkpoint.sequence.value);
    put(out, checkpoint.epoch);
    put(out, checkpoint.last_batch.value);
    put(out, std::uint64_t{checkpoint.slices.size()});
    for (const auto& [opening, content] : checkpoint.slices) {
        put(out, opening.slice.value);
        put(out, opening.file.value);
        put(out, opening.sink.sink.value);
        put(out, opening.sink.mapping.value);
        put(out, content.crc);
        put(out, opening.opened_at.unix_ms);
        put(out, content.bytes);
        put(out, content.rows);
        put(out, content.first_at.unix_ms);
        put(out, content.last_at.unix_ms);
        put(out, content.last_sequence.value);
        put(out, content.first_batch.value);
        put(out, content.last_batch.value);
    }
    put(out, std::uint64_t{checkpoint.positions.size()});
    for (const auto& position : checkpoint.positions) put_position(out, position);
    put(out, checkpoint.sealed.value);
    put(out, crc32c(0, out));
    return out;
}

Result<Checkpoint> decode_checkpoint(std::string_view bytes) {
    std::uint32_t crc = 0;
    const bool has_sealed = bytes.starts_with(kMagic);
    const bool has_positions = has_sealed || bytes.starts_with(kMagicOfVersion3);
    const bool has_batches = has_positions || bytes.starts_with(kMagicOfVersion2);
    if (bytes.size() < kMagic.size() + sizeof crc ||
        (!has_batches && !bytes.starts_with(kMagicOfVersion1))) {
        return Error(Code::corrupt, "not a checkpoint of this version");
    }
    const auto body = bytes.substr(0, bytes.size() - sizeof crc);
    crc = WireReader(bytes.substr(body.size())).get<std::uint32_t>();
    if (crc != crc32c(0, body)) return Error(Code::corrupt, "checksum mismatch");

    WireReader reader(body.substr(kMagic.size()));
    Checkpoint checkpoint;
    checkpoint.sequence = Sequence(reader.get<std::uint64_t>());
    checkpoint.epoch = reader.get<std::uint64_t>();
    if (has_batches) checkpoint.last_batch = BatchNumber(reader.get<std::uint64_t>());
    const auto count = reader.get<std::uint64_t>();
    for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
        OpenSlice slice;
        slice.opening.slice = SliceId(reader.get_uuid());
        slice.opening.file = FileId(reader.get_uuid());
        slice.opening.sink.sink = SinkNumber(reader.get<std::uint64_t>());
        slice.opening.sink.mapping = MappingVersion(reader.get<std::uint32_t>());
        slice.content.crc = reader.get<std::uint32_t>();
        slice.opening.opened_at = WallTime{reader.get<std::int64_t>()};
        slice.content.bytes = reader.get<std::uint64_t>();
        slice.content.rows = reader.get<std::uint64_t>();
        slice.content.first_at = WallTime{reader.get<std::int64_t>()};
        slice.content.last_at = WallTime{reader.get<std::int64_t>()};
        slice.content.last_sequence = Sequence(reader.get<std::uint64_t>());
        if (has_batches) {
            slice.content.first_batch = BatchNumber(reader.get<std::uint64_t>());
            slice.content.last_batch = BatchNumber(reader.get<std::uint64_t>());
        }
        checkpoint.slices.push_back(slice);
    }
    if (has_positions) {
        TRY_ASSIGN(checkpoint.positions, decode_positions(reader));
    }
    if (has_sealed) checkpoint.sealed = Sequence(reader.get<std::uint64_t>());
    if (reader.failed() || reader.left() != 0) return Error(Code::corrupt, "wrong length");
    return checkpoint;
}

Sequence forgettable(const Checkpoint& checkpoint) {
    auto upto = checkpoint.sequence;
    for (const auto& slice : checkpoint.slices) {
        const auto end = slice.content.last_sequence;
        if (end <= upto) upto = Sequence(end.value > 0 ? end.value - 1 : 0);
    }
    return upto;
}

Result<LoadedCheckpoints> load_checkpoints(Disk& disk, const std::string& directory) {
    TRY_ASSIGN(const auto names, list_names(disk, directory));
    LoadedCheckpoints loaded;
    for (const auto& name : names) {
        const auto path = directory + "/" + name;
        TRY_ASSIGN(const auto bytes, read_whole(disk, path));
        auto checkpoint = decode_checkpoint(bytes);
        if (!checkpoint.ok()) {
            TRY(disk.rename(path, path + ".damaged"));
            loaded.damaged.push_back(path);
        } else if (!loaded.newest) {
            loaded.newest = std::move(checkpoint).value();
        } else {
            loaded.previous = checkpoint.value().sequence;
            loaded.previous_forgettable = forgettable(checkpoint.value());
            break;
        }
    }
    return loaded;
}

Result<std::optional<Checkpoint>> read_newest_checkpoint(Disk& disk, const std::string& directory) {
    constexpr int kAttempts = 3;  // the oldest may go meanwhile
    for (int attempt = 1;; ++attempt) {
        TRY_ASSIGN(const auto names, list_names(disk, directory));
        bool is_gone = false;
        for (const auto& name : names) {
            const auto bytes = read_whole(disk, directory + "/" + name);
            is_gone = !bytes.ok() && bytes.error().code() == Code::not_found;
            if (is_gone && attempt < kAttempts) break;
            if (!bytes.ok()) return bytes.error();
            auto checkpoint = decode_checkpoint(bytes.value());
            if (checkpoint.ok()) return std::optional(std::move(checkpoint).value());
        }
        if (!is_gone) return std::optional<Checkpoint>();
    }
}

Result<void> store_checkpoint(Disk& disk, const std::string& directory,
                              const Checkpoint& checkpoint) {
    TRY(write_atomically(disk, directory + "/" + name_of(checkpoint.sequence),
                         encode_checkpoint(checkpoint)));
    const auto names = list_names(disk, directory);
    if (!names.ok()) return {};
    for (std::size_t i = kKept; i < names.value().size(); ++i) {
        static_cast<void>(disk.remove(directory + "/" + names.value()[i]).ok());
    }
    return {};
}

}  // namespace millrace::journal
