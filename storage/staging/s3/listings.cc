#include "storage/staging/s3/listings.h"

#include <fmt/format.h>

#include "storage/staging/s3/xml.h"

namespace millrace::s3 {
namespace {

Error endless() {
    return {Code::unavailable, "the server says that its list goes on, but not where"};
}

std::string xml_text(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

}  // namespace

Result<ObjectPage> parse_objects(std::string_view xml) {
    TRY_ASSIGN(const auto root, parse_xml(xml));
    ObjectPage page;
    for (const auto& child : root.children) {
        if (child.name == "Contents") page.names.emplace_back(child.text_of("Key"));
    }
    if (root.text_of("IsTruncated") != "true") return page;
    page.next = root.text_of("NextContinuationToken");
    if (page.next.empty()) return endless();
    return page;
}

Result<UploadPage> parse_uploads(std::string_view xml) {
    TRY_ASSIGN(const auto root, parse_xml(xml));
    UploadPage page;
    for (const auto& child : root.children) {
        if (child.name != "Upload") continue;
        page.uploads.push_back({.object = std::string(child.text_of("Key")),
                                .id = std::string(child.text_of("UploadId"))});
    }
    if (root.text_of("IsTruncated") != "true") return page;
    page.next = {.object = std::string(root.text_of("NextKeyMarker")),
                 .id = std::string(root.text_of("NextUploadIdMarker"))};
    if (page.next.object.empty()) return endless();
    return page;
}

std::string complete_body(const std::vector<Part>& parts) {
    std::string body =
        R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
    int number = 0;
    for (const auto& part : parts) {
        body += fmt::format(
            "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>"
            "<ChecksumCRC32C>{}</ChecksumCRC32C></Part>",
            ++number, xml_text(part.etag), part.crc32c);
    }
    return body + "</CompleteMultipartUpload>";
}

}  // namespace millrace::s3
