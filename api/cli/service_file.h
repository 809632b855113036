#pragma once
// What a running service keeps in its data folder for clients: service.json, in the form of the
// ready file (api/app/ready_file.h), and admin-token.

#include <optional>
#include <string>

#include "core/base/result.h"

namespace millrace::cli {

struct RunningService {
    std::string api;     // URL
    std::string ingest;  // URL
};

// Nothing if no service runs on the folder, or none that says so.
std::optional<RunningService> read_service_file(const std::string& data_dir);

// The first line of a small file.
// Errors  not_found, unavailable: a text for people, with the path and the cause
Result<std::string> read_line_of(const std::string& path);

}  // namespace millrace::cli
