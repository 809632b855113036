#pragma once
// Xml: the answers of an S3 server, which are small documents of elements and text.
//
// Attributes, comments and declarations are passed over. A document type is refused, so nothing can
// define entities. The whole document must be there: what was cut off is an error, never a shorter
// list.
//
// Errors  corrupt: not such a document, cut off, or nested too deep

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::s3 {

struct XmlElement {
    std::string name;  // without a prefix
    std::string text;  // of this element alone
    std::vector<XmlElement> children;

    // The first child of that name; null if there is none.
    const XmlElement* child(std::string_view wanted) const;
    // Its text; empty if there is none.
    std::string_view text_of(std::string_view wanted) const;
};

Result<XmlElement> parse_xml(std::string_view text);

}  // namespace millrace::s3
