#include "api/upload/upload_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/http/content_coding.h"
#include "core/base/error_names.h"
#include "core/base/shown_text.h"

namespace millrace::upload {
namespace {

constexpr std::size_t kQueryIdMax = 128;
constexpr std::size_t kRequestIdMax = 128;
constexpr std::size_t kShown = 100;

Error invalid_option(std::string text) {
    return Error(Code::invalid, std::move(text)).named(error_names::kUploadInvalidOption);
}

bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Result<void> read_option(std::string_view name, const std::string& value, UploadRequest& request) {
    if (name == "sysOp") {
        if (value != "0" && value != "1") {
            return invalid_option(
                fmt::format("sysOp is \"{}\", it must be 0 (every record is an insert or update) "
                            "or 1 (every record deletes).",
                            shortened(value, kShown)));
        }
        request.deletes = value == "1";
        return {};
    }
    if (name == "queryId") {
        if (value.empty() || value.size() > kQueryIdMax || !is_visible(value)) {
            return invalid_option(
                fmt::format("queryId must be 1 to {} visible ASCII characters.", kQueryIdMax));
        }
        request.query_id = value;
        return {};
    }
    if (name == "commitOnDisconnect") {
        if (value != "true" && value != "false") {
            return invalid_option(
                fmt::format("commitOnDisconnect is \"{}\", it must be true or "
                            "false.",
                            shortened(value, kShown)));
        }
        request.commit_on_disconnect = value == "true";
        return {};
    }
    return invalid_option(
        fmt::format("There is no option \"{}\"; there are sysOp, queryId and "
                    "commitOnDisconnect.",
                    shortened(name, kShown)));
}

// The type alone, in small letters.
std::string media_type_of(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
    for (char& c : type) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return type;
}

Result<DataFormat> read_format(const http::SentHeaders& headers) {
    const auto type = media_type_of(headers.text("content-type"));
    if (type == "text/csv") return DataFormat::csv;
    if (type == "application/avro" || type == "avro/binary") return DataFormat::avro;
    return Error(Code::invalid, fmt::format("The Content-Type is \"{}\", it must be text/csv, "
                                            "application/avro or avro/binary.",
                                            shortened(type, kShown)))
        .named(error_names::kUploadUnsupportedMediaType);
}

Result<http::StreamCoding> read_coding(const http::SentHeaders& headers) {
    const auto text = headers.text("content-encoding");
    const auto coding = http::parse_content_coding(text);
    if (coding && !headers.has_several("content-encoding")) {
        switch (*coding) {
            case http::ContentCoding::identity:
                return http::StreamCoding::identity;
            case http::ContentCoding::gzip:
                return http::StreamCoding::gzip;
            case http::ContentCoding::deflate:
                return http::StreamCoding::deflate;
            case http::ContentCoding::zstd:
                return http::StreamCoding::zstd;
        }
    }
    return Error(Code::invalid, fmt::format("The Content-Encoding \"{}\" is not there; there are "
                                            "gzip, deflate and zstd.",
                                            shortened(text, kShown)))
        .named(error_names::kUploadUnsupportedContentEncoding);
}

}  // namespace

Result<void> read_upload_head(const UploadPath& path, const http::SentHeaders& headers,
                              UploadRequest& request) {
    const auto request_id = headers.text("x-request-id");
    if (request_id.size() <= kRequestIdMax && is_visible(request_id)) {
        request.request_id = request_id;
    }
    for (auto option = path.options.begin(); option != path.options.end(); ++option) {
        const auto& [name, value] = *option;
        TRY(read_option(name, value, request));
        const bool is_again = std::any_of(path.options.begin(), option, [&](const auto& before) {
            return before.first == option->first;
        });
        if (is_again) return invalid_option(fmt::format("The option {} is given twice.", name));
    }
    TRY_ASSIGN(request.format, read_format(headers));
    TRY_ASSIGN(request.coding, read_coding(headers));
    return {};
}

}  // namespace millrace::upload
