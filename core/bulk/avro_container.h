#pragma once
// AvroContainer: an Avro object container file as it comes -> its schema, then block by block the
// bytes of its records. A block counts once its sync marker has come.
//
//   file    "Obj" 1, metadata, 16 bytes of sync marker, then blocks
//   block   number of records, number of bytes (both zigzag), the bytes, the sync marker
//
// A further file may follow the last block: its schema must have the same fields; codec and marker
// are its own. The first byte tells the two apart, as no block has a negative number of records.
//
// Thread  one.
// See     Apache Avro 1.11, Specification, "Object Container Files"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/bulk/avro_codec.h"
#include "core/bulk/avro_schema.h"

namespace millrace::bulk {

struct AvroLimits {
    std::size_t header_bytes = 1 << 20;
    std::size_t block_bytes = 10 << 20;  // as they come
    std::size_t plain_bytes = 64 << 20;  // of a block
};

class AvroContainer {
public:
    explicit AvroContainer(const AvroLimits& limits) : limits_(limits) {}

    void feed(std::string_view bytes);

    struct Block {
        std::uint64_t records = 0;
        std::string_view bytes;    // until the next call of anything
        std::uint64_t offset = 0;  // of the block in the body
    };
    // The next block; nothing: more bytes are needed. Headers are read on the way.
    // Errors  invalid, too_large, for the client: the file cannot be read on
    Result<std::optional<Block>> next();

    // Of the first file, once next() has come past its header.
    const std::optional<std::vector<AvroField>>& fields() const { return fields_; }

    // No more bytes come, and next() has given all.
    // Errors  invalid: the file is cut off, or there is none
    Result<void> finish() const;

private:
    std::string_view rest() const { return std::string_view(bytes_).substr(begin_); }
    std::uint64_t offset() const { return dropped_ + begin_; }
    Result<bool> read_header();
    bool wants(std::size_t bytes);
    Result<void> set_schema(std::string_view schema, std::string_view codec);

    const AvroLimits limits_;
    std::string bytes_;
    std::size_t begin_ = 0;      // of what is not read yet
    std::size_t used_ = 0;       // of it, by the block that next() gave
    std::uint64_t dropped_ = 0;  // bytes of the body before bytes_
    std::size_t needed_ = 0;     // without so many a look is in vain
    bool has_header_ = false;    // the file at hand
    std::optional<std::vector<AvroField>> fields_;
    std::string schema_;  // of the file at hand, as it is
    AvroCodec codec_ = AvroCodec::null;
    std::array<char, 16> sync_{};
    std::string plain_;  // of a block
};

}  // namespace millrace::bulk
