#pragma once
// ApiClient: the REST API of the service that a command is for.
//
// Thread  one.
// Errors  of every call: those that the API answered, with its name and text and what helps;
//         unavailable, unknown_outcome where there is no answer
// See     docs/api.md

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/cli/http_session.h"
#include "api/cli/json_fields.h"
#include "api/cli/terminal.h"
#include "api/config/client_line.h"

namespace millrace::cli {

class ApiClient {
public:
    // Finds the service; asks it nothing yet.
    // Errors  invalid: the address is none, or there is no token, with the places looked at
    static Result<ApiClient> open(const config::ServicePlace& place);

    // Paths begin with a slash, below /v1. `field` is one that the answer has in any case: what is
    // without it comes from something else than this API, as a proxy or a service at another port.
    Result<Json> get(const std::string& path, std::string_view field);
    // Of a call without a task.
    Result<Json> post(const std::string& path, const std::optional<Json>& body,
                      std::string_view field);
    Result<void> remove(const std::string& path);
    // A source, or a sink of it.
    // Errors  also not_found of an id that the API has for something else, as "deleted"
    Result<Json> get_source(std::string_view source);
    Result<Json> get_sink(std::string_view source, std::string_view sink);
    // Makes a change and waits until its task has ended. Returns the task, which is a success. With
    // `version`, only if that is still the version of the source or sink: else it is a conflict,
    // and nothing is changed.
    Result<Json> change(const std::string& method, const std::string& path,
                        const std::optional<Json>& body = {},
                        std::optional<std::uint64_t> version = {});
    // The items of a paged list, whose answer has them under `name`; at most so many.
    Result<std::vector<Json>> list(const std::string& path, const char* name,
                                   std::size_t most = SIZE_MAX);

    const std::string& url() const { return url_; }
    // Where events go, if the data folder says so; else empty: as the URLs of sources say.
    const std::string& ingest_url() const { return ingest_url_; }
    // As ServerUrl has it.
    const std::string& trusted() const { return session_.server().trusted; }

private:
    ApiClient(HttpSession session, std::string token)
        : session_(std::move(session)), token_(std::move(token)) {}

    // The answer, null if it has no content.
    Result<Json> send(const std::string& method, const std::string& path,
                      const std::optional<Json>& body = {},
                      std::optional<std::uint64_t> version = {});
    Result<Json> having(std::string_view field, Result<Json> answer) const;
    Error refusal(const HttpReply& reply) const;
    Error not_the_api(std::string_view why) const;
    Error redirected(const HttpReply& reply, const std::string& path) const;

    HttpSession session_;
    std::string token_;
    std::string token_place_;  // for messages
    std::string url_;
    std::string ingest_url_;
    std::string start_hint_;  // what to do if nothing answers
};

// "/branches/default/sources/shop", of what is typed
std::string sources_path();
std::string source_path(std::string_view source);
std::string sink_path(std::string_view source, std::string_view sink);

// Of a table, also of one that only a sink writes to.
std::string tables_path();
std::string table_path(std::string_view table);
// A task's id has slashes, which are parts of its path.
std::string task_path(std::string_view id);

}  // namespace millrace::cli
