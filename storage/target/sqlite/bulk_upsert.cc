#include "storage/target/sqlite/bulk_upsert.h"

#include <fmt/format.h>

#include <string>

#include "storage/sqlite/row_table.h"
#include "storage/target/sqlite/column_type.h"
#include "storage/target/sqlite/table.h"
#include "storage/target/sqlite/writer_sql.h"

namespace millrace::target {
namespace {

// The rows of a stream that have the shape of its current one.
class RowsOfShape final : public sqlite::RowSource {
public:
    RowsOfShape(const TableSpec& table, SliceStream& rows, bool is_strict)
        : table_(table),
          rows_(rows),
          is_strict_(is_strict),
          shape_(rows.row().shape()),
          slice_(rows.slice()) {}

    const SliceShape& shape() const { return shape_; }
    // Whether the stream has rows of another shape, or one that deletes.
    bool has_others() const { return has_others_; }

    Result<bool> next() override {
        if (!has_begun_) {
            has_begun_ = true;
            return true;
        }
        TRY_ASSIGN(const bool has_row, rows_.next());
        has_others_ = has_row && rows_.row().operation() == RowOperation::erase;
        if (has_others_) return false;
        if (!has_row || rows_.slice() == slice_) return has_row;
        slice_ = rows_.slice();
        has_others_ = rows_.row().shape() != shape_;
        return !has_others_;
    }

    bool put(std::size_t column, sqlite::ValuePlace& place) override {
        return put_cell(place, table_.columns[shape_.columns[column]].data_type,
                        rows_.row().value(column), is_strict_);
    }

    Error no_value(std::size_t column) const override {
        return Error(Code::corrupt, fmt::format("column \"{}\": the cell is no value of its data "
                                                "type",
                                                table_.columns[shape_.columns[column]].name))
            .in(rows_.doing());
    }

private:
    const TableSpec& table_;
    SliceStream& rows_;
    const bool is_strict_;
    const SliceShape shape_;
    std::uint32_t slice_;
    bool has_begun_ = false;
    bool has_others_ = false;
};

}  // namespace

bool may_upsert_in_bulk(const SliceShape& shape) {
    return !shape.has_operation && !shape.sequence;
}

Result<bool> may_upsert_in_bulk(sqlite::Database& database, const TableSpec& table) {
    TRY_ASSIGN(const auto others,
               database.number("SELECT (SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"
                               " AND tbl_name = ?1 COLLATE NOCASE)"
                               " + (SELECT count(*) FROM pragma_index_list(?1)"
                               " WHERE \"unique\" AND origin <> 'pk')",
                               table.id.table()));
    if (others > 0) return false;
    for (const auto& column : table.columns) {
        if (!column.primary_key) continue;
        TRY_ASSIGN(const auto collation,
                   database.collation_of(std::string(table.id.table()), column.name));
        if (collation != "BINARY") return false;
    }
    return true;
}

Result<bool> upsert_in_bulk(sqlite::Database& database, const TableSpec& table, SliceStream& rows) {
    TRY_ASSIGN(const bool strict, is_strict(database, table.id));
    RowsOfShape source(table, rows, strict);
    TRY_ASSIGN(auto pulled,
               sqlite::RowTable::make(database, source, source.shape().columns.size()));
    const WriterSql sql(table, source.shape());
    TRY_ASSIGN(auto statement, database.prepare(sql.upsert_rows()));
    TRY(pulled.run(statement));
    return source.has_others();
}

}  // namespace millrace::target
