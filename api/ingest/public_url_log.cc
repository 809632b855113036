#include "api/ingest/public_url_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/log/log.h"
#include "core/base/shown_text.h"

namespace millrace::ingest {
namespace {

constexpr std::size_t kShownMax = 100;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view usual_port(std::string_view scheme) {
    return same_name(scheme, "https") ? ":443" : ":80";
}

std::string_view without_port(std::string_view host, std::string_view port) {
    return host.ends_with(port) ? host.substr(0, host.size() - port.size()) : host;
}

}  // namespace

std::optional<std::string> other_url(std::string_view public_url, const Arrival& arrival) {
    const auto scheme = public_url.substr(0, public_url.find("://"));
    auto host = public_url.substr(std::min(scheme.size() + 3, public_url.size()));
    host = host.substr(0, host.find('/'));
    const auto came_by = arrival.proto.empty() ? scheme : arrival.proto;
    const bool is_same =
        same_name(scheme, came_by) && same_name(without_port(host, usual_port(scheme)),
                                                without_port(arrival.host, usual_port(came_by)));
    if (arrival.host.empty() || is_same) return {};
    return fmt::format("{}://{}", shortened(came_by, kShownMax),
                       shortened(arrival.host, kShownMax));
}

void PublicUrlLog::note(std::string_view source, const Arrival& arrival, SteadyTime now) {
    const auto other = other_url(public_url_, arrival);
    if (!other) return;
    const bool is_due = warned_.with([&](auto& warned) {
        const auto [found, is_new] = warned.try_emplace(std::string(source), now);
        if (!is_new && now < found->second + kWarnsEvery) return false;
        found->second = now;
        return true;
    });
    if (!is_due) return;
    log::warn("public_url_differs",
              {{"source", std::string(source)},
               {"arrived_by", *other},
               {"public_url", public_url_},
               {"message",
                "senders are shown ingest.public-url, and signatures of URLs (Twilio) are checked "
                "with it: set it to what senders have, or let the proxy pass Host on"}});
}

}  // namespace millrace::ingest
