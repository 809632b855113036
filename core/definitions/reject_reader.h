#pragma once
// RejectReader: what the rejects of one source are when they are mapped again, where they are other
// than what was kept of them: see SourceKind::reject_reader.
//
// Thread  that of the retry.

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/reject.h"

namespace millrace::definitions {

struct RetriedRecord {
    std::string body;
    std::string content_type;
    bool deletes = false;                         // the row with its key
    std::optional<std::string> message_key = {};  // nothing: that of the reject; of all or none
};

class RejectReader {
public:
    virtual ~RejectReader() = default;

    // The records that the reject is, of which all become rows or none; nothing: it is what was
    // kept. At least one.
    // Errors  invalid      it cannot be read: it stays
    //         unavailable  it cannot be told now: the retry ends
    virtual Result<std::optional<std::vector<RetriedRecord>>> read(const Reject& reject) = 0;
};

}  // namespace millrace::definitions
