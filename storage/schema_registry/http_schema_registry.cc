#include "storage/schema_registry/http_schema_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/shown_text.h"
#include "storage/web/http_calls.h"

namespace millrace::schema_registry {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShown = 200;
constexpr int kOk = 200;
constexpr int kNotFound = 404;

std::string base64(std::string_view bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = i; j < i + 3; ++j) {
            group = group << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            text += i + j <= bytes.size() ? kDigits[group >> (18 - 6 * j) & 63] : '=';
        }
    }
    return text;
}

// Of a URL that was checked to be one: "registry.example" of "https://registry.example:8081/x".
std::string host_of(std::string_view url) {
    const auto begin = url.find("://");
    auto host = begin == std::string_view::npos ? url : url.substr(begin + 3);
    host = host.substr(0, host.find('/'));
    if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
    return std::string(host.substr(0, host.find(':')));
}

class HttpSchemaRegistry final : public SchemaRegistry {
public:
    HttpSchemaRegistry(const SchemaRegistrySettings& settings, const HttpRegistryOptions& options)
        : options_(options), has_error_codes_(settings.has_error_codes) {
        headers_["accept"] =
            "application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json, "
            "application/json";
        if (!settings.user_info.empty()) {
            headers_["authorization"] = "Basic " + base64(settings.user_info);
        }
        const std::string_view urls = settings.urls;
        for (std::size_t begin = 0; begin <= urls.size();) {
            const auto end = std::min(urls.find(',', begin), urls.size());
            add(std::string(urls.substr(begin, end - begin)), settings);
            begin = end + 1;
        }
    }

    // Goes round all, beginning with the one that answered last.
    Result<std::string> get(const std::string& path) override {
        std::optional<Error> failure;
        for (std::size_t i = 0; i < places_.size(); ++i) {
            const auto number = (first_ + i) % places_.size();
            auto answer = ask(places_[number], path);
            if (answer.ok() || answer.error().code() == Code::not_found) {
                first_ = number;
                return answer;
            }
            if (!failure) failure = std::move(answer).error();
        }
        return failure.value_or(Error(Code::unavailable, "there is no URL of a schema registry"));
    }

private:
    struct Place {
        std::string url;  // ends with a slash
        std::unique_ptr<web::HttpCalls> calls;
    };

    void add(std::string url, const SchemaRegistrySettings& settings) {
        if (url.empty()) return;
        web::HttpOptions http{.ca_file = {},
                              .ca_pem = settings.ca_pem,
                              .connect_max = options_.call_max,
                              .stall_max = options_.call_max};
        if (options_.may_connect) {
            http.may_connect = [may = options_.may_connect, host = host_of(url)](
                                   std::string_view address) { return may(host, address); };
        }
        auto is_stopped = settings.is_stopped ? settings.is_stopped : [] { return false; };
        if (!url.ends_with('/')) url += '/';
        places_.push_back(
            {.url = std::move(url),
             .calls = std::make_unique<web::HttpCalls>(std::move(http), std::move(is_stopped))});
    }

    Result<std::string> ask(const Place& place, const std::string& path) const {
        const web::HttpRequest request{.method = "GET",
                                       .url = place.url + path,
                                       .headers = headers_,
                                       .body = {},
                                       .time_max = options_.call_max,
                                       .answer_bytes_max = options_.answer_bytes_max};
        auto answer = place.calls->run(request);
        if (!answer.is_whole() || answer.status == 0) {
            return not_now(place, answer.failure.empty() ? "no answer" : answer.failure);
        }
        if (answer.status == kOk) return std::move(answer.body);
        if (answer.status == kNotFound && is_definite(answer.body)) {
            return Error(Code::not_found,
                         fmt::format("the schema registry at {} has no {}", place.url, path));
        }
        return not_now(place, what_is_wrong(answer));
    }

    // Anything answers 404 at a wrong path; a registry says what it does not have.
    bool is_definite(const std::string& body) const {
        if (!has_error_codes_) return true;
        const auto json = Json::parse(body, nullptr, false);
        if (!json.is_object()) return false;
        const auto code = json.find("error_code");
        if (code == json.end() || !code->is_number_integer()) return false;
        const auto number = code->get<std::int64_t>();
        return number == kNotFound || (number > 40400 && number < 40500);
    }

    static std::string what_is_wrong(const web::HttpAnswer& answer) {
        if (answer.status == 401 || answer.status == 403) {
            return fmt::format(
                "it answers {}: set the property \"schema.registry.basic.auth.user.info\" to "
                "\"user:password\"",
                answer.status);
        }
        if (answer.status == kNotFound) {
            return "it answers 404 and not as a registry does: is this its URL?";
        }
        if (answer.status >= 300 && answer.status < 400) {
            return fmt::format(
                "it answers {} and redirects are not followed: set registryUrl to {}",
                answer.status, shortened(answer.header("location"), kShown));
        }
        return fmt::format("it answers {}", answer.status);
    }

    static Error not_now(const Place& place, std::string_view why) {
        return Error(Code::unavailable,
                     fmt::format("ask the schema registry at {}: {}", place.url, why));
    }

    const HttpRegistryOptions options_;
    const bool has_error_codes_;
    std::map<std::string, std::string> headers_;
    std::vector<Place> places_;
    std::size_t first_ = 0;
};

}  // namespace

std::unique_ptr<SchemaRegistry> HttpSchemaRegistries::open(const SchemaRegistrySettings& settings) {
    return std::make_unique<HttpSchemaRegistry>(settings, options_);
}

}  // namespace millrace::schema_registry
