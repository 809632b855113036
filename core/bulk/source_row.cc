#include "core/bulk/source_row.h"

#include <algorithm>

#include "core/bulk/avro_reader.h"
#include "core/bulk/csv_reader.h"
#include "core/bulk/json_reader.h"
#include "core/bulk/parquet_reader.h"

namespace millrace::bulk {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

Result<std::unique_ptr<SourceReader>> make_source_reader(const BulkFormat& format,
                                                         std::vector<SourceField> fields,
                                                         const SourceLimits& limits) {
    if (const auto* csv = std::get_if<CsvFormat>(&format)) {
        return make_csv_reader(*csv, fields.size(), limits);
    }
    if (const auto* avro = std::get_if<AvroFormat>(&format)) {
        if (avro->fields.size() == fields.size()) return make_avro_reader(*avro, limits);
        return Error(Code::invalid, "the schema has another number of fields");
    }
    if (const auto* parquet = std::get_if<ParquetFormat>(&format)) {
        return make_parquet_reader(*parquet, fields, limits);
    }
    return make_json_reader(std::get<JsonFormat>(format), std::move(fields), limits);
}

}  // namespace millrace::bulk
