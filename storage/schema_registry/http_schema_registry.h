#pragma once
// HttpSchemaRegistries: registries of schemas over HTTP or HTTPS, as Confluent's, Karapace's,
// Apicurio's and the old one of LinkedIn. Redirects are not followed.
//
// Thread  open() any; a registry one.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/ports/schema_registry.h"

namespace millrace::schema_registry {

struct HttpRegistryOptions {
    Milliseconds call_max{5'000};
    std::uint64_t answer_bytes_max = 4 << 20;
    // Whether a connection to this host at this address may be made; empty: every one.
    std::function<bool(std::string_view host, std::string_view address)> may_connect = {};
};

class HttpSchemaRegistries final : public SchemaRegistries {
public:
    explicit HttpSchemaRegistries(HttpRegistryOptions options) : options_(std::move(options)) {}

    std::unique_ptr<SchemaRegistry> open(const SchemaRegistrySettings& settings) override;

private:
    const HttpRegistryOptions options_;
};

}  // namespace millrace::schema_registry
