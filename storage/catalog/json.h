#pragma once
// The parts of definitions that the catalog keeps as JSON text.
//
// Errors  corrupt: the text is not what encode() makes. Unknown members are ignored.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/defined_table.h"
#include "core/model/mapping_snapshot.h"
#include "core/model/sink.h"
#include "core/model/source.h"

namespace millrace::catalog {

std::string encode(const SettingOverrides& settings);
std::string encode(const std::vector<Column>& columns);
// What a sink sets itself: its settings, and beside them its signals, where it has some.
std::string encode_own(const Sink& sink);
// Columns, and what else the table says of uploads: an array of columns where that is nothing, as
// older versions wrote it.
std::string encode_shape(const DefinedTable& table);
std::string encode(const Version& version);
std::string encode(const Stamp& stamp);
std::string encode(const Deleted& deleted);
std::string encode(const Disabled& disabled);
std::string encode(const RetiredSecret& retired);
std::string encode(const MappingSnapshot& snapshot);

// What a version of a definition is: everything that a rollback would bring back; no secret.
std::string encode_definition(const Source& source);
std::string encode_definition(const Sink& sink);

Result<SettingOverrides> decode_settings(std::string_view text);
// Sets what encode_own() keeps.
Result<void> decode_own(std::string_view text, Sink& sink);
Result<std::vector<Column>> decode_columns(std::string_view text);
// The inverse: sets columns, kind and csv_parser.
Result<void> decode_shape(std::string_view text, DefinedTable& table);
Result<Version> decode_version(std::string_view text);
Result<Stamp> decode_stamp(std::string_view text);
Result<Deleted> decode_deleted(std::string_view text);
Result<Disabled> decode_disabled(std::string_view text);
Result<RetiredSecret> decode_retired(std::string_view text);
Result<MappingSnapshot> decode_mapping(std::string_view text);

// What encode_definition() keeps; the other fields are empty.
Result<Source> decode_source_definition(std::string_view text);
Result<Sink> decode_sink_definition(std::string_view text);

}  // namespace millrace::catalog
