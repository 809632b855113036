#pragma once
// SinkTokens: the tokens of sinks in catalog.sqlite, their passwords sealed.

#include "core/ports/secret_store.h"
#include "core/ports/sink_token_store.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

// What the password of a token is sealed for.
std::string sink_token_purpose(const TargetName& target, SinkNumber sink);

class SinkTokens : public SinkTokenStore {
public:
    // Both must outlive it.
    SinkTokens(Connections& connections, const SecretStore& secrets)
        : connections_(connections), secrets_(secrets) {}

    Result<std::optional<SinkToken>> sink_token(const TargetName& target, SinkNumber sink) override;
    Result<std::optional<SinkToken>> sink_token_of_file(const TargetName& target,
                                                        FileId file) override;
    Result<std::vector<SinkToken>> sink_tokens_of(const TargetName& target) override;
    Result<Page<SinkToken>> shown_sink_tokens(ProjectId project, const PageRequest& page) override;
    Result<void> save_sink_token(const SinkToken& token) override;
    Result<void> remove_sink_token(const TargetName& target, SinkNumber sink) override;
    Result<std::vector<SinkToken>> unused_sink_tokens(const TargetName& target,
                                                      WallTime before) override;
    Result<void> add_missing_sink_tokens(const TargetName& target, WallTime now) override;
    Result<std::string> role_space(const std::string& wanted) override;

private:
    Connections& connections_;
    const SecretStore& secrets_;
};

}  // namespace millrace::catalog
