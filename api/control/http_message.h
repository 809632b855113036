#pragma once
// Request and Response as the resources see them: no HTTP library, no socket.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::control {

struct Request {
    std::string id;      // X-Request-Id of the answer
    std::string method;  // upper case
    std::string path;    // as sent, percent-encoded, without the query
    std::map<std::string, std::string, std::less<>> query;     // decoded; the first of equal keys
    std::optional<std::string> storage_token;                  // X-StorageApi-Token
    std::optional<std::string> authorization;                  // Authorization
    std::optional<std::string> origin;                         // Origin
    std::optional<std::string> host;                           // Host
    std::vector<std::pair<std::string, std::string>> headers;  // all, equal names in order
    std::string client_ip;
    std::string body;
};

struct Response {
    int status = 200;
    std::string body = {};
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers = {};
};

}  // namespace millrace::control
