#pragma once
// SchemaRegistry: what a registry of schemas answers, as texts. SchemaRegistries: connects to one.
//
// Thread  one each; a call blocks it.

#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"

namespace millrace {

class SchemaRegistry {
public:
    virtual ~SchemaRegistry() = default;

    // What it has at a path below its URL: "schemas/ids/7".
    // Errors  not_found    the registry itself says that there is no such thing
    //         unavailable  it cannot be told now: no answer, no permission, no registry at the URL;
    //                      the text says why
    virtual Result<std::string> get(const std::string& path) = 0;
};

struct SchemaRegistrySettings {
    std::string urls;       // "https://one:8081/path,http://other": the first that answers
    std::string user_info;  // "user:password"; empty: none
    std::string ca_pem;     // certificates to trust; empty: those of the machine
    // Not found is a JSON document with a code, as of Confluent's registry; false: a status 404.
    bool has_error_codes = true;
    std::function<bool()> is_stopped = nullptr;  // ends a call soon after it is true
};

class SchemaRegistries {
public:
    virtual ~SchemaRegistries() = default;

    // Does not wait for the registry.
    virtual std::unique_ptr<SchemaRegistry> open(const SchemaRegistrySettings& settings) = 0;
};

}  // namespace millrace
