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

void LineBatches::Lines::add(std::string_view text, std::uint64_t most) {
    while (count < most) {
        const auto end = text.find('\n', std::max(bytes, searched));
        if (end == std::string_view::npos) {
            searched = text.size();
            return;
        }
        bytes = end + 1;
        ++count;
    }
}

void LineBatches::Buffer::append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(room(text.size()), text.data(), text.size());
    end_ += text.size();
}

char* LineBatches::Buffer::room(std::size_t bytes) {
    if (capacity_ - end_ >= bytes) return bytes_.get() + end_;
    const auto text = this->text();
    if (capacity_ < text.size() + bytes) {
        capacity_ = std::max(text.size() + bytes, 2 * capacity_);
        auto wider = std::make_unique_for_overwrite<char[]>(capacity_);
        std::ranges::copy(text, wider.get());
        bytes_ = std::move(wider);
    } else {
        std::memmove(bytes_.get(), text.data(), text.size());
    }
    begin_ = 0;
    end_ = text.size();
    return bytes_.get() + end_;
}

LineBatches::LineBatches(int input, BatchLimits limits) : input_(input), limits_(limits) {
    struct stat found {};
    is_pipe_ = ::fstat(input, &found) == 0 && !S_ISREG(found.st_mode);
}

Result<bool> LineBatches::fill(std::size_t bytes) {
    const bool may_rest = is_pipe_ && unread_.text().find('\n') != std::string_view::npos;
    while (!has_ended_ && !Interrupts::happened()) {
        if (is_pipe_) {
            pollfd input{.fd = input_, .events = POLLIN, .revents = 0};
            const int ready =
                ::poll(&input, 1, may_rest ? static_cast<int>(limits_.idle.count()) : -1);
            if (ready < 0 && errno == EINTR) continue;
            if (ready == 0) return false;
        }
        const auto got = ::read(input_, unread_.room(bytes), bytes);
        if (got > 0) {
            unread_.grow(static_cast<std::size_t>(got));
            bytes_read_ += static_cast<std::uint64_t>(got);
            return true;
        }
        if (got == 0) {
            has_ended_ = true;
            const auto text = unread_.text();
            if (!text.empty() && text.back() != '\n') unread_.append("\n");
        } else if (errno != EINTR) {
            return Error(Code::unavailable,
                         fmt::format("cannot read the input: {}", std::strerror(errno)));
        }
    }
    return false;
}

Result<LineBatches::Lines> LineBatches::gather() {
    const auto most = limits_.bytes;
    Lines first;  // where it is longer than a batch
    while (true) {
        const auto text = unread_.text();
        // The last line end within the size ends the batch: none of those before is looked for.
        const auto end = first.searched == 0 ? text.substr(0, most).rfind('\n') : text.npos;
        const bool is_full = text.size() >= most;
        if (is_full && end == text.npos) first.add(text, 1);
        if (is_full && end != text.npos) return counted(end + 1);
        if (first.count > 0) return first;

        TRY_ASSIGN(const bool more, fill(is_full ? kReadBytes : most - text.size()));
        if (Interrupts::happened()) return Lines{};
        // At the end, or in a pipe that rests, all whole lines are one; there may be too many now
        // that the last has its end.
        if (more || unread_.size() > most) continue;
        const auto last = unread_.text().rfind('\n');
        return last == text.npos ? Lines{} : counted(last + 1);
    }
}

LineBatches::Lines LineBatches::counted(std::size_t bytes) const {
    Lines lines;
    lines.add(unread_.text().substr(0, bytes), UINT64_MAX);
    return lines;
}

LineBatch LineBatches::take(const Lines& lines) {
    ahead_.reset();
    returned_.clear();
    std::swap(unread_, returned_);
    unread_.append(returned_.text().substr(lines.bytes));
    const LineBatch batch{.text = returned_.text().substr(0, lines.bytes),
                          .first_line = next_line_,
                          .lines = lines.count};
    next_line_ += lines.count;
    return batch;
}

Result<std::optional<LineBatch>> LineBatches::next() {
    if (!ahead_) {
        TRY_ASSIGN(ahead_, gather());
    }
    const auto lines = *ahead_;
    ahead_.reset();
    if (lines.count == 0) return std::optional<LineBatch>();
    return std::optional(take(lines));
}

void LineBatches::read_ahead() {
    if (is_pipe_ || ahead_) return;
    auto lines = gather();
    // What is wrong shows again when it is wanted.
    if (lines.ok() && lines.value().count > 0) ahead_ = std::move(lines).value();
}

Result<LineBatch> LineBatches::next_until(std::uint64_t last_line) {
    Lines lines;
    while (true) {
        lines.add(unread_.text(), last_line + 1 - next_line_);
        TRY_ASSIGN(const bool more, can_go_on(lines.count == last_line + 1 - next_line_));
        if (!more) return take(lines);
    }
}

Result<std::uint64_t> LineBatches::skip(std::uint64_t lines) {
    ahead_.reset();
    std::uint64_t gone = 0;
    while (true) {
        Lines next;
        next.add(unread_.text(), lines - gone);
        unread_.drop(next.bytes);
        gone += next.count;
        TRY_ASSIGN(const bool more, can_go_on(gone == lines));
        if (!more) break;
    }
    next_line_ += gone;
    return gone;
}

Result<bool> LineBatches::can_go_on(bool is_enough) {
    if (is_enough) return false;
    const bool had_end = has_ended_;
    TRY_ASSIGN(const bool more, fill(kReadBytes));
    // At the end the last line may have got its line end only now.
    return more || (!had_end && !Interrupts::happened());
}

}  // namespace millrace::cli
