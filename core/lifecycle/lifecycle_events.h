#pragma once
// Events: what the lifecycle tells the outside, which logs it.
//
// Thread  the callbacks are called on the strand and on the workers, also at the same time.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/time.h"

namespace millrace::lifecycle {

struct SliceUploaded {
    SliceId slice;
    FileId file;
    SinkNumber sink;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;         // of CSV
    std::uint64_t staged_bytes = 0;  // compressed
    Milliseconds took{};
};

struct FileImported {
    FileId file;
    SinkNumber sink;
    std::string table;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;  // of CSV
    std::uint32_t slices = 0;
    bool already_done = false;  // an earlier attempt had imported it
    Milliseconds took{};
};

// Rows of an imported file that the database of its table has refused: they are rejects now.
struct RowsRefused {
    FileId file;
    SinkNumber sink;
    std::string table;
    std::uint64_t rows = 0;
    std::string reason;  // of the first one: the words of the database
};

// The table refuses a row of a load, so that nothing of it is imported.
struct LoadRefused {
    FileId file;
    std::string reason;  // the place of the row, and the words of the database
};

struct StepFailed {
    std::string_view step;  // "upload", "import", "record", "clean up", ...
    std::string subject;    // the id of the slice or file; empty where it is about none
    std::string reason;     // for the operator
    std::uint32_t attempt = 0;
    Milliseconds retry_in{};
};

// Once a start for each file: it waits for its target or staging to be configured again.
struct BackendMissing {
    std::string subject;  // the id of the file
    SinkNumber sink;
    std::string reason;  // for the operator
};

// An operator, or a setting of its sink, has done something with a file.
struct FileChanged {
    FileId file;
    SinkNumber sink;
    std::string_view act;  // "retry", "set aside", "restore", "discard"
    std::string reason;    // where a file is set aside
};

// The file is not imported since more than a day of uptime; once a day and sink.
struct FileWaitsLong {
    FileId file;
    SinkNumber sink;
    Milliseconds waited{};
    std::string reason;  // of its last attempt, if that has failed
};

struct LifecycleEvents {
    std::function<void(const SliceUploaded&)> slice_uploaded = [](const auto&) {};
    std::function<void(const FileImported&)> file_imported = [](const auto&) {};
    std::function<void(const RowsRefused&)> rows_refused = [](const auto&) {};
    // Whether the load is aborted by that; else its file is set aside.
    std::function<bool(const LoadRefused&)> load_refused = [](const auto&) { return false; };
    std::function<void(const StepFailed&)> step_failed = [](const auto&) {};
    std::function<void(const BackendMissing&)> backend_missing = [](const auto&) {};
    std::function<void(const FileChanged&)> file_changed = [](const auto&) {};
    std::function<void(const FileWaitsLong&)> file_waits_long = [](const auto&) {};
};

}  // namespace millrace::lifecycle
