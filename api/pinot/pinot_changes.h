#pragma once
// PinotChanges: what the endpoints do to documents and to what they became.
//
// Definitions are changed first, and the documents are stored after: whoever repeats a call that a
// crash has cut gets what he wants.
//
// Errors  invalid: with the words of Pinot; conflict, not_found; those of the definitions

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/pinot/pinot_calls.h"

namespace millrace::pinot {

inline constexpr std::string_view kSchemaKind = "pinot.schema";
inline constexpr std::string_view kTableKind = "pinot.table";
inline constexpr std::string_view kPauseKind = "pinot.pause";

DocumentKey document_key(const PinotApi& api, std::string_view kind, std::string_view name);
// The stored document; nothing if there is none.
Result<std::optional<Json>> find_document(const PinotApi& api, std::string_view kind,
                                          std::string_view name);
Result<std::vector<std::string>> names_of(const PinotApi& api, std::string_view kind);
Result<void> store(const PinotApi& api, std::string_view kind, std::string_view name,
                   const Json& document);

SourceKey source_key_of(const PinotApi& api, std::string_view table);
SinkKey sink_key_of(const PinotApi& api, std::string_view table);

// A schema and a table that were read together.
struct PinotPair {
    PinotSchema schema;
    PinotTable table;
    std::vector<Column> columns;
    PinotFindings findings;
};
// Where keys of both documents are told with a prefix: those of POST /tableConfigs.
struct PairPrefixes {
    std::string schema = {};
    std::string table = {};
};
// Reads and checks both; findings say what is wrong.
Result<PinotPair> read_pair(const PinotApi& api, const Json& schema, const Json& table,
                            const PairPrefixes& prefixes = {});

// Makes or changes the source and the sink, and then stores the documents.
// Errors  invalid: the findings of the pair
Result<void> put_table(const PinotApi& api, const PinotPair& pair, const Json& schema,
                       const Json& table, const Stamp& stamp);

// Removes the source, the sink and the table with its rows, and the documents of the table; also
// the schema. Waits for rows that were accepted.
// Errors  unavailable: it goes on
Result<void> remove_table(const PinotApi& api, std::string_view name, bool with_schema,
                          const Stamp& stamp);

// A change of the settings of the source.
Result<void> change_kafka(const PinotApi& api, std::string_view table, std::string description,
                          std::function<void(kafka::KafkaSettings&)> change, const Stamp& stamp);

// Errors  not_found "Table T_REALTIME not found!"
Result<Source> load_source(const PinotApi& api, std::string_view table);

// A generation that no source of that id had before.
std::uint32_t next_generation(std::uint32_t before, WallTime now);

}  // namespace millrace::pinot
