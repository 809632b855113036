#include "api/app/s3_staging_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "api/log/log.h"
#include "core/base/byte_size.h"
#include "core/base/duration.h"
#include "storage/os/private_file.h"
#include "storage/os/system_clock.h"
#include "storage/os/system_rng.h"
#include "storage/staging/s3/s3_staging.h"

namespace millrace {
namespace {

constexpr std::uint64_t kPartBytesMin = 5 << 20;  // less is refused, but for the last part
constexpr std::uint64_t kPartBytesMax = 512 << 20;
constexpr std::size_t kKeyFileBytesMax = 64 << 10;
constexpr Milliseconds kTimeoutMax = std::chrono::minutes(10);

Error mistake(const BackendPlace& place, std::string_view what) {
    return {Code::invalid, fmt::format("staging {}: {}", place.name, what)};
}

std::string from_environment(const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets any
    return value == nullptr ? std::string() : std::string(value);
}

// Options come before the environment, keys before a file.
Result<s3::CredentialOptions> credentials_of(const BackendPlace& place) {
    s3::CredentialOptions credentials{
        .access_key = place.option("access-key", ""),
        .secret_key = Secret(place.option("secret-key", "")),
        .session_token = place.option("session-token", ""),
        .secret_key_file = place.option("secret-key-file", ""),
        .credentials_file = place.option("credentials-file", ""),
        .profile = place.option("profile", from_environment("AWS_PROFILE"))};
    if (credentials.profile.empty()) credentials.profile = "default";
    const bool has_secret = !credentials.secret_key.expose().empty();
    const bool has_secret_file = !credentials.secret_key_file.empty();
    if (has_secret && has_secret_file) {
        return mistake(place, "secret-key and secret-key-file exclude each other");
    }
    if (!credentials.access_key.empty() || has_secret || has_secret_file) {
        if (credentials.access_key.empty() || !(has_secret || has_secret_file)) {
            return mistake(place,
                           "access-key and one of secret-key and secret-key-file belong together");
        }
        if (credentials.credentials_file.empty()) return credentials;
        return mistake(place, "access-key and credentials-file exclude each other");
    }
    if (!credentials.credentials_file.empty()) return credentials;
    credentials.access_key = from_environment("AWS_ACCESS_KEY_ID");
    credentials.secret_key = Secret(from_environment("AWS_SECRET_ACCESS_KEY"));
    credentials.session_token = from_environment("AWS_SESSION_TOKEN");
    if (!credentials.access_key.empty() && !credentials.secret_key.expose().empty()) {
        return credentials;
    }
    credentials = {.credentials_file = from_environment("AWS_SHARED_CREDENTIALS_FILE"),
                   .profile = std::move(credentials.profile)};
    if (!credentials.credentials_file.empty()) return credentials;
    return mistake(
        place,
        "it has no credentials; set access-key and secret-key-file, credentials-file, or "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment");
}

Result<s3::Addressing> addressing_of(const BackendPlace& place) {
    // AWS makes no new buckets that are reached by path alone; other servers often have one name.
    const auto given =
        place.option("addressing", place.options.contains("endpoint") ? "path" : "virtual");
    if (given == "path") return s3::Addressing::path;
    if (given == "virtual") return s3::Addressing::virtual_host;
    return mistake(place, fmt::format("addressing is \"path\" or \"virtual\", not \"{}\"", given));
}

Result<std::uint64_t> part_bytes_of(const BackendPlace& place) {
    const auto bytes = parse_byte_size(place.option("part-size", "8MB"));
    if (bytes.ok() && bytes.value() >= kPartBytesMin && bytes.value() <= kPartBytesMax)
        return bytes;
    return mistake(place, "part-size is 5MB to 512MB");
}

Result<Milliseconds> timeout_of(const BackendPlace& place) {
    const auto time = parse_duration(place.option("timeout", "30s"));
    if (time.ok() && time.value() >= std::chrono::seconds(1) && time.value() <= kTimeoutMax) {
        return time;
    }
    return mistake(place, "timeout is 1s to 10m");
}

Result<std::string> read_key_file(const std::string& path) {
    return os::read_small_file(path, kKeyFileBytesMax);
}

s3::StagingEvents logged(const std::string& name) {
    return {.uploads_aborted =
                [name](std::uint64_t uploads) {
                    log::info("uploads_aborted", {{"staging", name}, {"uploads", uploads}});
                },
            .uploads_not_aborted =
                [name](const Error& error) {
                    log::warn("uploads_not_aborted",
                              {{"staging", name}, {"cause", error.operator_text()}});
                }};
}

class CheckText final : public ByteSource {
public:
    static constexpr std::string_view kText = "millrace";

    Result<std::size_t> read(std::span<char> buffer) override {
        const auto count = std::min(buffer.size(), left_.size());
        std::copy_n(left_.begin(), count, buffer.begin());
        left_.remove_prefix(count);
        return count;
    }

private:
    std::string_view left_ = kText;
};

Result<std::unique_ptr<Staging>> open(const BackendPlace& place) {
    s3::StagingOptions options;
    auto region = place.option("region", from_environment("AWS_REGION"));
    options.client.address = {.endpoint = place.option("endpoint", ""),
                              .region = region.empty() ? "us-east-1" : std::move(region),
                              .bucket = place.option("bucket", "")};
    TRY_ASSIGN(options.client.address.addressing, addressing_of(place));
    TRY_ASSIGN(options.client.call_max, timeout_of(place));
    TRY_ASSIGN(options.part_bytes, part_bytes_of(place));
    options.client.http.ca_file = place.option("ca-file", "");
    options.prefix = place.option("prefix", "");
    if (!options.prefix.empty() && !options.prefix.ends_with('/')) options.prefix += '/';
    if (!place.epoch.empty()) options.prefix += place.epoch + "/";
    TRY_ASSIGN(auto credentials, credentials_of(place));
    auto made = s3::S3Staging::make(
        std::move(options),
        {.clock = std::make_unique<os::SystemClock>(),
         .rng = std::make_unique<os::SystemRng>(),
         .credentials = s3::CredentialSource(read_key_file, std::move(credentials)),
         .events = logged(place.name)});
    if (!made.ok()) return std::move(made).error().in("staging " + place.name);
    return std::unique_ptr<Staging>(std::move(made).value());
}

// Stores an object, reads it and removes it: what a service does, and with the same rights. No
// slice has such a key.
Result<std::string> try_out(const BackendPlace& place) {
    TRY_ASSIGN(const auto staging, open(place));
    os::SystemRng rng;
    const auto key = fmt::format("millrace-check/{:016x}", rng.next());
    CheckText text;
    TRY(staging->put(key, text));
    const auto read = [&]() -> Result<void> {
        TRY_ASSIGN(const auto object, staging->get(key));
        std::array<char, 16> buffer{};
        TRY_ASSIGN(const auto count, object->read(buffer));
        if (std::string_view(buffer.data(), count) == CheckText::kText) return {};
        return Error(Code::corrupt, "an object that was stored reads otherwise");
    }();
    TRY(staging->remove(key));
    TRY(read);
    // From somewhere on: a list from the begin aborts abandoned uploads.
    TRY(staging->list({.prefix = {}, .after = key, .limit = 1}));
    return fmt::format("objects can be stored, read, listed and removed in the bucket \"{}\"",
                       place.option("bucket", ""));
}

}  // namespace

StagingKind s3_staging_kind() {
    return {
        .config =
            {.name = "s3",
             .sentence = "Objects of a bucket of Amazon S3, or of a server that speaks like it.",
             .options =
                 {{.name = "bucket",
                   .placeholder = "NAME",
                   .sentence = "the bucket, which must be there",
                   .is_required = true},
                  {.name = "prefix",
                   .placeholder = "PREFIX",
                   .sentence = "begins all names; what is below it belongs to this staging alone"},
                  {.name = "endpoint",
                   .placeholder = "URL",
                   .sentence = "http[s]://HOST[:PORT] of the server; without it Amazon S3"},
                  {.name = "region",
                   .placeholder = "REGION",
                   .sentence = "of the bucket; without it AWS_REGION, else us-east-1"},
                  {.name = "addressing",
                   .placeholder = "WAY",
                   .sentence =
                       "path (HOST/BUCKET; the way with an endpoint) or virtual (BUCKET.HOST)"},
                  {.name = "access-key",
                   .placeholder = "KEY",
                   .sentence = "without it AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
                  {.name = "secret-key",
                   .placeholder = "SECRET",
                   .sentence = "of the access key; others may read it, so rather a file"},
                  {.name = "secret-key-file",
                   .placeholder = "FILE",
                   .sentence = "with the secret key; read again for each request"},
                  {.name = "session-token",
                   .placeholder = "TOKEN",
                   .sentence = "of temporary keys"},
                  {.name = "credentials-file",
                   .placeholder = "FILE",
                   .sentence = "keys as AWS programs have them; read again for each request"},
                  {.name = "profile",
                   .placeholder = "NAME",
                   .sentence = "its section in that file; without it AWS_PROFILE, else default"},
                  {.name = "ca-file",
                   .placeholder = "FILE",
                   .sentence = "certificates to trust; without it those of the machine"},
                  {.name = "part-size",
                   .placeholder = "SIZE",
                   .sentence = "larger objects go in parts of this size; each upload under way has "
                               "one in memory; without it 8MB"},
                  {.name = "timeout",
                   .placeholder = "TIME",
                   .sentence = "of a request with all its attempts; without it 30s"}}},
        .open = open,
        .check = try_out,
        .open_to_read = open};
}

}  // namespace millrace
