#include "core/base/error.h"

namespace millrace {

std::string_view to_string(Code code) {
    switch (code) {
        case Code::invalid:
            return "invalid";
        case Code::not_found:
            return "not_found";
        case Code::conflict:
            return "conflict";
        case Code::unauthorized:
            return "unauthorized";
        case Code::too_large:
            return "too_large";
        case Code::overloaded:
            return "overloaded";
        case Code::unavailable:
            return "unavailable";
        case Code::unknown_outcome:
            return "unknown_outcome";
        case Code::corrupt:
            return "corrupt";
        case Code::internal:
            return "internal";
    }
    return "internal";
}

}  // namespace millrace
