#pragma once
// The process that reads one Parquet file: files come from clients, and one that makes DuckDB crash
// or use up memory must end nothing but its load (ADR 31).
//
// It is the program itself, started with kWorkerWord, the path of the library, the bytes of memory
// and the fields, each with '1' (keeps_json) or '0' in front. The file is its descriptor 3. It
// writes to descriptor 1:
//
//   'B' u32 n, n x u32        the binary fields; once, before all rows
//   'R' for each field u32 length (kNullLength: NULL) and bytes
//   'E'                       no more rows
//   'X' u8 is_invalid, u32 length, text     it has failed; is_invalid: because of the file
//
// Numbers are as the machine has them: both ends are one program.

#include <cstdint>
#include <span>
#include <string_view>

namespace millrace::duckdb {

inline constexpr std::string_view kWorkerWord = "parquet-worker";
inline constexpr int kWorkerFile = 3;
inline constexpr std::uint32_t kNullLength = UINT32_MAX;

// Of main(): `arguments` are those behind kWorkerWord. Does not return before all is written.
[[noreturn]] void run_parquet_worker(std::span<char* const> arguments);

}  // namespace millrace::duckdb
