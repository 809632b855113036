#pragma once
// RawRows: the rows of a slice as they are in it, one after the other, without a look at their
// values. And what is made of such rows: the slice without some of them.
//
// Format    docs/formats/slice.md
// Lifetime  of one slice.
// Errors    those of the source; corrupt: the bytes end inside a row or the header

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/byte_source.h"

namespace millrace {

class RawRows {
public:
    explicit RawRows(std::unique_ptr<ByteSource> csv) : csv_(std::move(csv)) {}

    // The next row with its line end, valid until the next call; nothing at the end.
    Result<std::optional<std::string_view>> next();

    // Of a slice of format 2, with its line end. Known after the first call of next().
    const std::string& header() const { return header_; }

    // How many were handed out.
    std::uint64_t rows() const { return rows_; }

private:
    Result<std::optional<std::string_view>> next_line();

    const std::unique_ptr<ByteSource> csv_;
    std::string buffer_;
    std::size_t at_ = 0;    // of the next line
    std::size_t seen_ = 0;  // up to there the next line was looked at
    bool in_quotes_ = false;
    bool at_end_ = false;
    bool is_begun_ = false;
    std::string header_;
    std::uint64_t rows_ = 0;
};

// A text, read as a slice.
class TextSource final : public ByteSource {
public:
    explicit TextSource(std::string text) : text_(std::move(text)) {}

    Result<std::size_t> read(std::span<char> buffer) override;

private:
    const std::string text_;
    std::size_t at_ = 0;
};

// The slice without the rows of these numbers, which are in order. It ends with an error where one
// of them is not there.
class SliceWithout final : public ByteSource {
public:
    SliceWithout(std::unique_ptr<ByteSource> csv, std::vector<std::uint64_t> left_out)
        : rows_(std::move(csv)), left_out_(std::move(left_out)) {}

    Result<std::size_t> read(std::span<char> buffer) override;

private:
    Result<bool> fill();

    RawRows rows_;
    const std::vector<std::uint64_t> left_out_;
    std::size_t passed_ = 0;  // of left_out_
    std::string piece_;
    std::size_t at_ = 0;
    bool has_header_ = false;  // was handed out
};

}  // namespace millrace
