#include "storage/journal/key_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/crc32c.h"
#include "core/ports/atomic_file.h"

namespace millrace::journal {
namespace {

constexpr std::string_view kMagic = "MLRKEY01";
constexpr std::string_view kPrefix = "keys-";

std::string name_of(Sequence sequence) {
    return fmt::format("{}{:020}", kPrefix, sequence.value);
}

bool is_key_file(const std::string& name) {
    return name.starts_with(kPrefix) && name.size() == name_of(Sequence(0)).size();
}

}  // namespace

std::string encode_key_file(Sequence sequence, const AnswerEntries& answers) {
    std::string out(kMagic);
    out.reserve(out.size() + answers.bytes.size() + 64);
    put(out, sequence.value);
    put(out, answers.newest_expiry.unix_ms);
    put(out, std::uint64_t{answers.bytes.size()});
    out += answers.bytes;
    put(out, crc32c(0, out));
    return out;
}

Result<AnswerEntries> decode_key_file(std::string_view bytes) {
    std::uint32_t crc = 0;
    if (bytes.size() < kMagic.size() + sizeof crc || !bytes.starts_with(kMagic)) {
        return Error(Code::corrupt, "not a keys file of this version");
    }
    const auto content = bytes.substr(0, bytes.size() - sizeof crc);
    crc = WireReader(bytes.substr(content.size())).get<std::uint32_t>();
    if (crc != crc32c(0, content)) return Error(Code::corrupt, "checksum mismatch");

    WireReader reader(content.substr(kMagic.size()));
    reader.get<std::uint64_t>();  // the sequence, for people
    AnswerEntries answers;
    answers.newest_expiry = WallTime{reader.get<std::int64_t>()};
    answers.bytes = reader.get_bytes(reader.get<std::uint64_t>());
    if (reader.failed() || reader.left() != 0) return Error(Code::corrupt, "wrong length");
    TRY(for_each_answer(answers.bytes, [](const RememberedAnswer&) {}));
    return answers;
}

Result<std::vector<std::string>> KeyFiles::load(
    WallTime now, const std::function<void(const RememberedAnswer&)>& on_answer) {
    TRY_ASSIGN(const auto names, disk_.list(directory_));
    std::vector<std::string> damaged;
    for (const auto& name : names) {
        if (!is_key_file(name)) continue;
        auto path = directory_ + "/" + name;
        TRY_ASSIGN(const auto bytes, read_whole(disk_, path));
        const auto answers = decode_key_file(bytes);
        if (!answers.ok()) {
            TRY(disk_.rename(path, path + ".damaged"));
            damaged.push_back(std::move(path));
            continue;
        }
        TRY(for_each_answer(answers.value().bytes, [&](const RememberedAnswer& answer) {
            if (answer.expires_at > now) on_answer(answer);
        }));
        files_.push_back({.path = std::move(path),
                          .newest_expiry = answers.value().newest_expiry,
                          .bytes = bytes.size()});
    }
    return damaged;
}

Result<void> KeyFiles::store(Sequence sequence, const AnswerEntries& answers) {
    if (answers.bytes.empty()) return {};
    auto path = directory_ + "/" + name_of(sequence);
    const auto content = encode_key_file(sequence, answers);
    TRY(write_atomically(disk_, path, content));
    std::erase_if(files_, [&](const File& file) { return file.path == path; });
    files_.push_back(
        {.path = std::move(path), .newest_expiry = answers.newest_expiry, .bytes = content.size()});
    return {};
}

Result<void> KeyFiles::remove_old(WallTime now) {
    std::uint64_t bytes = 0;
    for (const auto& file : files_) bytes += file.bytes;
    for (auto file = files_.begin(); file != files_.end();) {
        if (file->newest_expiry > now && bytes <= bytes_max_) {
            ++file;
            continue;
        }
        TRY(disk_.remove(file->path));
        bytes -= file->bytes;
        file = files_.erase(file);
    }
    return {};
}

}  // namespace millrace::journal
