#include "storage/duckdb/parquet_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/shown_text.h"
#include "storage/duckdb/parquet_columns.h"

namespace millrace::duckdb {
namespace {

constexpr std::size_t kShownMax = 300;
constexpr std::size_t kShownColumns = 10;
constexpr std::uint64_t kMega = 1 << 20;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), by);
    }
    return text;
}

// A connection to an empty database in memory.
class Database {
public:
    explicit Database(const DuckDbCalls& calls) : calls_(calls) {}
    ~Database() {
        if (connection_ != nullptr) calls_.disconnect(&connection_);
        if (database_ != nullptr) calls_.close(&database_);
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    Result<void> open(const std::string& path, const ParquetLimits& limits) {
        path_ = path;
        memory_bytes_ = limits.memory_bytes;
        TRY(open_empty());
        // Fails where the library has no time zones of its own; then it has no other than UTC.
        static_cast<void>(run("SET TimeZone = 'UTC'").ok());
        return run(
            fmt::format("SET memory_limit = '{}B'; SET temp_directory = ''; "
                        "SET enable_external_file_cache = false; "
                        "SET allow_persistent_secrets = false; "
                        "SET allow_community_extensions = false; "
                        "SET allowed_paths = ['{}']; "
                        "SET enable_external_access = false; "
                        "SET lock_configuration = true",
                        limits.memory_bytes, path));
    }

    Result<void> run(const std::string& sql) {
        DuckDbResult result;
        const auto state = calls_.query(connection_, sql.c_str(), &result);
        auto done = state == 0 ? Result<void>() : failure(calls_.result_error(&result));
        calls_.destroy_result(&result);
        return done;
    }

    // What DuckDB says, without its own view of things.
    Error failure(const char* words) const {
        std::string text = words == nullptr ? "" : words;
        if (text.starts_with("Out of Memory")) {
            return Error(Code::invalid,
                         fmt::format("the Parquet file takes more than {} MB of memory to read, "
                                     "please write it with smaller pages and row groups",
                                     memory_bytes_ / kMega));
        }
        text = text.substr(0, text.find('\n'));
        text = replaced(std::move(text), path_, "body");
        return Error(Code::invalid, fmt::format("the Parquet file cannot be read: {}",
                                                shortened(text, kShownMax)));
    }

    const DuckDbCalls& calls() const { return calls_; }
    DuckDbConnection connection() const { return connection_; }
    std::string source() const {
        return fmt::format("read_parquet('{}', hive_partitioning = false)", path_);
    }
    std::string schema() const { return fmt::format("parquet_schema('{}')", path_); }

private:
    // Without threads of its own: whoever fetches rows makes them.
    Result<void> open_empty() {
        DuckDbConfig config = nullptr;
        char* problem = nullptr;
        const bool is_open =
            calls_.create_config(&config) == 0 && calls_.set_config(config, "threads", "1") == 0 &&
            calls_.set_config(config, "autoinstall_known_extensions", "false") == 0 &&
            calls_.set_config(config, "autoload_known_extensions", "false") == 0 &&
            calls_.open_ext(nullptr, &database_, config, &problem) == 0 &&
            calls_.connect(database_, &connection_) == 0;
        std::optional<Error> failed;
        if (!is_open) {
            failed = Error(Code::unavailable,
                           fmt::format("open DuckDB: {}", problem == nullptr ? "?" : problem));
        }
        if (problem != nullptr) calls_.free(problem);
        if (config != nullptr) calls_.destroy_config(&config);
        if (failed) return std::move(*failed);
        return {};
    }

    const DuckDbCalls& calls_;
    std::string path_;
    std::uint64_t memory_bytes_ = 0;
    DuckDbDatabase database_ = nullptr;
    DuckDbConnection connection_ = nullptr;
};

// The rows of one SELECT whose columns are VARCHAR or BLOB, a chunk at a time.
class Select {
public:
    explicit Select(const Database& database) : database_(database), calls_(database.calls()) {}
    ~Select() {
        if (chunk_ != nullptr) calls_.destroy_data_chunk(&chunk_);
        calls_.destroy_result(&result_);
        if (statement_ != nullptr) calls_.destroy_prepare(&statement_);
    }
    Select(const Select&) = delete;
    Select& operator=(const Select&) = delete;

    Result<void> begin(const std::string& sql, std::size_t columns) {
        columns_.resize(columns);
        if (calls_.prepare(database_.connection(), sql.c_str(), &statement_) != 0) {
            return database_.failure(statement_ == nullptr ? nullptr
                                                           : calls_.prepare_error(statement_));
        }
        if (calls_.execute_prepared_streaming(statement_, &result_) != 0) {
            return database_.failure(calls_.result_error(&result_));
        }
        return {};
    }

    // Moves to the next row.
    Result<bool> next() {
        if (++row_ < rows_) return true;
        do {
            if (chunk_ != nullptr) calls_.destroy_data_chunk(&chunk_);
            chunk_ = calls_.fetch_chunk(result_);
            if (chunk_ == nullptr) return end();
            rows_ = calls_.data_chunk_get_size(chunk_);
        } while (rows_ == 0);
        row_ = 0;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            auto* const vector = calls_.data_chunk_get_vector(chunk_, i);
            columns_[i] = {.texts = static_cast<const DuckDbText*>(calls_.vector_get_data(vector)),
                           .validity = calls_.vector_get_validity(vector)};
        }
        return true;
    }

    // Of the row, until next().
    Cell cell(std::size_t column) const {
        const auto& [texts, validity] = columns_[column];
        if (validity != nullptr && ((validity[row_ / 64] >> (row_ % 64)) & 1) == 0) {
            return {.text = {}, .is_null = true};
        }
        return {.text = texts[row_].view(), .is_null = false};
    }

private:
    struct Column {
        const DuckDbText* texts = nullptr;
        const std::uint64_t* validity = nullptr;  // a bit a row; null: none is NULL
    };

    // An error looks like the end.
    Result<bool> end() {
        rows_ = 0;
        row_ = 0;
        const char* const words = calls_.result_error(&result_);
        if (words != nullptr && *words != '\0') return database_.failure(words);
        return false;
    }

    const Database& database_;
    const DuckDbCalls& calls_;
    DuckDbStatement statement_ = nullptr;
    DuckDbResult result_;
    DuckDbChunk chunk_ = nullptr;
    std::vector<Column> columns_;  // of the chunk
    std::uint64_t rows_ = 0;       // of the chunk
    std::uint64_t row_ = 0;
};

Result<std::vector<DescribedColumn>> describe(const Database& database) {
    Select select(database);
    TRY(select.begin(fmt::format("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {})",
                                 database.source()),
                     2));
    std::vector<DescribedColumn> columns;
    while (true) {
        TRY_ASSIGN(const bool has_row, select.next());
        if (!has_row) return columns;
        columns.push_back(
            {.name = std::string(select.cell(0).text), .type = std::string(select.cell(1).text)});
    }
}

std::uint64_t number_of(const Cell& cell) {
    std::uint64_t number = 0;
    std::from_chars(cell.text.data(), cell.text.data() + cell.text.size(), number);
    return number;
}

Result<std::vector<SchemaElement>> read_schema(const Database& database) {
    Select select(database);
    TRY(select.begin(fmt::format("SELECT name, CAST(num_children AS VARCHAR), CASE converted_type "
                                 "WHEN 'DECIMAL' THEN CAST(precision AS VARCHAR) END FROM {}",
                                 database.schema()),
                     3));
    std::vector<SchemaElement> elements;
    while (true) {
        TRY_ASSIGN(const bool has_row, select.next());
        if (!has_row) return elements;
        elements.push_back({.name = std::string(select.cell(0).text),
                            .children = number_of(select.cell(1)),
                            .digits = number_of(select.cell(2))});
    }
}

Error has_none(const std::vector<DescribedColumn>& columns) {
    std::string names;
    for (std::size_t i = 0; i < std::min(columns.size(), kShownColumns); ++i) {
        names += fmt::format("{}{}", i == 0 ? "" : ", ", shortened(columns[i].name, 50));
    }
    if (columns.size() > kShownColumns) {
        names += fmt::format(" and {} more", columns.size() - kShownColumns);
    }
    return Error(Code::invalid,
                 fmt::format("the Parquet file has no column of the load; it has {}", names));
}

class QueriedRows final : public ParquetRows {
public:
    explicit QueriedRows(const DuckDbCalls& calls) : database_(calls) {}

    Result<void> begin(const std::string& path, const std::vector<ParquetField>& fields,
                       const ParquetLimits& limits) {
        TRY(database_.open(path, limits));
        TRY_ASSIGN(const auto columns, describe(database_));
        auto selected = select_columns(columns, fields);
        if (selected.expressions.empty()) return has_none(columns);
        TRY_ASSIGN(const auto schema, read_schema(database_));
        TRY(check_decimals(columns, schema, fields));
        places_ = std::move(selected.places);
        binary_ = std::move(selected.binary);
        cells_.assign(fields.size(), {.text = {}, .is_null = true});
        select_.emplace(database_);
        return select_->begin(
            fmt::format("SELECT {} FROM {}", fmt::join(selected.expressions, ", "),
                        database_.source()),
            selected.expressions.size());
    }

    Result<bool> next() override {
        TRY_ASSIGN(const bool has_row, select_->next());
        if (!has_row) return false;
        for (std::size_t i = 0; i < places_.size(); ++i) {
            if (places_[i]) cells_[i] = select_->cell(*places_[i]);
        }
        return true;
    }

    std::span<const Cell> cells() const override { return cells_; }
    const std::vector<std::size_t>& binary_fields() const override { return binary_; }

private:
    Database database_;
    std::optional<Select> select_;  // of the database
    std::vector<std::optional<std::size_t>> places_;
    std::vector<std::size_t> binary_;
    std::vector<Cell> cells_;
};

}  // namespace

Result<std::unique_ptr<ParquetRows>> query_parquet(const DuckDbCalls& calls,
                                                   const std::string& path,
                                                   const std::vector<ParquetField>& fields,
                                                   const ParquetLimits& limits) {
    auto rows = std::make_unique<QueriedRows>(calls);
    TRY(rows->begin(path, fields, limits));
    return std::unique_ptr<ParquetRows>(std::move(rows));
}

}  // namespace millrace::duckdb
