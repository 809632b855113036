#pragma once
// LineBatches: an input as batches of whole lines.
//
// The batches of a file are the same each time it is read from the same line on, so that one may
// be sent again under the key that it had. Of a pipe one may end early, when nothing comes for a
// while: who follows a log wants its lines to arrive.
//
// Thread  one.

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace::cli {

struct BatchLimits {
    std::size_t bytes = 256 << 10;  // a longer line is a batch of its own
    Milliseconds idle{1000};        // of a pipe
};

struct LineBatch {
    std::string text;              // every line ends with a line end
    std::uint64_t first_line = 1;  // its number in the input
    std::uint64_t lines = 0;
};

class LineBatches {
public:
    // `input` stays open and is not closed.
    LineBatches(int input, BatchLimits limits);

    // Nothing at the end of the input, or once Interrupts happened: then what was read and not
    // returned is dropped.
    // Errors  unavailable: the input cannot be read
    Result<std::optional<LineBatch>> next();

    // The lines up to this one as one batch, whatever their size is and however long they take to
    // come. It has fewer at the end of the input, or once Interrupts happened.
    // Errors  unavailable: the input cannot be read
    Result<LineBatch> next_until(std::uint64_t last_line);

    // Passes over the next lines. Returns how many there were.
    Result<std::uint64_t> skip(std::uint64_t lines);

    std::uint64_t bytes_read() const { return bytes_read_; }

private:
    // Reads more; false at the end, when nothing comes for a while and there is a whole line, or
    // once interrupted.
    Result<bool> fill();
    // The length of the whole line at the offset, with its end; 0 if it is not all there.
    std::size_t line_bytes(std::size_t at);
    // Takes the next lines out of the input, to the end of `text` if there is one. Returns how many
    // there were.
    Result<std::uint64_t> take(std::uint64_t lines, std::string* text);

    const int input_;
    const BatchLimits limits_;
    bool is_pipe_ = false;
    bool has_ended_ = false;
    std::string buffer_;
    std::size_t searched_ = 0;  // no line end before it that is not counted
    std::uint64_t next_line_ = 1;
    std::uint64_t bytes_read_ = 0;
};

}  // namespace millrace::cli
