#pragma once
// TlsPart: the certificates of both ports. They are read again on SIGHUP and when their files
// change, as ACME clients change them; what is wrong then is logged, the old ones stay, and the
// files are read again until it is mended.
//
// Thread  reload() from the one that starts and stops the service; what the ports get, from any.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "api/app/machine_part.h"
#include "api/app/metrics.h"
#include "api/app/part.h"
#include "api/config/config.h"
#include "api/http/tls_context.h"

namespace millrace {

class TlsPart final : public Part {
public:
    explicit TlsPart(MachinePart& machine) : machine_(machine) {}

    // Errors  invalid: a certificate cannot be used, with the option, the file and the remedy
    Result<void> start() override;
    void stop() override;

    // Null: the port speaks plain HTTP.
    const http::LiveTls* api() const { return api_.get(); }
    const http::LiveTls* ingest() const { return ingest_.get(); }
    bool is_on() const { return api_ != nullptr || ingest_ != nullptr; }

    void reload();

    void add_metrics(MetricsText& text) const;

private:
    Result<std::unique_ptr<http::LiveTls>> open(std::string_view port, const config::Tls& options);
    Result<http::TlsFiles> self_signed();
    WallTime now() const;
    void reload_one(std::string_view port, http::LiveTls* tls);
    void tell_reload(std::string_view port, const http::LiveTls& tls,
                     const Result<void>& reloaded) const;
    void watch(const std::stop_token& stop);
    void look_at(std::string_view port, http::LiveTls* tls);

    MachinePart& machine_;
    std::unique_ptr<http::LiveTls> api_;
    std::unique_ptr<http::LiveTls> ingest_;
    std::mutex mutex_;  // one reload at a time
    std::condition_variable_any ended_;
    std::jthread watcher_;
};

// "https" where there is a certificate.
std::string_view scheme_of(const http::LiveTls* tls);

}  // namespace millrace
