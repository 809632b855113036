#pragma once
// ApiClient: the REST API of the service that a command is for.
//
// Thread  one.
// Errors  of every call: those that the API answered, with its name and text and what helps;
//         unavailable, unknown_outcome where there is no answer
// See     docs/api.md

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

    // Paths begin with a slash, below /v1.
    Result<Json> get(const std::string& path);
    // A source, or a sink of it.
    // Errors  also not_found of an id that the API has for something else, as "deleted"
    Result<Json> get_source(std::string_view source);
    Result<Json> get_sink(std::string_view source, std::string_view sink);
    // The answer, null if it has no body.
    Result<Json> send(const std::string& method, const std::string& path,
                      const std::optional<Json>& body = {});
    // Does the same and waits until its task has ended. Returns the task, which is a success.
    Result<Json> change(const std::string& method, const std::string& path,
                        const std::optional<Json>& body = {});
    // All items of a paged list, whose answer has them under `name`.
    Result<std::vector<Json>> list(const std::string& path, const char* name);

    const std::string& url() const { return url_; }
    // Where events go, if the data folder says so; else empty: as the URLs of sources say.
    const std::string& ingest_url() const { return ingest_url_; }

private:
    ApiClient(HttpSession session, std::string token)
        : session_(std::move(session)), token_(std::move(token)) {}

    Error refusal(const HttpReply& reply) const;

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

// The same error; where it is that the source or sink is not there, with those that are.
Error with_what_there_is(ApiClient& api, Error error, std::string_view source,
                         std::string_view sink = {});

}  // namespace millrace::cli
