#include "api/stream_load/answer_texts.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ports/disk.h"

namespace millrace::stream_load {
namespace {

bool is_class(std::string_view name) {
    return name.size() > 1 && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
           });
}

bool has_class(std::string_view text) {
    const auto end = text.find(']');
    return text.starts_with('[') && end != std::string_view::npos &&
           is_class(text.substr(1, end - 1));
}

}  // namespace

Error refused(std::string_view cls, std::string_view text) {
    return Error(Code::invalid, fmt::format("[{}]{}", cls, text));
}

Error invalid_argument(std::string_view text) {
    return refused(kInvalidArgument, text);
}

Error analysis_error(std::string_view text) {
    return refused(kAnalysisError, detail(text));
}

Error not_implemented(std::string_view text) {
    return refused("NOT_IMPLEMENTED_ERROR", text);
}

std::string detail(std::string_view text) {
    return fmt::format("TStatus: errCode = 2, detailMessage = {}", text);
}

// Some clients repeat where they read "unavailable", and only there.
std::string message_of(const Error& error, std::string_view cls) {
    if (error.name() == kNoSpace) {
        return fmt::format("[{}]unavailable for the moment: the disk is full", kInternalError);
    }
    switch (error.code()) {
        case Code::invalid:
        case Code::not_found:
        case Code::conflict:
        case Code::unauthorized:
        case Code::too_large:
            break;
        case Code::overloaded:
            return fmt::format("[{}]unavailable for the moment: {}", kInternalError,
                               error.client_text());
        case Code::unavailable:
        case Code::unknown_outcome:
        case Code::corrupt:
        case Code::internal:
            return fmt::format("[{}]the service is unavailable for the moment, please try again",
                               kInternalError);
    }
    if (has_class(error.client_text())) return error.client_text();
    return fmt::format("[{}]{}", is_class(error.name()) ? error.name() : cls, error.client_text());
}

}  // namespace millrace::stream_load
