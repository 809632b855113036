#pragma once
// SinkToken: the role by which a sink writes to its target, where the target has one for each sink.
//
//   due -> ready      made, or given another password, in its database
//   due -> refused    the target may not; the sink writes as the target itself
//   any -> due        to be made again, or renewed
//
// A token is due before anything happens in the database, so whatever stops the process there is
// no role that nobody knows of, and none whose password nobody has.

#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/model/backend_names.h"
#include "core/model/sink.h"
#include "core/model/table_id.h"

namespace millrace {

enum class SinkTokenState { due, ready, refused };

inline std::string_view to_string(SinkTokenState state) {
    switch (state) {
        case SinkTokenState::due:
            return "due";
        case SinkTokenState::ready:
            return "ready";
        case SinkTokenState::refused:
            return "refused";
    }
    return {};
}

struct SinkToken {
    TargetName target;
    SinkNumber sink;
    SinkKey key;
    TableId table;  // it may write; other tables of sinks in its bucket too
    SinkTokenState state = SinkTokenState::due;
    std::string role;    // empty: not chosen yet
    Secret password;     // empty: also
    std::string reason;  // why it was refused
    WallTime changed_at;
};

// "[_internal] Stream Sink shop/orders"
inline std::string description_of(const SinkToken& token) {
    return "[_internal] Stream Sink " + token.key.source.source.value + "/" + token.key.sink.value;
}

}  // namespace millrace
