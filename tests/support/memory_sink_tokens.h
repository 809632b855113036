#pragma once
// Tokens of sinks in memory. Which sinks are gone is what the test says.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/sink_token_store.h"

namespace millrace::testing_support {

class MemorySinkTokens final : public SinkTokenStore {
public:
    explicit MemorySinkTokens(std::string space) : space_(std::move(space)) {}

    Result<std::optional<SinkToken>> sink_token(const TargetName& target,
                                                SinkNumber sink) override {
        const auto found = tokens.find({target, sink});
        if (found == tokens.end()) return std::optional<SinkToken>();
        return std::optional(found->second);
    }
    Result<std::optional<SinkToken>> sink_token_of_file(const TargetName& target,
                                                        FileId file) override {
        const auto found = files.find(file);
        if (found == files.end()) return std::optional<SinkToken>();
        return sink_token(target, found->second);
    }
    Result<std::vector<SinkToken>> sink_tokens_of(const TargetName& target) override {
        std::vector<SinkToken> found;
        for (const auto& [key, token] : tokens) {
            if (key.first == target) found.push_back(token);
        }
        return found;
    }
    Result<Page<SinkToken>> shown_sink_tokens(ProjectId, const PageRequest&) override {
        return Page<SinkToken>{};
    }
    Result<void> save_sink_token(const SinkToken& token) override {
        if (saves_left == 0) return Error(Code::unavailable, "the disk is full");
        if (saves_left > 0) --saves_left;
        tokens.insert_or_assign({token.target, token.sink}, token);
        return {};
    }
    Result<void> remove_sink_token(const TargetName& target, SinkNumber sink) override {
        tokens.erase({target, sink});
        return {};
    }
    Result<std::vector<SinkToken>> unused_sink_tokens(const TargetName& target,
                                                      WallTime before) override {
        std::vector<SinkToken> found;
        for (const auto& [key, token] : tokens) {
            const bool is_unused = key.first == target && gone.contains(key.second);
            if (is_unused && token.changed_at < before) found.push_back(token);
        }
        return found;
    }
    Result<void> add_missing_sink_tokens(const TargetName& target, WallTime now) override {
        for (auto token : missing) {
            token.target = target;
            token.changed_at = now;
            tokens.try_emplace({target, token.sink}, token);
        }
        return {};
    }
    Result<std::string> role_space(const std::string&) override { return space_; }

    std::map<std::pair<TargetName, SinkNumber>, SinkToken> tokens;
    std::map<FileId, SinkNumber> files;  // of sinks
    std::set<SinkNumber> gone;
    std::vector<SinkToken> missing;  // of sinks without one
    int saves_left = -1;             // then they fail; -1: never

private:
    const std::string space_;
};

}  // namespace millrace::testing_support
