#include "api/http/client_ip.h"

namespace millrace::http {

std::string client_ip(std::string_view address) {
    constexpr std::string_view kMapped = "::ffff:";
    const bool is_mapped =
        address.starts_with(kMapped) && address.find('.') != std::string_view::npos;
    return std::string(is_mapped ? address.substr(kMapped.size()) : address);
}

}  // namespace millrace::http
