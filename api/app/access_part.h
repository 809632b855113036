#pragma once
// AccessPart: who may use the ports: the installation's own token and those that were made.

#include <memory>
#include <optional>

#include "api/access/live_tokens.h"
#include "api/access/token_gate.h"
#include "api/access/wrong_tokens.h"
#include "api/app/machine_part.h"
#include "api/app/part.h"
#include "api/app/storage_part.h"
#include "core/base/secret.h"

namespace millrace {

class AccessPart final : public Part {
public:
    AccessPart(MachinePart& machine, StoragePart& storage) : machine_(machine), storage_(storage) {}

    Result<void> start() override;
    void stop() override {}

    const Secret& admin_token() const { return *admin_token_; }
    access::LiveTokens& tokens() { return *tokens_; }
    access::WrongTokens& wrong_tokens() { return wrong_tokens_; }
    const access::WrongTokens& wrong_tokens() const { return wrong_tokens_; }
    access::WrongTokens& wrong_secrets() { return wrong_secrets_; }
    // For doors.
    access::TokenGate& gate() { return *gate_; }

private:
    MachinePart& machine_;
    StoragePart& storage_;
    std::optional<Secret> admin_token_;
    std::unique_ptr<access::LiveTokens> tokens_;
    access::WrongTokens wrong_tokens_{machine_.clock()};
    access::WrongTokens wrong_secrets_{machine_.clock(), access::WrongTokens::Of::secrets};
    std::optional<access::TokenGate> gate_;
};

}  // namespace millrace
