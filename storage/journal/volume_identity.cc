#include "storage/journal/volume_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/crc32c.h"
#include "core/ports/atomic_file.h"

namespace millrace::journal {
namespace {

constexpr std::string_view kVolumeIdName = "volume-id";
constexpr std::string_view kLifeName = "life";
constexpr std::size_t kUuidLength = 36;

std::string id_path(const std::string& volume_directory) {
    return fmt::format("{}/{}", volume_directory, kVolumeIdName);
}

std::string life_path(const std::string& volume_directory) {
    return fmt::format("{}/{}", journal_directory(volume_directory), kLifeName);
}

// Nothing where the file does not exist.
Result<std::optional<std::string>> read_if_there(Disk& disk, const std::string& path) {
    auto content = read_whole(disk, path);
    if (content.ok()) return std::optional(std::move(content).value());
    if (content.error().code() == Code::not_found) return std::optional<std::string>();
    return std::move(content).error();
}

Result<std::optional<Uuid>> read_id(Disk& disk, const std::string& volume_directory) {
    const auto path = id_path(volume_directory);
    TRY_ASSIGN(const auto text, read_if_there(disk, path));
    if (!text) return std::optional<Uuid>();
    const auto id = parse_uuid(std::string_view(*text).substr(0, kUuidLength));
    if (!id) {
        return Error(Code::corrupt, path +
                                        " is no id; millrace repair writes it again as the "
                                        "catalog has it, and no row is lost");
    }
    return id;
}

std::string check_line(std::string_view line) {
    return fmt::format("crc32c {:08x}\n", crc32c(0, line));
}

Error damaged_life(const std::string& path, std::string_view what) {
    return Error(Code::corrupt,
                 fmt::format("{} {}; millrace repair writes it again as the catalog has it, and no "
                             "row is lost",
                             path, what));
}

Result<std::uint64_t> read_life(Disk& disk, const std::string& volume_directory) {
    const auto path = life_path(volume_directory);
    TRY_ASSIGN(const auto text, read_if_there(disk, path));
    std::uint64_t life = 0;
    if (!text) return life;
    const auto* const end = text->data() + text->size();
    const auto [rest, failure] = std::from_chars(text->data(), end, life);
    if (failure != std::errc() || rest == end || *rest != '\n') {
        return damaged_life(path, "is no number");
    }
    const auto line =
        std::string_view(*text).substr(0, static_cast<std::size_t>(rest - text->data()) + 1);
    const auto behind = std::string_view(*text).substr(line.size());
    const bool is_of_earlier_version = behind.empty();
    if (is_of_earlier_version || behind == check_line(line)) return life;
    return damaged_life(path, "is damaged: its check sum is that of another number");
}

Result<bool> has_journal(Disk& disk, const std::string& volume_directory) {
    const auto names = disk.list(journal_directory(volume_directory));
    if (!names.ok()) {
        if (names.error().code() == Code::not_found) return false;
        return names.error();
    }
    return std::any_of(names.value().begin(), names.value().end(), [](const std::string& name) {
        return name.find(".segment") != std::string::npos || name.starts_with("checkpoint-");
    });
}

}  // namespace

std::string journal_directory(const std::string& volume_directory) {
    return volume_directory + "/journal";
}

Result<VolumeIdentity> read_identity(Disk& disk, const std::string& volume_directory) {
    VolumeIdentity identity;
    TRY_ASSIGN(identity.id, read_id(disk, volume_directory));
    TRY_ASSIGN(identity.has_journal, has_journal(disk, volume_directory));
    TRY_ASSIGN(identity.life, read_life(disk, volume_directory));
    return identity;
}

Result<Uuid> take_identity(Disk& disk, Rng& rng, AgeTime now, const std::string& volume_directory,
                           const std::optional<Uuid>& known) {
    TRY_ASSIGN(const auto found, read_id(disk, volume_directory));
    if (found) {
        if (!known || *known == *found) return *found;
        return Error(Code::conflict,
                     fmt::format("{} is the volume {}, and not {} as before", volume_directory,
                                 to_string(*found), to_string(*known)));
    }
    TRY_ASSIGN(const bool is_used, has_journal(disk, volume_directory));
    if (is_used) {
        return Error(Code::corrupt, fmt::format("{} has a journal but no {}; millrace repair "
                                                "writes it again if its segments tell whose "
                                                "they are, else put it back from a copy",
                                                volume_directory, kVolumeIdName));
    }
    if (known) {
        return Error(
            Code::conflict,
            fmt::format("{} is not the volume that was used before, {}; is its disk mounted?",
                        volume_directory, to_string(*known)));
    }
    const auto id = rng.uuid_v7(now);
    TRY(write_atomically(disk, id_path(volume_directory), to_string(id) + "\n"));
    return id;
}

Result<void> write_life(Disk& disk, const std::string& volume_directory, std::uint64_t life) {
    const auto line = fmt::format("{}\n", life);
    return write_atomically(disk, life_path(volume_directory), line + check_line(line));
}

}  // namespace millrace::journal
