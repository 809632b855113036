#pragma once
// LoadPath: which call of Doris' HTTP API a request line is.
//
// See  docs/stream-load.md ("Paths")

#include <string>
#include <string_view>

namespace millrace::stream_load {

enum class CallKind {
    load,          // PUT /api/{db}/{table}/_stream_load, _load
    two_phase,     // PUT /api/{db}/_stream_load_2pc, also with a table
    http_stream,   // PUT /api/_http_stream
    load_state,    // GET /api/{db}/get_load_state?label=
    cancel,        // POST /api/{db}/_cancel?label=
    error_log,     // GET /api/_load_error_log?file=
    schema,        // GET /api/{db}/{table}/_schema
    count,         // GET /api/{db}/{table}/_count
    backends,      // GET /api/backends
    bootstrap,     // GET /api/bootstrap
    health,        // GET /api/health
    probe,         // GET / with credentials
    wrong_method,  // one of these with another method
    unknown,
};

struct LoadPath {
    CallKind kind = CallKind::unknown;
    std::string database;
    std::string table;
    std::string parameter;  // the value of `label` or `file` in the query
};

// Whether the path is one that only Doris' clients ask for.
bool is_load_path(std::string_view target);

// `target` in origin or absolute form (RFC 9112 3.2). PUT and POST are the same.
LoadPath parse_load_path(std::string_view method, std::string_view target);

}  // namespace millrace::stream_load
