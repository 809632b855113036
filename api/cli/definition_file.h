#pragma once
// The file that `millrace apply` reads and `millrace export` writes: sources with their sinks and
// settings, and tables.
//
//     sources:
//       - id: shop
//         name: Web shop
//         settings: {source.http.badRecords: skip}
//         sinks:
//           - id: orders
//             table: in.c-shop.orders
//             columns: ["id=order.id:INTEGER:key", "at=@datetime:TIMESTAMP"]
//
// A column is a text as of `sink create --column`, or an object as of the REST API. What the file
// does not name stays as it is.
//
// See  docs/cli.md

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/cli/json_fields.h"
#include "core/base/result.h"

namespace millrace::cli {

struct WantedSetting {
    std::string key;
    Json value;  // null: that of above it holds
    std::size_t line = 0;
};

// What sources and sinks have alike.
struct WantedEntity {
    std::string id;               // as the service makes it of that in the file
    std::string given_id;         // as it is in the file
    Json body;                    // as POST takes it, but for the id
    bool is_named = false;        // else its name is the id where it is made, and stays
    std::optional<bool> enabled;  // nothing: as it is
    std::vector<WantedSetting> settings;
    std::size_t line = 0;
};

struct WantedSink : WantedEntity {
    bool has_columns = false;  // else they are those of a preset, or as they are
};

struct WantedSource : WantedEntity {
    std::string type;
    bool is_typed = false;  // else that of a source that is there stays
    std::vector<WantedSink> sinks;
};

struct WantedTable {
    std::string id;
    Json body;  // as POST takes it
    std::size_t line = 0;
};

struct Definitions {
    std::vector<WantedSource> sources;
    std::vector<WantedTable> tables;
};

// Errors  invalid: every mistake in a line of its own, "line N: ..."
Result<Definitions> read_definitions(const std::string& text);

}  // namespace millrace::cli
