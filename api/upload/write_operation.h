#pragma once
// WriteOperation: what an upload writes, from its first row to its end.
//
//   running --end()--> done
//      '--cancel()--> cancelling --> cancelled
//
// Of a logical table it is one load. Of a standalone one each group of batches is a load of its
// own, committed as soon as the one before it is, and the operation itself is a load without rows,
// committed last: so the catalog knows after a crash what was there, and that it did not end.
//
// Lifetime  shared by its session and by commits under way.
// Thread    the strand of its session; `on_strand` is called from any.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/upload/upload_ports.h"
#include "core/base/result.h"
#include "core/bulk/bulk_reader.h"
#include "core/model/defined_table.h"
#include "core/model/load.h"
#include "core/model/slice_header.h"

namespace millrace::upload {

struct OperationSpec {
    DefinedTable table;
    std::string query_id;
    std::string request_id;
    // Runs an act on the strand, later; drops it if the session is gone.
    std::function<void(std::function<void()> act)> on_strand;
};

struct OperationEnd {
    std::uint64_t rows = 0;
    bool is_visible = false;  // they are in the table
    std::string set_aside;    // why they were set aside, or some of them; empty: they were not
};

enum class Client { waits, gone };

class WriteOperation {
public:
    virtual ~WriteOperation() = default;

    virtual LoadNumber number() const = 0;
    // Rows that an earlier operation of this queryId has left: the first ones of the body.
    virtual std::uint64_t rows_before() const { return 0; }
    virtual std::optional<std::uint32_t> crc_before() const { return std::nullopt; }  // of these

    // The columns of the rows; before the first of them.
    virtual Result<void> begin_rows(const SliceHeader& header) = 0;
    virtual Result<void> add(const bulk::BulkReader::Rows& rows) = 0;
    // It should get no rows now. The strand is woken when that is over.
    virtual bool is_full() const { return false; }
    // What has failed meanwhile.
    virtual std::optional<Error> failure() const { return std::nullopt; }

    // Makes whole batches durable, as far as it can do so at once.
    virtual Result<void> sync() = 0;
    virtual std::uint64_t durable_rows() const = 0;
    // Of the decoded body: BulkReader::Rows::end of these.
    virtual std::uint64_t durable_bytes() const = 0;
    // Rows that stay if it is cancelled now.
    virtual std::uint64_t kept_rows() const = 0;

    // All rows are there. `done` is called once, on the strand. While the client waits, rows of a
    // logical table are taken back if that refuses one of them.
    // Errors  invalid kUploadInvalidValue: so it was; those of the commit
    virtual void end(Client client, std::function<void(Result<OperationEnd>)> done) = 0;
    // The same; what is durable of a standalone table stays.
    virtual void cancel(std::string_view reason, std::function<void()> done) = 0;
};

// Begins one, or tells which one has its queryId: `first`, in any state but aborted.
struct BegunOperation {
    std::shared_ptr<WriteOperation> operation;
    std::optional<Load> first;
};
Result<BegunOperation> begin_operation(const UploadPorts& ports, OperationSpec spec);

}  // namespace millrace::upload
