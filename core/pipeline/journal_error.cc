#include "core/pipeline/journal_error.h"

#include <fmt/format.h>

#include "core/base/byte_size.h"
#include "core/base/error_names.h"

namespace millrace::pipeline {

Error rows_too_large(std::uint64_t bytes_max) {
    return Error(Code::too_large,
                 fmt::format("The rows of the request, of all its sinks together, are larger than "
                             "{}; send fewer records at a time.",
                             format_byte_size(bytes_max)))
        .named(error_names::kInPayloadTooLarge);
}

Error told_of_journal(const Error& error) {
    if (error.name() == error_names::kInDiskFull) {
        return Error(error.code(), "The disk is full, please retry later.").named(error.name());
    }
    switch (error.code()) {
        case Code::overloaded:
        case Code::too_large:  // of a batch; a request alone fits
            return Error(Code::overloaded, "Too many rows are waiting, please retry later.")
                .named(error_names::kInVolumeBusy);
        case Code::unknown_outcome:
            return Error(error.code(),
                         "Writing failed in the middle: the rows may have been stored.")
                .named(error_names::kInUnknownOutcome);
        case Code::unavailable:
        case Code::invalid:
        case Code::not_found:
        case Code::conflict:
        case Code::unauthorized:
        case Code::corrupt:
        case Code::internal:
            break;
    }
    // Whatever else: the volume did not take the rows.
    return Error(Code::unavailable, "The volume has failed and takes no rows.")
        .named(error_names::kInVolumeFailed);
}

}  // namespace millrace::pipeline
