#include "api/stream_load/doris_answers.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "api/http/json_string.h"

namespace millrace::stream_load {
namespace {

std::string quoted(std::string_view text) {
    std::string json;
    http::append_json_string(json, text);
    return json;
}

std::string_view message_of_code(int code) {
    switch (code) {
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 500:
            return "Internal Error";
        default:
            return "Error";
    }
}

http::Answer json_answer(std::string body) {
    return {.status = 200, .media = http::Media::json, .headers = {}, .body = std::move(body)};
}

std::string_view doris_type(DataType type) {
    switch (type) {
        case DataType::string:
            return "STRING";
        case DataType::integer:
            return "BIGINT";
        case DataType::decimal:
            return "DECIMAL";
        case DataType::float64:
            return "DOUBLE";
        case DataType::boolean:
            return "BOOLEAN";
        case DataType::date:
            return "DATE";
        case DataType::timestamp:
            return "DATETIME";
        case DataType::json:
            return "JSON";
    }
    return "STRING";
}

struct HostPort {
    std::string_view host;
    std::uint16_t port;
};

// Without a port in Host it is the one of http.
HostPort split(std::string_view host, std::uint16_t own_port) {
    if (host.empty()) return {.host = "127.0.0.1", .port = own_port};
    const auto colon = host.rfind(':');
    const auto bracket = host.rfind(']');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (!has_port) return {.host = host, .port = 80};
    std::uint16_t port = 0;
    const auto text = host.substr(colon + 1);
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc() || stop != text.data() + text.size()) port = own_port;
    return {.host = host.substr(0, colon), .port = port};
}

}  // namespace

http::Answer envelope(std::string_view data) {
    return json_answer(fmt::format(R"({{"msg":"success","code":0,"data":{},"count":0}})"
                                   "\n",
                                   data));
}

http::Answer refused_envelope(int code, std::string_view text) {
    auto answer = json_answer(fmt::format(R"({{"msg":"{}","code":{},"data":{},"count":0}})"
                                          "\n",
                                          message_of_code(code), code, quoted(text)));
    if (code == 401 || code == 405) answer.status = code;
    if (code == 401) answer.headers = "WWW-Authenticate: Basic realm=\"Millrace\"\r\n";
    return answer;
}

http::Answer two_phase_answer(std::string_view status, std::string_view text) {
    return json_answer(fmt::format("{{\n    \"status\": {},\n    \"msg\": {}\n}}\n", quoted(status),
                                   quoted(text)));
}

http::Answer load_answer(const LoadResult& result, int status) {
    auto answer = json_answer(render(result));
    answer.status = status;
    if (status == 401) answer.headers = "WWW-Authenticate: Basic realm=\"Millrace\"\r\n";
    return answer;
}

std::string backends_data(std::string_view host, std::uint16_t own_port) {
    const auto own = split(host, own_port);
    return fmt::format(R"({{"backends":[{{"ip":{},"http_port":{},"is_alive":true}}]}})",
                       quoted(own.host), own.port);
}

std::string schema_data(const DefinedTable& table) {
    bool has_key = false;
    std::string properties;
    for (const auto& column : table.columns) {
        has_key = has_key || column.primary_key;
        if (!properties.empty()) properties += ',';
        properties += fmt::format(R"({{"name":{},"type":"{}","comment":"","aggregation_type":"")",
                                  quoted(column.name), doris_type(column.data_type));
        if (column.data_type == DataType::decimal) {
            properties += R"(,"precision":"38","scale":"9")";
        }
        properties += '}';
    }
    return fmt::format(R"({{"status":200,"keysType":"{}","properties":[{}]}})",
                       has_key ? "UNIQUE_KEYS" : "DUP_KEYS", properties);
}

std::string bootstrap_data() {
    return R"({"replayedJournalId":0,"queryPort":0,"rpcPort":0,"arrowFlightSqlPort":-1,)"
           R"("version":"millrace"})";
}

}  // namespace millrace::stream_load
