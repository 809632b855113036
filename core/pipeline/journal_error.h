#pragma once
// What a client may be told of an error of the journal, whose own texts are not for clients.

#include <cstdint>

#include "core/base/error.h"

namespace millrace::pipeline {

// Errors  overloaded       stream.in.diskFull, stream.in.volumeBusy: send again
//         unknown_outcome  stream.in.unknownOutcome: the rows may be stored
//         unavailable      stream.in.volumeFailed
Error told_of_journal(const Error& error);

// The rows of one request fit no batch. too_large stream.in.payloadTooLarge
Error rows_too_large(std::uint64_t bytes_max);

}  // namespace millrace::pipeline
