#include "api/stream_load/stream_load_door.h"

#include <algorithm>
#include <utility>

#include "api/access/credentials.h"
#include "api/http/error_status.h"
#include "api/http/forwarded.h"
#include "api/log/log.h"
#include "api/stream_load/answer_texts.h"
#include "api/stream_load/call_exchange.h"
#include "api/stream_load/doris_answers.h"
#include "api/stream_load/load_exchange.h"
#include "api/stream_load/load_path.h"

namespace millrace::stream_load {
namespace {

std::string_view method_of(const http::RequestView& request) {
    return request.head_bytes.substr(0, request.head_bytes.find(' '));
}

}  // namespace

StreamLoadDoor::StreamLoadDoor(const DoorSetup& setup, Post post)
    : setup_(setup), post_(std::move(post)), calls_(std::make_shared<LoadCalls>(setup.loads)) {}

StreamLoadDoor::~StreamLoadDoor() = default;

// The root belongs to others, but for clients that ask there with their password.
bool StreamLoadDoor::serves(const http::RequestView& request) const {
    const auto target = request.text(request.head.target);
    if (is_load_path(target)) return true;
    return request.head.authorization.length > 0 &&
           parse_load_path(method_of(request), target).kind == CallKind::probe;
}

http::ExchangePtr StreamLoadDoor::begin(const http::RequestView& request,
                                        http::ResponseWriter& writer) {
    auto path = parse_load_path(method_of(request), request.text(request.head.target));
    if (path.kind == CallKind::load || path.kind == CallKind::http_stream) {
        auto* const load = new LoadExchange(*this, writer);
        http::ExchangePtr exchange(load);
        load->begin(request, path);
        return exchange;
    }
    auto* const call = new CallExchange(*this, writer);
    http::ExchangePtr exchange(call);
    call->begin(request, std::move(path));
    return exchange;
}

Result<access::Grant> StreamLoadDoor::grant_of(const http::RequestView& request) const {
    const auto authorization = request.text(request.head.authorization);
    if (setup_.may_root_load) {
        const auto given = access::parse_credentials(authorization);
        const bool is_root = given && given->user == "root" && given->password.empty();
        if (is_root) return access::Grant::of_admin();
    }
    const auto& proxies = setup_.proxies;
    const bool is_proxied = !proxies.trusted.empty() && http::is_trusted(proxies, request.peer_ip);
    const auto ip =
        is_proxied ? http::forwarded_ip(proxies, request) : std::string(request.peer_ip);
    return setup_.gate.check(authorization, ip);
}

http::Answer StreamLoadDoor::refusal(const Error& error) {
    auto answer = refused_envelope(400, error.client_text());
    answer.status = http::status_of(error);
    return answer;
}

// Clients of loads look at no other answer than that of a load.
std::optional<http::Answer> StreamLoadDoor::refuse_head(std::string_view request_line,
                                                        const Error& error) {
    const auto method = request_line.substr(0, request_line.find(' '));
    auto target = request_line.substr(std::min(method.size() + 1, request_line.size()));
    target = target.substr(0, target.find_first_of(" \r"));
    const auto kind = parse_load_path(method, target).kind;
    if (kind != CallKind::load && kind != CallKind::http_stream) return std::nullopt;
    LoadResult result;
    const auto& stores = setup_.loads.stores;
    result.label = to_string(stores.random.uuid_v7(stores.clock.age()));
    const bool has_both = error.client_text().find(http::kBothLengths) != std::string::npos;
    result.message = message_of(
        has_both ? invalid_argument("please do not set both content_length and transfer-encoding")
                 : error,
        kInvalidArgument);
    setup_.loads.counters.add(result);
    return load_answer(result);
}

void StreamLoadDoor::tick(SteadyTime now) {
    for (auto* const load : loads_) load->look_at(now);
}

void StreamLoadDoor::abandon() {
    for (auto* const load : loads_) load->abandon();
}

void StreamLoadDoor::failed(const std::exception& exception) noexcept {
    try {
        log::error("stream_load_request_failed", {{"cause", exception.what()}});
    } catch (const std::exception&) {  // without memory for the line it is left out
    }
}

}  // namespace millrace::stream_load
