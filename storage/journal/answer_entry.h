#pragma once
// The bytes of a remembered answer: entry 4 of a frame, and all that the first version of a keys
// file holds. What was answered is bytes of a door, which the journal only keeps.
//
// Format  docs/formats/journal.md, "Entry 4"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/wire.h"
#include "core/model/remembered_answer.h"

namespace millrace::journal {

inline constexpr std::uint32_t kAnswerEntry = 4;

// Appends exactly answer_bytes(), a multiple of 8.
void put_answer(std::string& out, const RememberedAnswer& answer);
std::uint64_t answer_bytes(const RememberedAnswer& answer);

// The entry behind its type, as frames of `version` have it; the reader has failed if it is cut.
RememberedAnswer read_answer(WireReader& reader, std::uint32_t version);

// An outcome as the first versions wrote it, where nothing else says where it ends.
std::string read_outcome_of_version_1(WireReader& reader);

void put_fingerprint(std::string& out, const Fingerprint& fingerprint);
Fingerprint get_fingerprint(WireReader& reader);

// Which request it is the answer to, and when: the same in frames and in keys files.
void put_request(std::string& out, const RememberedAnswer& answer);
void read_request(WireReader& reader, RememberedAnswer& answer);

// Answers one after the other, as they go from frames into a keys file.
struct AnswerEntries {
    std::string bytes;
    AgeTime newest_expiry;
    std::uint64_t count = 0;

    void add(const RememberedAnswer& answer);
    void add(const AnswerEntries& later);
    void clear();  // keeps the memory
};

// Calls back for each answer, in order; `version` is that of the entries.
// Errors  corrupt: something else is there
Result<void> for_each_answer(std::string_view entries, std::uint32_t version,
                             const std::function<void(const RememberedAnswer&)>& on_answer);

}  // namespace millrace::journal
