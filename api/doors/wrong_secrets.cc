#include "api/doors/wrong_secrets.h"

#include "core/base/error_names.h"

namespace millrace::doors {

RefusedSecret refused_secret(const Error& error, access::WrongTokens* wrong,
                             const std::string& client_ip) {
    if (wrong == nullptr || error.name() != error_names::kInNoSourceFound) return {.error = error};
    const auto wait = wrong->note(client_ip);
    if (wait == Milliseconds(0)) return {.error = error};
    return {.error = Error(Code::overloaded,
                           "Too many URLs with a wrong source or secret from this address.")
                         .named(error_names::kInTooManyWrongSecrets),
            .wait = wait};
}

}  // namespace millrace::doors
