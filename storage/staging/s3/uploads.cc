#include "storage/staging/s3/uploads.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/crc32c.h"
#include "storage/staging/s3/digests.h"
#include "storage/staging/s3/xml.h"

namespace millrace::s3 {
namespace {

constexpr std::size_t kFirstBytes = 64 << 10;
const std::string kChecksum = "x-amz-checksum-crc32c";

// Reads until `bytes_max` are there or the source ends. Grows with what comes: most objects are
// far smaller than a part.
Result<void> fill(ByteSource& source, std::uint64_t bytes_max, std::string& part) {
    part.clear();
    std::size_t filled = 0;
    while (filled < bytes_max) {
        if (filled == part.size()) {
            part.resize(std::min<std::uint64_t>(
                bytes_max, std::max<std::uint64_t>(kFirstBytes, 2 * part.size())));
        }
        auto count = source.read(std::span(part).subspan(filled));
        if (!count.ok()) return std::move(count).error();
        if (count.value() == 0) break;
        filled += count.value();
    }
    part.resize(filled);
    return {};
}

// A server that says what it has stored must have stored what was sent.
Result<void> compare_checksum(const web::HttpAnswer& answer, std::string_view sent,
                              std::string_view what) {
    const auto stored = answer.header(kChecksum);
    if (stored.empty() || stored == sent) return {};
    return Error(Code::unknown_outcome,
                 fmt::format("{}: the server has stored bytes with the CRC32C {}, but {} was sent; "
                             "look at what is between",
                             what, stored, sent));
}

}  // namespace

// Keeps abort_abandoned() away from an object.
class Uploads::UnderWay {
public:
    UnderWay(Uploads& uploads, const std::string& object) : uploads_(uploads), object_(object) {
        uploads_.under_way_.with([&](auto& objects) { objects.insert(object_); });
    }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ~UnderWay() {
        uploads_.under_way_.with([&](auto& objects) { objects.erase(objects.find(object_)); });
    }

private:
    Uploads& uploads_;
    const std::string& object_;
};

Result<std::uint64_t> Uploads::put(const std::string& object, ByteSource& bytes) {
    std::string part;
    TRY(fill(bytes, part_bytes_, part));
    if (part.size() == part_bytes_) return put_parts(object, std::move(part), bytes);
    TRY(put_whole(object, part));
    return std::uint64_t{part.size()};
}

Result<void> Uploads::put_whole(const std::string& object, std::string_view bytes) {
    const auto crc = crc32c_header(crc32c(0, bytes));
    TRY_ASSIGN(
        const auto answer,
        client_.call({.method = "PUT",
                      .object = object,
                      .query = {},
                      .headers = {{"content-type", "application/octet-stream"}, {kChecksum, crc}},
                      .body = bytes,
                      .wanted_root = {}}));
    return compare_checksum(answer, crc, object);
}

Result<std::uint64_t> Uploads::put_parts(const std::string& object, std::string part,
                                         ByteSource& bytes) {
    const UnderWay under_way(*this, object);
    auto id = create(object);
    if (!id.ok()) {
        // An upload that may have begun is no object: nothing has happened to that.
        return Error(Code::unavailable, id.error().operator_text());
    }
    const Upload upload{.object = object, .id = std::move(id).value()};
    auto sent = send_parts(upload, std::move(part), bytes);
    // If that fails too it is abandoned.
    if (!sent.ok()) static_cast<void>(abort(upload));
    return sent;
}

Result<std::uint64_t> Uploads::send_parts(const Upload& upload, std::string part,
                                          ByteSource& bytes) {
    std::vector<Part> parts;
    std::uint64_t size = 0;
    while (!part.empty()) {
        auto sent = send_part(upload, parts.size() + 1, part);
        // A part is no object, whether it is there or not.
        if (!sent.ok()) return Error(Code::unavailable, sent.error().operator_text());
        parts.push_back(std::move(sent).value());
        size += part.size();
        TRY(fill(bytes, part_bytes_, part));
    }
    TRY(complete(upload, parts));
    return size;
}

Result<std::string> Uploads::create(const std::string& object) {
    TRY_ASSIGN(const auto answer,
               client_.call({.method = "POST",
                             .object = object,
                             .query = {{"uploads", ""}},
                             .headers = {{"content-type", "application/octet-stream"},
                                         {"x-amz-checksum-algorithm", "CRC32C"}},
                             .body = {},
                             .wanted_root = "InitiateMultipartUploadResult"}));
    TRY_ASSIGN(const auto root, parse_xml(answer.body));
    std::string id(root.text_of("UploadId"));
    if (!id.empty()) return id;
    return Error(Code::unavailable, fmt::format("{}: the server gave no upload id", object));
}

Result<Part> Uploads::send_part(const Upload& upload, std::size_t number, std::string_view bytes) {
    Part part{.etag = {}, .crc32c = crc32c_header(crc32c(0, bytes))};
    TRY_ASSIGN(
        const auto answer,
        client_.call({.method = "PUT",
                      .object = upload.object,
                      .query = {{"partNumber", fmt::format("{}", number)}, {"uploadId", upload.id}},
                      .headers = {{kChecksum, part.crc32c}},
                      .body = bytes,
                      .wanted_root = {}}));
    TRY(compare_checksum(answer, part.crc32c, upload.object));
    part.etag = answer.header("etag");
    if (!part.etag.empty()) return part;
    return Error(Code::unavailable,
                 fmt::format("{}: the server gave part {} no ETag", upload.object, number));
}

Result<void> Uploads::complete(const Upload& upload, const std::vector<Part>& parts) {
    const auto body = complete_body(parts);
    auto answer = client_.call({.method = "POST",
                                .object = upload.object,
                                .query = {{"uploadId", upload.id}},
                                .headers = {{"content-type", "application/xml"}},
                                .body = body,
                                .wanted_root = "CompleteMultipartUploadResult"});
    if (answer.ok()) return {};
    // No upload of that id: an attempt before, whose answer was lost, may have completed it.
    const auto code =
        answer.error().code() == Code::not_found ? Code::unknown_outcome : answer.error().code();
    return Error(code, answer.error().operator_text());
}

Result<void> Uploads::abort(const Upload& upload) {
    const auto answer = client_.call({.method = "DELETE",
                                      .object = upload.object,
                                      .query = {{"uploadId", upload.id}},
                                      .headers = {},
                                      .body = {},
                                      .wanted_root = {}});
    if (answer.ok() || answer.error().code() == Code::not_found) return {};
    return answer.error();
}

Result<std::uint64_t> Uploads::abort_abandoned(const std::string& prefix) {
    std::uint64_t aborted = 0;
    Upload after;
    while (true) {
        Query query = {{"uploads", ""}, {"prefix", prefix}};
        if (!after.object.empty()) {
            query.emplace_back("key-marker", after.object);
            query.emplace_back("upload-id-marker", after.id);
        }
        TRY_ASSIGN(const auto answer, client_.call({.method = "GET",
                                                    .object = {},
                                                    .query = std::move(query),
                                                    .headers = {},
                                                    .body = {},
                                                    .wanted_root = "ListMultipartUploadsResult"}));
        TRY_ASSIGN(const auto page, parse_uploads(answer.body));
        for (const auto& upload : page.uploads) {
            if (!upload.object.starts_with(prefix)) continue;
            // One that this process began is in the list only if it was under way then. It still is
            // or has ended, and what has ended is not there to be aborted.
            const bool is_ours = under_way_.with(
                [&](const auto& objects) { return objects.contains(upload.object); });
            if (is_ours) continue;
            TRY(abort(upload));
            ++aborted;
        }
        if (page.next.object.empty()) return aborted;
        if (page.next <= after)
            return Error(Code::unavailable, "the list of uploads goes in circles");
        after = page.next;
    }
}

}  // namespace millrace::s3
