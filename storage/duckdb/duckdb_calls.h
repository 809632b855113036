#pragma once
// The part of DuckDB's C API that is used here, as the library has it: its functions are looked up
// by name, so nothing is linked and no header of it is needed.
//
// The layout of DuckDbResult, of DuckDbText and of the bits of validity is part of that API, which
// is stable since 1.2; the others are known by their address only.
//
// See  https://duckdb.org/docs/stable/clients/c/api

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace millrace::duckdb {

using DuckDbState = int;  // 0: it has succeeded

struct DuckDbResult {
    std::uint64_t deprecated_columns = 0;
    std::uint64_t deprecated_rows = 0;
    std::uint64_t deprecated_changed = 0;
    void* deprecated_data = nullptr;
    char* deprecated_error = nullptr;
    void* internal = nullptr;
};

// A value of VARCHAR or BLOB in a vector.
struct alignas(8) DuckDbText {
    static constexpr std::size_t kInlinedMax = 12;

    std::uint32_t bytes = 0;
    char inlined[kInlinedMax] = {};  // a longer one: its first four bytes, and where all of it is

    std::string_view view() const {
        if (bytes <= kInlinedMax) return {inlined, bytes};
        const char* text = nullptr;
        std::memcpy(&text, inlined + 4, sizeof(text));
        return {text, bytes};
    }
};
static_assert(sizeof(DuckDbText) == 16);

using DuckDbDatabase = struct DuckDbDatabaseOpaque*;
using DuckDbConnection = struct DuckDbConnectionOpaque*;
using DuckDbConfig = struct DuckDbConfigOpaque*;
using DuckDbStatement = struct DuckDbStatementOpaque*;
using DuckDbChunk = struct DuckDbChunkOpaque*;
using DuckDbVector = struct DuckDbVectorOpaque*;

// Named as in the library, without "duckdb_".
struct DuckDbCalls {
    const char* (*library_version)();
    DuckDbState (*create_config)(DuckDbConfig* config);
    DuckDbState (*set_config)(DuckDbConfig config, const char* name, const char* value);
    void (*destroy_config)(DuckDbConfig* config);
    DuckDbState (*open_ext)(const char* path, DuckDbDatabase* database, DuckDbConfig config,
                            char** error);
    void (*close)(DuckDbDatabase* database);
    DuckDbState (*connect)(DuckDbDatabase database, DuckDbConnection* connection);
    void (*disconnect)(DuckDbConnection* connection);
    DuckDbState (*query)(DuckDbConnection connection, const char* sql, DuckDbResult* result);
    DuckDbState (*prepare)(DuckDbConnection connection, const char* sql,
                           DuckDbStatement* statement);
    const char* (*prepare_error)(DuckDbStatement statement);
    void (*destroy_prepare)(DuckDbStatement* statement);
    // Rows are made as they are fetched.
    DuckDbState (*execute_prepared_streaming)(DuckDbStatement statement, DuckDbResult* result);
    const char* (*result_error)(DuckDbResult* result);
    void (*destroy_result)(DuckDbResult* result);
    DuckDbChunk (*fetch_chunk)(DuckDbResult result);
    std::uint64_t (*data_chunk_get_size)(DuckDbChunk chunk);
    DuckDbVector (*data_chunk_get_vector)(DuckDbChunk chunk, std::uint64_t column);
    void* (*vector_get_data)(DuckDbVector vector);
    std::uint64_t* (*vector_get_validity)(DuckDbVector vector);  // null: all are valid
    void (*destroy_data_chunk)(DuckDbChunk* chunk);
    void (*free)(void* memory);
};

}  // namespace millrace::duckdb
