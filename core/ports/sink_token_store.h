#pragma once
// SinkTokenStore: the tokens of sinks. A target and a sink have one at most.
//
// Passwords are sealed where they are kept.
//
// Thread   any; readers never wait for writers.
// Durable  every write is on disk when it returns.
// Errors   unavailable, unknown_outcome; those of SecretStore::open()

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/sink_token.h"
#include "core/ports/definition_catalog.h"

namespace millrace {

class SinkTokenStore {
public:
    virtual ~SinkTokenStore() = default;

    virtual Result<std::optional<SinkToken>> sink_token(const TargetName& target,
                                                        SinkNumber sink) = 0;
    // That of the sink whose file it is; none of a file of a load.
    virtual Result<std::optional<SinkToken>> sink_token_of_file(const TargetName& target,
                                                                FileId file) = 0;
    virtual Result<std::vector<SinkToken>> sink_tokens_of(const TargetName& target) = 0;
    // Those of sinks of the project that are not deleted, for people: without passwords. An id is
    // "SOURCE/SINK/TARGET".
    virtual Result<Page<SinkToken>> shown_sink_tokens(ProjectId project,
                                                      const PageRequest& page) = 0;

    virtual Result<void> save_sink_token(const SinkToken& token) = 0;
    // Fine if there is none.
    virtual Result<void> remove_sink_token(const TargetName& target, SinkNumber sink) = 0;

    // Those that were not changed since `before`, whose sink is deleted, forgotten or has another
    // target now.
    virtual Result<std::vector<SinkToken>> unused_sink_tokens(const TargetName& target,
                                                              WallTime before) = 0;
    // Adds one that is due for each sink of the target that has none and is not deleted.
    virtual Result<void> add_missing_sink_tokens(const TargetName& target, WallTime now) = 0;

    // What tells the roles of this installation from those of others that share a database with it,
    // also of the one that it was restored from: `wanted` the first time, and that from then on.
    virtual Result<std::string> role_space(const std::string& wanted) = 0;
};

}  // namespace millrace
