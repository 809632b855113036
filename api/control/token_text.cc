#include "api/control/token_text.h"

#include <cstddef>

namespace millrace::control {
namespace {

constexpr std::size_t kRandomCharacters = 48;

}  // namespace

std::string make_token_text(definitions::RandomText& random) {
    return "millrace_" + random.make(kRandomCharacters);
}

}  // namespace millrace::control
