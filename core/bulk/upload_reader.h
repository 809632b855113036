#pragma once
// UploadReader: the body of an upload, as it comes -> rows of its table, in batches.
//
// The head of the body says which columns there are: the first record of CSV by their names, the
// schema of Avro by their order. Only then rows can be read. A row that does not fit ends it all.
//
//   sys_op    The last column of a body may be `sys_op`, 0 (insert or update) or 1 (delete by key),
//             if the table has no column of that name and the operation is not given otherwise.
//
// Thread   one at a time.
// Errors   named ones (core/base/error_names.h), for the client

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/bulk/avro_container.h"
#include "core/bulk/bulk_reader.h"
#include "core/bulk/csv_dialect.h"
#include "core/bulk/csv_head.h"
#include "core/model/defined_table.h"
#include "core/model/slice_header.h"

namespace millrace::bulk {

enum class UploadFormat { csv, avro };

struct UploadSpec {
    DefinedTable table;
    UploadFormat format = UploadFormat::csv;
    CsvDialect csv;
    std::optional<bool> deletes;  // whether every record does; absent: sys_op, or none does
    bool may_have_sign = true;    // sys_op as the last column
    WallTime now;
    std::uint64_t rows_before = 0;  // the first rows are read, and not handed over
    bool sums_rows = false;         // Rows::crc of batches is wanted
    std::optional<std::uint32_t> crc_before = std::nullopt;  // Rows::crc of rows_before
    std::uint64_t record_bytes_max = 10 << 20;
    std::uint64_t batch_rows = 1000;
};

class UploadReader {
public:
    struct Events {
        // The columns are known; before any batch.
        std::function<Result<void>(const SliceHeader& header)> has_header;
        // A batch: batch_rows of them, fewer if they are large, or the last ones.
        BulkReader::Taker take;
    };
    using MakeReader = std::function<Result<std::unique_ptr<BulkReader>>(BulkSpec spec)>;

    UploadReader(UploadSpec spec, MakeReader make_reader, Events events);

    // The next bytes.
    // Errors  too_large: a record is larger than record_bytes_max; invalid: see fault(); those of
    //         `events`. It fails again then
    Result<void> feed(std::string_view bytes);

    // The body is whole: hands over its last rows.
    // Errors  those of feed(); conflict kUploadOtherStream: it has fewer rows than rows_before
    Result<void> finish();
    // No more will come of it: hands over the rest of its whole records.
    Result<void> cut();

    // The row that was refused; null if there is none.
    const RowFault* fault() const { return reader_ ? reader_->fault() : nullptr; }
    // Records that were read so far, the first ones too.
    std::uint64_t records() const { return reader_ ? reader_->counts().total : 0; }
    std::uint64_t repeated_headers() const { return reader_ ? reader_->counts().headers : 0; }

private:
    Result<void> read(std::string_view bytes);
    Result<void> begin(const CsvHead::Record& head);
    Result<void> read_csv_head(std::string_view bytes);
    Result<void> read_avro_head(std::string_view bytes);
    Result<void> finish_head();
    Result<void> open(BulkFormat format, BulkMapping mapping);
    Result<BulkMapping> mapping_of_names(const std::vector<std::string>& names) const;
    Result<BulkMapping> mapping_of_count(std::size_t columns) const;
    Result<BulkMapping> mapping_of_fields(const std::vector<AvroField>& fields) const;
    bool is_sign(std::string_view name) const;
    Error other_stream(std::string_view what) const;
    Result<void> explained(Result<void> result) const;
    Result<void> hand_over_rest();

    const UploadSpec spec_;
    const MakeReader make_reader_;
    const Events events_;
    CsvHead csv_head_;
    AvroContainer avro_head_;
    std::string avro_front_;  // until the schema is known
    std::unique_ptr<BulkReader> reader_;
    std::optional<Error> failure_;
};

}  // namespace millrace::bulk
