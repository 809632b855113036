#pragma once
// HeaderList: the headers of a request that columns may show: names spelt Like-This and sorted, of
// equal names the first. Left out are Content-Length and, unless asked for, what is a secret:
// credentials, and the URL of the request as proxies repeat it (X-Original-URI).
//
// Lifetime  reused from record to record; its views are valid until the next read().
// Thread    one.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/record.h"

namespace millrace::mapping {

enum class SecretHeaders { left_out, shown };

// "content-TYPE" is "Content-Type".
void append_canonical_header(std::string& out, std::string_view name);

// Whether the header `canonical` is a secret, or has one in it.
bool is_secret_header(std::string_view canonical);

class HeaderList {
public:
    void read(std::span<const RequestHeader> headers, SecretHeaders secrets);

    std::span<const RequestHeader> items() const { return items_; }

    // The value of the header `canonical`; null if there is none.
    const std::string_view* find(std::string_view canonical) const;

private:
    std::string names_;
    std::vector<RequestHeader> items_;
};

}  // namespace millrace::mapping
