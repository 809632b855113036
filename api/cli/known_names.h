#pragma once
// Who names what is not there is told what there is: the nearest name, or the first ones.
//
// Errors  each function returns the error that it is given, with that behind its text; as it is
//         where the names cannot be had

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/cli/api_client.h"
#include "core/base/result.h"

namespace millrace::cli {

// `remedy` is a sentence for where there is none at all: "millrace source create makes one."
struct KnownNames {
    std::vector<std::string> names;
    std::string_view remedy;
};

Error with_names(const Error& error, std::string_view asked, const KnownNames& known);
// The same of names of which none is near another, as numbers.
Error with_list(const Error& error, const KnownNames& known);

// Where the error is that a source or a sink is not there, also a deleted one.
Error with_what_there_is(ApiClient& api, Error error, std::string_view source,
                         std::string_view sink = {});

// Where it is that a table is not there.
Error with_tables(ApiClient& api, Error error, std::string_view table);

// The same for commands of tables that were made to load into: that of a sink is told as such.
Error with_made_tables(ApiClient& api, Error error, std::string_view table);

// Tables made by the API, and those of sinks, each once.
Result<std::vector<std::string>> table_names(ApiClient& api);

}  // namespace millrace::cli
