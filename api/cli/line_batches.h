#pragma once
// LineBatches: an input as batches of whole lines.
//
// The batches of a file are the same each time it is read from the same line on, so that one may
// be sent again under the key that it had. Of a pipe one may end early, when nothing comes for a
// while: who follows a log wants its lines to arrive.
//
// Lines are not copied out of the buffer that they were read into: a batch is a piece of it. What
// is read ahead meanwhile goes to a second one.
//
// Thread  one.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace::cli {

struct BatchLimits {
    std::size_t bytes = 256 << 10;  // a longer line is a batch of its own
    Milliseconds idle{1000};        // of a pipe
};

struct LineBatch {
    std::string_view text;         // every line ends with a line end
    std::uint64_t first_line = 1;  // its number in the input
    std::uint64_t lines = 0;
};

class LineBatches {
public:
    // `input` stays open and is not closed.
    LineBatches(int input, BatchLimits limits);

    // The text of a batch is good until the next one, or skip(), is asked for.

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

    // Reads what next() will return, but of a pipe nothing, which might have to be waited for. The
    // batch that was returned last stays good.
    void read_ahead();

    std::uint64_t bytes_read() const { return bytes_read_; }

private:
    // Bytes that were read and not returned.
    class Buffer {
    public:
        std::string_view text() const { return {bytes_.get() + begin_, end_ - begin_}; }
        std::size_t size() const { return end_ - begin_; }
        void drop(std::size_t bytes) { begin_ += bytes; }
        void append(std::string_view text);
        // Room for so many bytes behind the text.
        char* room(std::size_t bytes);
        void grow(std::size_t bytes) { end_ += bytes; }
        void clear() { begin_ = end_ = 0; }

    private:
        std::unique_ptr<char[]> bytes_;
        std::size_t capacity_ = 0;
        std::size_t begin_ = 0;
        std::size_t end_ = 0;
    };

    // Lines at the front of the unread.
    struct Lines {
        std::size_t bytes = 0;
        std::uint64_t count = 0;
        std::size_t searched = 0;  // no line end behind them before it

        // Adds those that follow in the text, until there are so many.
        void add(std::string_view text, std::uint64_t most);
    };

    // Reads more, at most so many bytes; false at the end, when nothing comes for a while and there
    // is a whole line, or once interrupted.
    Result<bool> fill(std::size_t bytes);
    // Reads until the next batch is there; none at the end or once interrupted.
    Result<Lines> gather();
    // Those of whole lines of so many bytes.
    Lines counted(std::size_t bytes) const;
    // Takes them off the unread, as the batch that is returned.
    LineBatch take(const Lines& lines);
    // Reads more where that is not enough; false if there is no more.
    Result<bool> can_go_on(bool is_enough);

    const int input_;
    const BatchLimits limits_;
    bool is_pipe_ = false;
    bool has_ended_ = false;
    Buffer unread_;
    Buffer returned_;             // has the batch that was returned last
    std::optional<Lines> ahead_;  // the next batch, of the unread
    std::uint64_t next_line_ = 1;
    std::uint64_t bytes_read_ = 0;
};

}  // namespace millrace::cli
