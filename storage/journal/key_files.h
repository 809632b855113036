#pragma once
// KeyFiles: the remembered answers whose frames may be gone, a file for each checkpoint that had
// any. So the window is written once, however long it is.
//
// A file goes when its newest answer has expired, or, the oldest first, when all are larger than
// the budget: what is in memory has the same limit. As in memory, keys with the same answer share
// its text, so that what fits there fits here.
//
// Format  docs/formats/keys.md
// Thread  one at a time.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/ports/disk.h"
#include "storage/journal/answer_entry.h"

namespace millrace::journal {

std::string encode_key_file(Sequence sequence, const AnswerEntries& answers);

struct KeyFileTotals {
    AgeTime newest_expiry;
    std::uint64_t keys = 0;
};
// Calls back for each answer, in order; for none if there is an error.
// Errors  corrupt
Result<KeyFileTotals> decode_key_file(
    std::string_view bytes, const std::function<void(const RememberedAnswer&)>& on_answer);

// A file that is not what it should be. A restart forgets its keys, those that have expired among
// them.
struct KeyFileTrouble {
    enum class Kind {
        over_budget,  // removed before its keys have expired
        lost,         // it was gone when it was to be removed
        stays,        // it cannot be removed now; tried again
    };
    Kind kind;
    std::string path;
    std::uint64_t keys = 0;
    std::string cause = {};  // why it stays
};

class KeyFiles {
public:
    // `directory` is that of the journal.
    KeyFiles(Disk& disk, std::string directory, std::uint64_t bytes_max)
        : disk_(disk), directory_(std::move(directory)), bytes_max_(bytes_max) {}

    // Recovery, first of all: calls back for the answers that have not expired, oldest file first.
    // Returns the paths of damaged files, which are put aside as "….damaged".
    // Errors  of the disk
    Result<std::vector<std::string>> load(
        AgeTime now, const std::function<void(const RememberedAnswer&)>& on_answer);

    // Writes the file of the checkpoint `sequence`, if there are answers. Durable when it returns.
    Result<void> store(Sequence sequence, const AnswerEntries& answers);

    // Removes what has expired or is over the budget. Calls back for each file that goes although
    // it has keys that are not expired, and for each that is not removed.
    void remove_old(AgeTime now, const std::function<void(const KeyFileTrouble&)>& on_trouble);

private:
    struct File {
        std::string path;
        KeyFileTotals totals;
        std::uint64_t bytes = 0;
    };

    Disk& disk_;
    const std::string directory_;
    const std::uint64_t bytes_max_;
    std::vector<File> files_;  // oldest first
};

}  // namespace millrace::journal
