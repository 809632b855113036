#pragma once
// BulkFormat: how the rows of a body are written.
//
// See  docs/stream-load.md; Apache Doris, Stream Load, the headers of the same names

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/bulk/avro_schema.h"
#include "core/ports/parquet_body.h"

namespace millrace::bulk {

struct CsvFormat {
    std::string column_separator = "\t";  // not empty, as it stands between values
    std::string line_delimiter = "\n";    // not empty
    std::optional<char> enclose;          // a value may be between two of these
    std::optional<char> escape;           // within enclosed values; equal to enclose: RFC 4180
    bool trim_double_quotes = false;
    bool strips_enclosure = false;  // the outer quotes of enclosed values go, and no others
    std::string null_text = "\\N";  // a value that is this, not enclosed, is NULL
    bool empty_field_as_null = false;
    std::uint64_t skip_lines = 0;  // at the front, not counted
    bool may_have_more = false;    // values behind those of the source columns; they are dropped
    // A first record that is this text, or begins with a byte order mark and then is, is no row;
    // where it may be repeated, later ones are none either. Empty: there is none.
    std::string header;
    bool header_may_repeat = false;
};

struct JsonFormat {
    bool by_line = true;             // a document a line; else one document
    bool strip_outer_array = false;  // a document is an array of rows
    bool num_as_string = false;      // numbers keep their text
    bool fuzzy_parse = false;        // rows have their keys in one order; changes nothing here
    std::vector<std::string> paths;  // the i-th is the i-th source column; empty: columns by name
    std::string root;                // where the rows of a document are; empty: the document
    std::string line_delimiter = "\n";
};

// An Avro object container file; its records have these fields, each a source column.
struct AvroFormat {
    std::vector<AvroField> fields;
};

// A Parquet file, whose columns are found by name.
struct ParquetFormat {
    // Where the body is kept until it is whole; with its first byte.
    std::function<Result<std::unique_ptr<ParquetBody>>()> begin;
    // Asked again and again while it is read; an error ends that.
    std::function<Result<void>()> may_go_on;
};

using BulkFormat = std::variant<CsvFormat, JsonFormat, AvroFormat, ParquetFormat>;

}  // namespace millrace::bulk
