#pragma once
// LineWriter writes lines to a descriptor and never waits for its reader: a line that does
// not fit is not written.
//
// A pipe or terminal is opened once more, because O_NONBLOCK on the descriptor that was given would
// hold for every process that shares it. Where that is not allowed, as much as a pipe is known to
// take is written at a time. A file is written as files are.
//
// Thread  one at a time.
// Errors  false: the line was not written, whatever the reason

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::log {

class LineWriter {
public:
    // `descriptor` stays open for as long as this lives.
    explicit LineWriter(int descriptor);
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    // Writes all of `line`, or nothing and returns false. What a pipe takes of a long line is
    // followed by its rest before any other line.
    bool write(std::string_view line);

private:
    enum class Kind { file, socket, opened_again, shared };

    std::int64_t write_some(std::string_view text);  // bytes taken, or -1
    bool write_rest();

    int descriptor_;
    Kind kind_ = Kind::file;
    std::string rest_;  // of a line that was taken in part
};

}  // namespace millrace::log
