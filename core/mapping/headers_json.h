#pragma once
// HeadersJson prints request headers as one compact JSON object:
// {"Content-Type":"application/json"}.
//
// Names are spelt Like-This and sorted, of equal names the first counts. Left out are
// Content-Length and what is a secret: Authorization, Cookie, X-StorageApi-Token.
//
// Lifetime  reused from record to record.
// Thread    one.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/record.h"

namespace millrace::mapping {

class HeadersJson {
public:
    // Valid JSON whatever bytes the headers have; valid until the next call.
    const std::string& print(std::span<const RequestHeader> headers);

private:
    struct Entry {
        std::size_t name_begin;  // in names_
        std::size_t header;      // which one was sent
    };

    std::string_view name(const Entry& entry, std::span<const RequestHeader> headers) const {
        return std::string_view(names_).substr(entry.name_begin, headers[entry.header].name.size());
    }

    std::string names_;
    std::vector<Entry> entries_;
    std::string json_;
};

}  // namespace millrace::mapping
