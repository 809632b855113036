#include "api/app/access_part.h"

#include "api/app/admin_token.h"

namespace millrace {

Result<void> AccessPart::start() {
    const auto& config = machine_.config();
    TRY_ASSIGN(admin_token_, load_admin_token(machine_.disk(), machine_.secure_rng(),
                                              config.data_dir, config.admin_token));
    TRY_ASSIGN(tokens_, access::LiveTokens::read(storage_.catalog(), config.project));
    gate_.emplace(*admin_token_, *tokens_, wrong_tokens_, machine_.clock());
    return {};
}

}  // namespace millrace
