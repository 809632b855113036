#pragma once
// ErrorLogs: the lists of rows that loads have filtered, for those who were given their address.
//
// A name cannot be guessed, because clients fetch a list without credentials, and its rows are in
// it. Lists are forgotten after 48 hours, and the oldest before that where they take too much.
//
// Durable   no: a list that a power loss takes is missing.
// Thread    any; it waits for the disk.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/load.h"
#include "core/ports/rng.h"

namespace millrace::stream_load {

struct ErrorLogLimits {
    Milliseconds kept = std::chrono::hours(48);
    std::uint64_t bytes_max = 256 << 20;  // of all together
};

class ErrorLogs {
public:
    // `random` is for secrets, from any thread, and outlives it.
    ErrorLogs(std::filesystem::path folder, Rng& random, const ErrorLogLimits& limits = {})
        : folder_(std::move(folder)), random_(random), limits_(limits) {}

    // Returns its name.
    // Errors  unavailable
    Result<std::string> keep(LoadNumber load, std::string_view text);

    // Nothing if there is none of that name, or no longer.
    std::optional<std::string> find(std::string_view name) const;

private:
    void sweep();

    const std::filesystem::path folder_;
    Rng& random_;
    const ErrorLogLimits limits_;
    std::mutex mutex_;
    std::uint64_t unswept_bytes_ = 0;  // written since the last sweep
};

// The beginning of the newest list of a load in the folder, for who may read its rows anyway.
// Nothing if there is none, or no longer.
std::optional<std::string> error_log_of(const std::filesystem::path& folder, LoadNumber load,
                                        std::size_t bytes_max);

}  // namespace millrace::stream_load
