#include "api/app/tls_part.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "api/http/self_signed.h"
#include "api/log/log.h"
#include "core/base/time.h"
#include "storage/os/private_file.h"

namespace millrace {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);
constexpr Milliseconds kSoon = std::chrono::hours(7 * 24);
constexpr auto kRemindEvery = std::chrono::hours(24);

void tell(std::string_view port, const http::LiveTls& tls, WallTime now) {
    const auto context = tls.current();
    for (const auto& certificate : context->certificates()) {
        log::info("tls_certificate", {{"port", std::string(port)},
                                      {"subject", certificate.subject},
                                      {"file", certificate.file},
                                      {"expires", format_utc(certificate.expires)}});
        if (certificate.expires - now > kSoon) continue;
        log::warn("tls_certificate_expires_soon", {{"port", std::string(port)},
                                                   {"file", certificate.file},
                                                   {"expires", format_utc(certificate.expires)}});
    }
}

std::string own_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

// Names that this machine is called by; the certificate is for trying out.
std::vector<std::string> own_hosts(const config::Config& config) {
    std::vector<std::string> hosts = {"localhost", "127.0.0.1", "::1"};
    for (const auto& host : {own_name(), config.api_listen.host, config.ingest_listen.host}) {
        const bool is_any = host.empty() || host == "0.0.0.0" || host == "::";
        const bool is_plain = host.find_first_of(", \t\n") == std::string::npos;
        if (!is_any && is_plain && std::ranges::find(hosts, host) == hosts.end()) {
            hosts.push_back(host);
        }
    }
    return hosts;
}

}  // namespace

WallTime TlsPart::now() const {
    return machine_.clock().wall();
}

Result<void> TlsPart::start() {
    const auto& config = machine_.config();
    TRY_ASSIGN(api_, open("api", config.api_tls));
    TRY_ASSIGN(ingest_, open("ingest", config.ingest_tls));
    if (is_on()) watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
    return {};
}

void TlsPart::stop() {
    if (!watcher_.joinable()) return;
    watcher_.request_stop();
    ended_.notify_all();
    watcher_.join();
}

Result<std::unique_ptr<http::LiveTls>> TlsPart::open(std::string_view port,
                                                     const config::Tls& options) {
    http::TlsFiles files{.certificate = options.certificate,
                         .key = options.key,
                         .client_ca = options.client_ca,
                         .needs_client_certificate = options.client_auth == "required"};
    if (files.certificate.empty()) {
        if (machine_.config().tls_self_signed != "yes") return std::unique_ptr<http::LiveTls>();
        TRY_ASSIGN(files, self_signed());
        files.client_ca = options.client_ca;
        files.needs_client_certificate = options.client_auth == "required";
    }
    auto opened = http::LiveTls::open(std::move(files), now());
    if (!opened.ok()) return std::move(opened).error().in(fmt::format("TLS of {}.listen", port));
    tell(port, *opened.value(), now());
    return opened;
}

// Made once, so that who has trusted it can go on; and anew when it is about to expire.
Result<http::TlsFiles> TlsPart::self_signed() {
    http::TlsFiles files{.certificate = machine_.path("self-signed.crt"),
                         .key = machine_.path("self-signed.key"),
                         .client_ca = {}};
    const auto known = http::TlsContext::load(files, now());
    if (known.ok() && known.value()->expires() - now() > kSoon) return files;
    TRY_ASSIGN(const auto made, http::make_self_signed(own_hosts(machine_.config()), now()));
    TRY(os::replace_file(files.key, made.key, os::FileAccess::owner).in("tls.self-signed"));
    TRY(os::replace_file(files.certificate, made.certificate, os::FileAccess::group)
            .in("tls.self-signed"));
    log::info("self_signed_certificate_made",
              {{"file", files.certificate},
               {"message", "clients that trust this file can connect; it is for trying out"}});
    return files;
}

void TlsPart::reload() {
    const std::lock_guard lock(mutex_);
    reload_one("api", api_.get());
    reload_one("ingest", ingest_.get());
}

void TlsPart::reload_one(std::string_view port, http::LiveTls* tls) {
    if (tls != nullptr) tell_reload(port, *tls, tls->reload(now()));
}

void TlsPart::tell_reload(std::string_view port, const http::LiveTls& tls,
                          const Result<void>& reloaded) const {
    if (reloaded.ok()) return tell(port, tls, now());
    log::error("tls_not_reloaded",
               {{"port", std::string(port)},
                {"cause", reloaded.error().operator_text()},
                {"message", "the certificate that was loaded before is used on"},
                {"expires", format_utc(tls.current()->expires())}});
}

void TlsPart::watch(const std::stop_token& stop) {
    auto remind_at = std::chrono::steady_clock::now() + kRemindEvery;
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        ended_.wait_for(lock, stop, kLookEvery, [] { return false; });
        look_at("api", api_.get());
        look_at("ingest", ingest_.get());
        if (std::chrono::steady_clock::now() < remind_at) continue;
        remind_at += kRemindEvery;
        if (api_ != nullptr) tell("api", *api_, now());
        if (ingest_ != nullptr) tell("ingest", *ingest_, now());
    }
}

void TlsPart::look_at(std::string_view port, http::LiveTls* tls) {
    if (tls == nullptr) return;
    if (const auto reloaded = tls->look(now())) tell_reload(port, *tls, *reloaded);
}

void TlsPart::add_metrics(MetricsText& text) const {
    if (!is_on()) return;
    text.family("millrace_tls_certificate_expires_seconds", "gauge",
                "When the certificate of a port expires, in seconds since 1970.");
    const auto add = [&](std::string_view port, const http::LiveTls* tls) {
        if (tls == nullptr) return;
        text.sample({{"port", std::string(port)}},
                    static_cast<std::uint64_t>(tls->current()->expires().unix_ms / 1000));
    };
    add("api", api_.get());
    add("ingest", ingest_.get());
}

std::string_view scheme_of(const http::LiveTls* tls) {
    return tls == nullptr ? "http" : "https";
}

}  // namespace millrace
