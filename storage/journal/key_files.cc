#include "storage/journal/key_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/base/check.h"
#include "core/base/crc32c.h"
#include "core/ports/atomic_file.h"
#include "storage/journal/format.h"

namespace millrace::journal {
namespace {

constexpr std::string_view kMagic = "MLRKEY03";
constexpr std::string_view kMagicOfVersion2 = "MLRKEY02";  // outcomes without their lengths
constexpr std::string_view kMagicOfVersion1 = "MLRKEY01";  // every entry with its outcome
constexpr std::size_t kHeaderBytes = 40;
constexpr std::size_t kKeyBytes = 72;
constexpr std::string_view kPrefix = "keys-";

std::string name_of(Sequence sequence) {
    return fmt::format("{}{:020}", kPrefix, sequence.value);
}

bool is_key_file(const std::string& name) {
    return name.starts_with(kPrefix) && name.size() == name_of(Sequence(0)).size();
}

// Version 3 says how long an outcome is; before, it said so itself.
std::string get_outcome(WireReader& reader, bool has_length) {
    if (!has_length) return read_outcome_of_version_1(reader);
    const auto bytes = reader.get<std::uint32_t>();
    return std::string(reader.get_bytes(bytes));
}

void put_key(std::string& out, const RememberedAnswer& answer, std::uint32_t outcome) {
    put(out, outcome);
    put(out, std::uint32_t{0});
    put_request(out, answer);
}

// Outcomes, then keys that refer to them. Returns the number of keys.
Result<std::uint64_t> decode_keys(WireReader& reader, bool has_lengths,
                                  const std::function<void(const RememberedAnswer&)>& on_answer) {
    const auto outcome_bytes = reader.get<std::uint64_t>();
    const auto count = reader.get<std::uint64_t>();
    WireReader outcomes_reader(reader.get_bytes(outcome_bytes));
    if (reader.failed() || reader.left() % kKeyBytes != 0 || reader.left() / kKeyBytes != count) {
        return Error(Code::corrupt, "wrong length");
    }
    std::vector<std::string> outcomes;
    while (outcomes_reader.left() > 0) {
        outcomes.push_back(get_outcome(outcomes_reader, has_lengths));
    }
    if (outcomes_reader.failed()) return Error(Code::corrupt, "an outcome is cut");

    auto unchecked = reader;
    for (std::uint64_t i = 0; i < count; ++i) {
        WireReader key(unchecked.get_bytes(kKeyBytes));
        if (key.get<std::uint32_t>() >= outcomes.size())
            return Error(Code::corrupt, "a key without its outcome");
    }
    RememberedAnswer answer;
    const std::string* last = nullptr;
    while (reader.left() > 0) {
        const auto* const outcome = &outcomes[reader.get<std::uint32_t>()];
        reader.get<std::uint32_t>();
        read_request(reader, answer);
        if (std::exchange(last, outcome) != outcome) answer.outcome = *outcome;
        on_answer(answer);
    }
    return count;
}

// As version 1 has them. Returns the number of keys.
Result<std::uint64_t> decode_entries(
    WireReader& reader, const std::function<void(const RememberedAnswer&)>& on_answer) {
    const auto entries = reader.get_bytes(reader.get<std::uint64_t>());
    if (reader.failed() || reader.left() != 0) return Error(Code::corrupt, "wrong length");
    std::uint64_t keys = 0;
    TRY(for_each_answer(entries, 1, [&](const RememberedAnswer&) { ++keys; }));
    TRY(for_each_answer(entries, 1, on_answer));
    return keys;
}

}  // namespace

std::string encode_key_file(Sequence sequence, const AnswerEntries& answers) {
    std::string outcomes;
    std::string keys;
    std::unordered_map<std::string, std::uint32_t> numbers;  // of the outcomes
    const auto parsed =
        for_each_answer(answers.bytes, kFormatVersion, [&](const RememberedAnswer& answer) {
            const auto next = static_cast<std::uint32_t>(numbers.size());
            const auto [known, is_new] = numbers.try_emplace(answer.outcome, next);
            if (is_new) {
                put(outcomes, static_cast<std::uint32_t>(answer.outcome.size()));
                outcomes += answer.outcome;
            }
            put_key(keys, answer, known->second);
        });
    check(parsed.ok(), "answers were gathered wrongly");

    std::string out(kMagic);
    out.reserve(kHeaderBytes + outcomes.size() + keys.size() + sizeof(std::uint32_t));
    put(out, sequence.value);
    put(out, answers.newest_expiry.ms);
    put(out, std::uint64_t{outcomes.size()});
    put(out, std::uint64_t{keys.size() / kKeyBytes});
    out += outcomes;
    out += keys;
    put(out, crc32c(0, out));
    return out;
}

Result<KeyFileTotals> decode_key_file(
    std::string_view bytes, const std::function<void(const RememberedAnswer&)>& on_answer) {
    std::uint32_t crc = 0;
    const bool has_lengths = bytes.starts_with(kMagic);
    const bool shares_outcomes = has_lengths || bytes.starts_with(kMagicOfVersion2);
    if (bytes.size() < kMagic.size() + sizeof crc ||
        (!shares_outcomes && !bytes.starts_with(kMagicOfVersion1))) {
        return Error(Code::corrupt, "not a keys file of this version");
    }
    const auto content = bytes.substr(0, bytes.size() - sizeof crc);
    crc = WireReader(bytes.substr(content.size())).get<std::uint32_t>();
    if (crc != crc32c(0, content)) return Error(Code::corrupt, "checksum mismatch");

    WireReader reader(content.substr(kMagic.size()));
    reader.get<std::uint64_t>();  // the sequence, for people
    KeyFileTotals totals;
    totals.newest_expiry = AgeTime{reader.get<std::int64_t>()};
    TRY_ASSIGN(totals.keys, shares_outcomes ? decode_keys(reader, has_lengths, on_answer)
                                            : decode_entries(reader, on_answer));
    return totals;
}

Result<std::vector<std::string>> KeyFiles::load(
    AgeTime now, const std::function<void(const RememberedAnswer&)>& on_answer) {
    TRY_ASSIGN(const auto names, disk_.list(directory_));
    std::vector<std::string> damaged;
    for (const auto& name : names) {
        if (!is_key_file(name)) continue;
        auto path = directory_ + "/" + name;
        TRY_ASSIGN(const auto bytes, read_whole(disk_, path));
        const auto totals = decode_key_file(bytes, [&](const RememberedAnswer& answer) {
            if (answer.expires_at > now) on_answer(answer);
        });
        if (!totals.ok()) {
            TRY(disk_.rename(path, path + ".damaged"));
            damaged.push_back(std::move(path));
            continue;
        }
        files_.push_back(
            {.path = std::move(path), .totals = totals.value(), .bytes = bytes.size()});
    }
    return damaged;
}

Result<void> KeyFiles::store(Sequence sequence, const AnswerEntries& answers) {
    if (answers.bytes.empty()) return {};
    auto path = directory_ + "/" + name_of(sequence);
    const auto content = encode_key_file(sequence, answers);
    TRY(write_atomically(disk_, path, content));
    std::erase_if(files_, [&](const File& file) { return file.path == path; });
    files_.push_back({.path = std::move(path),
                      .totals = {.newest_expiry = answers.newest_expiry, .keys = answers.count},
                      .bytes = content.size()});
    return {};
}

void KeyFiles::remove_old(AgeTime now,
                          const std::function<void(const KeyFileTrouble&)>& on_trouble) {
    using Kind = KeyFileTrouble::Kind;
    std::uint64_t bytes = 0;
    for (const auto& file : files_) bytes += file.bytes;
    for (auto file = files_.begin(); file != files_.end();) {
        const bool is_over = file->totals.newest_expiry <= now;
        if (!is_over && bytes <= bytes_max_) {
            ++file;
            continue;
        }
        const auto removed = disk_.remove(file->path);
        const bool is_lost = !removed.ok() && removed.error().code() == Code::not_found;
        const KeyFileTrouble trouble{.kind = is_lost ? Kind::lost : Kind::over_budget,
                                     .path = file->path,
                                     .keys = file->totals.keys};
        if (!removed.ok() && !is_lost) {
            on_trouble({.kind = Kind::stays,
                        .path = file->path,
                        .keys = file->totals.keys,
                        .cause = removed.error().operator_text()});
            ++file;
            continue;
        }
        if (is_lost || !is_over) on_trouble(trouble);
        bytes -= file->bytes;
        file = files_.erase(file);
    }
}

}  // namespace millrace::journal
