#include "api/cli/api_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "api/cli/interrupts.h"
#include "api/cli/service_file.h"
#include "core/base/error_names.h"

namespace millrace::cli {
namespace {

constexpr std::string_view kBase = "/v1";
constexpr auto kUsualApi = "http://127.0.0.1:8000";
constexpr auto kOtherAddress = "--api or MILLRACE_API names another address";
constexpr int kNoContent = 204;
constexpr std::size_t kPageMax = 100;  // of the API
constexpr auto kWait = "wait=1s";      // for the end of a task, before the API answers
constexpr Milliseconds kFirstPause{5};
constexpr Milliseconds kLongestPause{200};
constexpr auto kQuiet = std::chrono::seconds(1);  // before a wait is shown

Code code_of(int status) {
    switch (status) {
        case 401:
        case 403:
            return Code::unauthorized;
        case 404:
            return Code::not_found;
        case 409:
        case 412:
            return Code::conflict;
        case 413:
            return Code::too_large;
        case 429:
        case 503:
            return Code::overloaded;
        default:
            return status >= 500 ? Code::unavailable : Code::invalid;
    }
}

// Of a 403, which what nobody may do is as well.
bool is_of_token(std::string_view refusal) {
    return refusal.starts_with("Only admin token") || refusal.starts_with("A token of the role");
}

struct Token {
    std::string text;
    std::string place;
};

// The admin token goes to this machine only: who names another one names its token too.
Result<Token> find_token(const config::ServicePlace& place, const ServerUrl& server) {
    if (!place.token.empty()) return Token{place.token, "--token or MILLRACE_TOKEN"};
    const auto path = fmt::format("{}/admin-token", place.data_dir);
    if (!place.api.empty() && !server.is_this_machine()) {
        return Error(
            Code::invalid,
            fmt::format("no token for {}: give one by --token or MILLRACE_TOKEN", server.origin));
    }
    if (!place.admin_token.empty()) return Token{place.admin_token, "MILLRACE_ADMIN_TOKEN"};
    auto line = read_line_of(path);
    if (line.ok()) return Token{std::move(line).value(), path};
    return Error(Code::invalid,
                 fmt::format("no token for {}: {}. Give one by --token or MILLRACE_TOKEN, or name "
                             "the data folder of the service by --data-dir",
                             server.origin, line.error().client_text()));
}

// That of a service that was started with --tls.self-signed; empty: there is none.
std::string own_certificate(const std::string& data_dir) {
    auto path = data_dir + "/self-signed.crt";
    std::error_code failure;
    return std::filesystem::exists(path, failure) ? path : std::string();
}

std::string started_hint(const config::ServicePlace& place) {
    if (place.is_api_from_variable) return "MILLRACE_API names it";
    if (!place.api.empty()) return "--api names it";
    return fmt::format(
        "start the service of {} with millrace serve, or name another one by --api or --data-dir",
        place.data_dir);
}

}  // namespace

Result<ApiClient> ApiClient::open(const config::ServicePlace& place) {
    std::string url = place.api;
    std::string ingest;
    if (url.empty()) {
        const auto running = read_service_file(place.data_dir);
        url = running ? running->api : kUsualApi;
        if (running) ingest = running->ingest;
    }
    auto server = ServerUrl::parse(url);
    if (!server.ok()) return std::move(server).error().named(kWrongUsage);
    if (place.api.empty()) server.value().trusted = own_certificate(place.data_dir);
    TRY_ASSIGN(auto token, find_token(place, server.value()));
    ApiClient client(HttpSession(server.value()), std::move(token.text));
    client.token_place_ = std::move(token.place);
    client.url_ = server.value().origin + server.value().path;
    client.ingest_url_ = std::move(ingest);
    client.start_hint_ = started_hint(place);
    return client;
}

Error ApiClient::refusal(const HttpReply& reply) const {
    const auto json = parse_json(reply.body).value_or(Json());
    auto text = text_at(json, {"message"});
    auto name = text_at(json, {"error"});
    if (text.empty()) {
        text = fmt::format("{} answers with status {}", url_, reply.status);
        if (name.empty() && reply.status < 500) text += fmt::format(", {}", kOtherAddress);
    }
    const bool has_twice = url_.ends_with(kBase) && reply.status == 404;
    if (has_twice && text.find(fmt::format("{0}{0}/", kBase)) != std::string::npos) {
        text += fmt::format(" The address of the service is without {}: --api {}", kBase,
                            url_.substr(0, url_.size() - kBase.size()));
    } else if (name.starts_with("stream.in.")) {
        text += fmt::format(" {} takes events; the REST API is at another port.", url_);
    } else if (reply.status == 401) {
        text +=
            fmt::format(" It is from {}; --token or MILLRACE_TOKEN gives another.", token_place_);
    } else if (reply.status == 403 && is_of_token(text)) {
        text +=
            fmt::format(" The token is from {}; this needs one of the role admin.", token_place_);
    } else if (reply.retry_after) {
        text += fmt::format(" Try again in {} s.", reply.retry_after->count() / 1000);
    } else if (reply.status >= 500) {
        text += name.empty() ? std::string() : fmt::format(" ({} {})", reply.status, name);
    }
    return Error(code_of(reply.status), text).named(name);
}

Error ApiClient::not_the_api(std::string_view why) const {
    return Error(Code::invalid,
                 fmt::format("{} is no REST API of Millrace: {}; {}", url_, why, kOtherAddress));
}

// It is not followed: the token would go to another server, and most have a change forgotten.
Error ApiClient::redirected(const HttpReply& reply, const std::string& path) const {
    auto address = reply.location.substr(0, reply.location.find_first_of("?#"));
    const auto end = address.find(path.substr(0, path.find('?')));
    if (end != std::string::npos) address.resize(end);
    const auto server = ServerUrl::parse(address);
    if (!server.ok()) {
        return not_the_api(
            fmt::format("it answers with status {}, which leads elsewhere", reply.status));
    }
    return Error(
        Code::invalid,
        fmt::format("{} leads to {} (status {}); if that is the service, name it: --api {}", url_,
                    address, reply.status, server.value().origin + server.value().path));
}

Result<Json> ApiClient::send(const std::string& method, const std::string& path,
                             const std::optional<Json>& body,
                             std::optional<std::uint64_t> version) {
    HttpCall call{.method = method,
                  .path = std::string(kBase) + path,
                  .headers = {{"X-StorageApi-Token", token_}, {"Accept", "application/json"}}};
    if (body) {
        call.content_type = "application/json";
        call.body = to_line(*body);
    }
    if (version) call.headers.emplace_back("If-Match", fmt::format("\"{}\"", *version));
    auto reply = session_.call(call);
    if (!reply.ok()) {
        if (reply.error().name() == kUntrusted) return std::move(reply).error();
        return Error(reply.error().code(),
                     fmt::format("{}; {}", reply.error().client_text(), start_hint_));
    }
    const auto& answer = reply.value();
    if (answer.status >= 400) return refusal(answer);
    if (answer.status >= 300) return redirected(answer, call.path);
    if (answer.status == kNoContent) return Json();
    auto json = parse_json(answer.body);
    if (!json) {
        return not_the_api(fmt::format("it answers with status {} and {}", answer.status,
                                       answer.body.empty() ? "nothing" : "no JSON"));
    }
    return std::move(*json);
}

Result<Json> ApiClient::having(std::string_view field, Result<Json> answer) const {
    if (!answer.ok() || !member(answer.value(), {field}).is_null()) return answer;
    return not_the_api(fmt::format("its answer has no \"{}\"", field));
}

Result<Json> ApiClient::get(const std::string& path, std::string_view field) {
    return having(field, send("GET", path));
}

Result<Json> ApiClient::post(const std::string& path, const std::optional<Json>& body,
                             std::string_view field) {
    return having(field, send("POST", path, body));
}

Result<void> ApiClient::remove(const std::string& path) {
    TRY_ASSIGN(const auto answer, send("DELETE", path));
    if (answer.is_null()) return {};
    return not_the_api("its answer has content where there is none");
}

Result<Json> ApiClient::get_source(std::string_view source) {
    TRY_ASSIGN(auto found, get(source_path(source), "projectId"));
    if (!text_at(found, {"sourceId"}).empty()) return found;
    return Error(Code::not_found, fmt::format("Source \"{}\" not found in the branch.", source))
        .named(error_names::kApiSourceNotFound);
}

Result<Json> ApiClient::get_sink(std::string_view source, std::string_view sink) {
    TRY_ASSIGN(auto found, get(sink_path(source, sink), "projectId"));
    if (!text_at(found, {"sinkId"}).empty()) return found;
    return Error(Code::not_found, fmt::format("Sink \"{}\" not found in the source.", sink))
        .named(error_names::kApiSinkNotFound);
}

Result<Json> ApiClient::change(const std::string& method, const std::string& path,
                               const std::optional<Json>& body,
                               std::optional<std::uint64_t> version) {
    const auto mark = path.find('?') == std::string::npos ? '?' : '&';
    TRY_ASSIGN(auto task, having("taskId", send(method, fmt::format("{}{}{}", path, mark, kWait),
                                                body, version)));
    Progress progress;
    const auto started = std::chrono::steady_clock::now();
    for (auto pause = kFirstPause; member(task, {"isFinished"}) == false;) {
        Interrupts::sleep(pause);
        if (Interrupts::happened()) {
            return Error(Code::unknown_outcome,
                         fmt::format("interrupted; millrace task get {} says what became of it",
                                     text_at(task, {"taskId"})));
        }
        pause = std::min(2 * pause, kLongestPause);
        const auto waited = std::chrono::steady_clock::now() - started;
        if (waited > kQuiet) {
            progress.show(
                fmt::format("Waiting for the task {} ({} s)", text_at(task, {"type"}),
                            std::chrono::duration_cast<std::chrono::seconds>(waited).count()));
        }
        // By its id, not by its url: the public address need not be reachable from here.
        TRY_ASSIGN(
            task, get(fmt::format("{}?{}", task_path(text_at(task, {"taskId"})), kWait), "taskId"));
    }
    if (text_at(task, {"status"}) != "success") {
        const auto why = text_at(task, {"error"});
        return Error(Code::conflict, why.empty() ? "the task failed: " + to_line(task) : why);
    }
    return task;
}

Result<std::vector<Json>> ApiClient::list(const std::string& path, const char* name,
                                          std::size_t most) {
    std::vector<Json> items;
    std::string after;
    while (true) {
        const auto mark = path.find('?') == std::string::npos ? '?' : '&';
        auto page_path =
            fmt::format("{}{}limit={}", path, mark, std::min(most - items.size(), kPageMax));
        if (!after.empty()) page_path += fmt::format("&afterId={}", encoded(after));
        TRY_ASSIGN(const auto page, get(page_path, name));
        const auto& found = member(page, {name});
        if (!found.is_array()) return not_the_api(fmt::format("its \"{}\" are no list", name));
        if (found.empty()) return items;
        items.insert(items.end(), found.begin(), found.end());
        after = text_at(page, {"page", "lastId"});
        if (after.empty() || items.size() >= most) return items;
    }
}

std::string task_path(std::string_view id) {
    std::string path = "/tasks/";
    for (const char c : id) path += c == '/' ? "/" : encoded(std::string_view(&c, 1));
    return path;
}

std::string tables_path() {
    return "/branches/default/tables";
}

std::string table_path(std::string_view table) {
    return fmt::format("{}/{}", tables_path(), encoded(table));
}

std::string sources_path() {
    return "/branches/default/sources";
}

std::string source_path(std::string_view source) {
    return fmt::format("{}/{}", sources_path(), encoded(source));
}

std::string sink_path(std::string_view source, std::string_view sink) {
    return fmt::format("{}/sinks/{}", source_path(source), encoded(sink));
}

}  // namespace millrace::cli
