#include "api/access/sessions.h"

#include <algorithm>
#include <utility>

#include "api/access/token_digest.h"

namespace millrace::access {
namespace {

constexpr std::size_t kIdLength = 48;
constexpr std::size_t kCsrfLength = 32;

}  // namespace

Sessions::Sessions(const Clock& clock, std::function<std::string(std::size_t)> random_text,
                   SessionLimits limits)
    : clock_(clock), random_text_(std::move(random_text)), limits_(limits) {}

Sessions::Opened Sessions::open(std::string token_digest) {
    const auto now = clock_.steady();
    Opened opened{.id = random_text_(kIdLength),
                  .session = {.token_digest = std::move(token_digest),
                              .csrf = Secret(random_text_(kCsrfLength)),
                              .expires_at = clock_.wall() + limits_.life}};
    sessions_.with([&](ByDigest& sessions) {
        make_room(sessions, opened.session.token_digest, now);
        sessions.emplace(
            access::token_digest(opened.id),
            Kept{.session = opened.session, .opened_at = now, .expires_at = now + limits_.life});
    });
    return opened;
}

std::optional<Session> Sessions::find(std::string_view id) const {
    const auto now = clock_.steady();
    return sessions_.with(
        [&, digest = token_digest(id)](const ByDigest& sessions) -> std::optional<Session> {
            const auto found = sessions.find(digest);
            if (found == sessions.end() || now >= found->second.expires_at) return std::nullopt;
            return found->second.session;
        });
}

void Sessions::close(std::string_view id) {
    sessions_.with([digest = token_digest(id)](ByDigest& sessions) { sessions.erase(digest); });
}

std::size_t Sessions::count() const {
    return sessions_.with([](const ByDigest& sessions) { return sessions.size(); });
}

void Sessions::make_room(ByDigest& sessions, const std::string& token_digest,
                         SteadyTime now) const {
    std::erase_if(sessions, [&](const auto& kept) { return now >= kept.second.expires_at; });
    const auto end_oldest_beyond = [&](std::size_t most, auto counts) {
        auto oldest = sessions.end();
        std::size_t count = 0;
        for (auto kept = sessions.begin(); kept != sessions.end(); ++kept) {
            if (!counts(kept->second)) continue;
            ++count;
            if (oldest == sessions.end() || kept->second.opened_at < oldest->second.opened_at) {
                oldest = kept;
            }
        }
        if (count >= most) sessions.erase(oldest);
    };
    end_oldest_beyond(limits_.of_token,
                      [&](const Kept& kept) { return kept.session.token_digest == token_digest; });
    end_oldest_beyond(limits_.all, [](const Kept&) { return true; });
}

}  // namespace millrace::access
