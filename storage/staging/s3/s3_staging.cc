#include "storage/staging/s3/s3_staging.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "storage/staging/s3/object_source.h"

namespace millrace::s3 {
namespace {

constexpr std::size_t kNameBytesMax = 1024;
constexpr std::uint32_t kPageMax = 1000;  // more are not in one answer
constexpr int kPagesMax = 1000;           // one after the other, of names that are no keys
constexpr auto kLookForAbandonedEvery = std::chrono::hours(24);

bool is_of_key(std::string_view text) {
    return text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz.-/") ==
           std::string_view::npos;
}

// True for "a/b/c" of non-empty parts that are neither "." nor "..", which some servers resolve.
bool is_key(std::string_view key) {
    if (!is_of_key(key)) return false;
    while (true) {
        const auto slash = key.find('/');
        const auto part = key.substr(0, slash);
        if (part.empty() || part == "." || part == "..") return false;
        if (slash == std::string_view::npos) return true;
        key.remove_prefix(slash + 1);
    }
}

Result<void> check_prefix(std::string_view prefix) {
    if (prefix.empty()) return {};
    const bool is_good = prefix.back() == '/' && prefix.front() != '/' &&
                         prefix.find("//") == std::string_view::npos && prefix.size() <= 512 &&
                         std::ranges::all_of(prefix, [](char c) { return c > ' ' && c < '\x7F'; });
    if (is_good) return {};
    return Error(Code::invalid, fmt::format("\"{}\" is no prefix: parts of visible ASCII with one "
                                            "\"/\" behind each",
                                            prefix));
}

}  // namespace

Result<std::unique_ptr<S3Staging>> S3Staging::make(StagingOptions options, Parts parts) {
    TRY_ASSIGN(auto address, address_of(options.client.address));
    TRY(check_prefix(options.prefix));
    return std::unique_ptr<S3Staging>(
        new S3Staging(std::move(options), std::move(address), std::move(parts)));
}

S3Staging::S3Staging(StagingOptions options, Address address, Parts parts)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      client_(options_.client, std::move(address),
              {.clock = *parts_.clock,
               .rng = *parts_.rng,
               .credentials = parts_.credentials,
               .stop = stop_}),
      uploads_(client_, options_.part_bytes) {}

Result<std::string> S3Staging::object_of(const std::string& key) const {
    auto object = options_.prefix + key;
    if (is_key(key) && object.size() <= kNameBytesMax) return object;
    return Error(Code::invalid, fmt::format("\"{}\" is not a staging key", key));
}

Result<std::uint64_t> S3Staging::put(const std::string& key, ByteSource& bytes) {
    TRY_ASSIGN(const auto object, object_of(key));
    return uploads_.put(object, bytes);
}

Result<std::unique_ptr<ByteSource>> S3Staging::get(const std::string& key) {
    TRY_ASSIGN(auto object, object_of(key));
    auto source = std::make_unique<ObjectSource>(client_, std::move(object), options_.piece_bytes);
    TRY(source->open());
    return std::unique_ptr<ByteSource>(std::move(source));
}

Result<void> S3Staging::remove(const std::string& key) {
    TRY_ASSIGN(const auto object, object_of(key));
    const auto answer = client_.call({.method = "DELETE",
                                      .object = object,
                                      .query = {},
                                      .headers = {},
                                      .body = {},
                                      .wanted_root = {}});
    if (answer.ok() || answer.error().code() == Code::not_found) return {};
    return answer.error();
}

Result<std::vector<std::string>> S3Staging::list(const ListPage& page) {
    if (page.after.empty()) abort_abandoned_daily();
    std::vector<std::string> keys;
    std::string token;
    int pages = 0;
    while (keys.size() < page.limit) {
        Query query = {{"list-type", "2"}, {"prefix", options_.prefix + page.prefix}};
        // No more than are wanted: what a page has beyond would be listed twice.
        const auto wanted = std::min<std::size_t>(page.limit - keys.size(), kPageMax);
        query.emplace_back("max-keys", fmt::format("{}", wanted));
        if (!page.after.empty()) query.emplace_back("start-after", options_.prefix + page.after);
        if (!token.empty()) query.emplace_back("continuation-token", token);
        TRY_ASSIGN(const auto answer, client_.call({.method = "GET",
                                                    .object = {},
                                                    .query = std::move(query),
                                                    .headers = {},
                                                    .body = {},
                                                    .wanted_root = "ListBucketResult"}));
        TRY_ASSIGN(auto objects, parse_objects(answer.body));
        for (const auto& name : objects.names) {
            if (!name.starts_with(options_.prefix)) continue;
            auto key = name.substr(options_.prefix.size());
            // Others may have put something there.
            if (!is_key(key) || !key.starts_with(page.prefix)) continue;
            if (key <= (keys.empty() ? page.after : keys.back())) {
                return Error(
                    Code::unavailable,
                    fmt::format("the server lists {} where its order does not allow it", name));
            }
            keys.push_back(std::move(key));
        }
        if (objects.next.empty()) return keys;
        if (objects.next == token || ++pages == kPagesMax) {
            return Error(Code::unavailable, "the server's list does not end");
        }
        token = std::move(objects.next);
    }
    return keys;
}

void S3Staging::abort_abandoned_daily() {
    const auto now = parts_.clock->steady();
    const bool is_due = look_for_abandoned_at_.with([&](SteadyTime& at) {
        if (now < at) return false;
        at = now + kLookForAbandonedEvery;
        return true;
    });
    if (!is_due) return;
    const auto aborted = uploads_.abort_abandoned(options_.prefix);
    if (!aborted.ok()) {
        look_for_abandoned_at_.with([&](SteadyTime& at) { at = now; });
        parts_.events.uploads_not_aborted(aborted.error());
    } else if (aborted.value() > 0) {
        parts_.events.uploads_aborted(aborted.value());
    }
}

}  // namespace millrace::s3
