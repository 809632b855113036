#pragma once
// Router: a small table of methods and path patterns.
//
// A pattern is literal segments and `{branchId}`, `{sourceId}`, `{sinkId}`, `{tokenId}` and others,
// which take one segment, or at the end `{*taskId}`, which takes all that is left; `{*rest}` takes
// it and keeps it nowhere. Segments are percent-decoded after the path was split, so an encoded
// slash never makes a new segment.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/control/http_message.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/model/sink.h"
#include "core/model/source.h"
#include "core/model/version.h"

namespace millrace::control {

struct PathParameters {
    std::string branch;  // not checked yet
    SourceId source;
    SinkId sink;
    std::string task;
    std::string token;
    std::string version;  // not checked yet
    std::string receipt;  // not checked yet
    std::string volume;   // its name
    std::string table;    // not checked yet
    std::string load;     // not checked yet
    std::string file;     // not checked yet
};

// What a handler is called with.
struct Call {
    Call(const Request& of, PathParameters in_path);

    const Request& request;
    PathParameters path;
    Actor actor;            // for endpoints that want a token
    bool is_admin = false;  // it is an administrator's
    SourceKey source;       // that the path names, in the branch of the installation
    SinkKey sink;
    Stamp stamp;  // the actor, now
};

// The names that the query of a call may have.
using QueryNames = std::vector<std::string_view>;
inline const QueryNames kAnyQuery = {"*"};

enum class Access {
    open,
    token,     // any token for GET, an administrator's for the methods that change something
    any_token  // any token, because nothing is changed whatever the method
};

struct Endpoint {
    std::string method;
    std::vector<std::string> segments;  // of the pattern
    Access access = Access::token;
    std::function<Result<Response>(const Call&)> handle;
    QueryNames query = {};

    bool has_branch() const;
    bool needs_admin() const { return access == Access::token && method != "GET"; }
    // What is open to everybody is asked by probes and browsers too, which add names of their own.
    bool takes_any_query() const { return access == Access::open || query == kAnyQuery; }
    // With `wait`, which all changes take.
    std::vector<std::string> query_names() const;
};

class Router {
public:
    // Where patterns overlap, the one added last wins.
    void add(std::string method, std::string_view pattern, Access access,
             std::function<Result<Response>(const Call&)> handle, QueryNames query = {});

    const std::vector<Endpoint>& endpoints() const { return endpoints_; }

    struct Match {
        const Endpoint* endpoint = nullptr;  // null if the method or the path is unknown
        PathParameters path;
        std::vector<std::string> allowed;  // methods that the path knows; empty: unknown path
    };
    // `method` HEAD finds the endpoint of GET. `path` is as sent.
    Match match(std::string_view method, std::string_view path) const;

private:
    std::vector<Endpoint> endpoints_;
};

// Adds the endpoints of one resource: its handlers get what it works with before the call.
template <typename Api>
class Routes {
public:
    Routes(Router& router, const Api& api, Access access = Access::token)
        : router_(router), api_(std::make_shared<const Api>(api)), access_(access) {}

    template <typename Handler>
    void add(const char* method, std::string_view base, std::string_view rest, Handler handler,
             QueryNames query = {}) const {
        router_.add(
            method, std::string(base).append(rest), access_,
            [api = api_, handler](const Call& call) { return handler(*api, call); },
            std::move(query));
    }

    template <typename Handler>
    void add(const char* method, std::string_view pattern, Handler handler,
             QueryNames query = {}) const {
        add(method, pattern, "", std::move(handler), std::move(query));
    }

private:
    Router& router_;
    const std::shared_ptr<const Api> api_;
    const Access access_;
};

// "a%2Fb" -> "a/b"; a percent sign without two hex digits stays.
std::string percent_decoded(std::string_view text);

}  // namespace millrace::control
