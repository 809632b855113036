#pragma once
// What the console tells the operator; each event is one log line with fixed keys.

#include <string>

namespace millrace::console {

struct SignedIn {
    const std::string& token;  // its id
    const std::string& client_ip;
};
void emit(const SignedIn& event);

}  // namespace millrace::console
