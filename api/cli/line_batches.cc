#include "api/cli/line_batches.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "api/cli/interrupts.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;

}  // namespace

LineBatches::LineBatches(int input, BatchLimits limits) : input_(input), limits_(limits) {
    struct stat found {};
    is_pipe_ = ::fstat(input, &found) == 0 && !S_ISREG(found.st_mode);
}

Result<bool> LineBatches::fill() {
    const bool has_line = buffer_.find('\n') != std::string::npos;
    while (!has_ended_ && !Interrupts::happened()) {
        if (is_pipe_) {
            pollfd input{.fd = input_, .events = POLLIN, .revents = 0};
            const int ready =
                ::poll(&input, 1, has_line ? static_cast<int>(limits_.idle.count()) : -1);
            if (ready < 0 && errno == EINTR) continue;
            if (ready == 0) return false;
        }
        const auto had = buffer_.size();
        buffer_.resize(had + kReadBytes);
        const auto got = ::read(input_, buffer_.data() + had, kReadBytes);
        const int cause = errno;
        buffer_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got > 0) {
            bytes_read_ += static_cast<std::uint64_t>(got);
            return true;
        }
        if (got == 0) {
            has_ended_ = true;
            if (!buffer_.empty() && buffer_.back() != '\n') buffer_ += '\n';
        } else if (cause != EINTR) {
            return Error(Code::unavailable,
                         fmt::format("cannot read the input: {}", std::strerror(cause)));
        }
    }
    return false;
}

std::size_t LineBatches::line_bytes(std::size_t at) {
    const auto end = buffer_.find('\n', std::max(at, searched_));
    if (end == std::string::npos) {
        searched_ = buffer_.size();
        return 0;
    }
    return end + 1 - at;
}

Result<std::optional<LineBatch>> LineBatches::next() {
    LineBatch batch{.text = {}, .first_line = next_line_, .lines = 0};
    std::size_t taken = 0;
    searched_ = 0;
    while (true) {
        const auto bytes = line_bytes(taken);
        if (bytes == 0) {
            if (taken > 0 && taken >= limits_.bytes) break;
            const bool had_end = has_ended_;
            TRY_ASSIGN(const bool more, fill());
            if (Interrupts::happened()) return std::optional<LineBatch>();
            // At the end the last line may have got its line end only now.
            if (!more && (had_end || !has_ended_)) break;
            if (!more && line_bytes(taken) == 0) break;
            continue;
        }
        if (taken > 0 && taken + bytes > limits_.bytes) break;
        taken += bytes;
        ++batch.lines;
        searched_ = taken;
    }
    if (taken == 0) return std::optional<LineBatch>();
    batch.text = buffer_.substr(0, taken);
    buffer_.erase(0, taken);
    next_line_ += batch.lines;
    return std::optional(std::move(batch));
}

Result<LineBatch> LineBatches::next_until(std::uint64_t last_line) {
    LineBatch batch{.text = {}, .first_line = next_line_, .lines = 0};
    TRY_ASSIGN(batch.lines, take(last_line + 1 - batch.first_line, &batch.text));
    return batch;
}

Result<std::uint64_t> LineBatches::skip(std::uint64_t lines) {
    return take(lines, nullptr);
}

Result<std::uint64_t> LineBatches::take(std::uint64_t lines, std::string* text) {
    std::uint64_t gone = 0;
    while (gone < lines) {
        searched_ = 0;
        std::size_t taken = 0;
        for (auto bytes = line_bytes(0); bytes > 0 && gone < lines; bytes = line_bytes(taken)) {
            taken += bytes;
            searched_ = taken;
            ++gone;
        }
        if (text) text->append(buffer_, 0, taken);
        buffer_.erase(0, taken);
        if (gone == lines) break;
        const bool had_end = has_ended_;
        TRY_ASSIGN(const bool more, fill());
        if (!more && (had_end || Interrupts::happened())) break;
    }
    next_line_ += gone;
    searched_ = 0;
    return gone;
}

}  // namespace millrace::cli
