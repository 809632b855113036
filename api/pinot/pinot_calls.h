#pragma once
// PinotApi: what the endpoints in Pinot's form work with; and how such an endpoint is called: who
// may, and how errors look.
//
//     {"code": 404, "error": "Table transcript does not exist"}
//
// The token is one of the API, as `Authorization: Bearer`, as the password of `Basic`, or as
// X-StorageApi-Token. With --pinot.open none is needed; a wrong one is refused all the same.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "api/control/resource_parts.h"
#include "api/kafka/source_watch.h"
#include "api/pinot/pinot_definitions.h"
#include "api/pinot/pinot_findings.h"
#include "core/base/guarded.h"
#include "core/ports/document_store.h"
#include "core/ports/table_query.h"

namespace millrace::pinot {

// A flush that was asked for; remembered while the process runs.
struct ForceCommit {
    std::string task;
    std::string table;
    std::vector<std::string> segments;
    WallTime at;
};

struct PinotPorts {
    DocumentStore& documents;
    TableQuery* query;  // null: the default target is no database of ours
    std::shared_ptr<const kafka::SourceWatches> watches;
    PinotOptions options;
};

struct PinotApi {
    PinotApi(const control::ResourceParts& of, PinotPorts with)
        : parts(of), ports(std::move(with)) {}

    const control::ResourceParts parts;
    const PinotPorts ports;
    mutable std::mutex changing;  // one change of documents at a time
    mutable std::atomic<int> queries = 0;
    mutable Guarded<std::map<std::string, ForceCommit>> force_commits;
};

// A call of somebody who may.
struct PinotCall {
    const control::Request& request;
    std::string name;  // of the table or the schema in the path
    std::string job;   // in the path
    Stamp stamp;

    // A value of the query; empty if there is none.
    std::string parameter(std::string_view key) const;
    bool flag(std::string_view key, bool otherwise) const;
};

using PinotHandler = Result<control::Response> (*)(const PinotApi& api, const PinotCall& call);

enum class PinotAccess { read, change };

void add_endpoint(control::Router& router, const std::shared_ptr<const PinotApi>& api,
                  const char* method, std::string_view pattern, PinotAccess access,
                  PinotHandler handler);

control::Response json_answer(const Json& json, int status = 200);

// {"status": text, "unrecognizedProperties": {...}}, and "warnings" where there are any.
control::Response status_answer(std::string text, const PinotFindings& findings);
control::Response status_answer(std::string text);

}  // namespace millrace::pinot
