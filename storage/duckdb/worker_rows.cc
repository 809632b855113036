#include "storage/duckdb/worker_rows.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include "core/base/child_process.h"
#include "storage/duckdb/parquet_worker.h"
#include "storage/os/posix_error.h"

namespace millrace::duckdb {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::size_t kRowBytesMax = 64 << 20;
constexpr int kSilenceMaxMs = 120'000;

Error cannot_start(int failure) {
    return Error(Code::unavailable,
                 fmt::format("start a process that reads Parquet: {}", std::strerror(failure)));
}

Error unreadable(std::string_view why) {
    return Error(Code::invalid, fmt::format("the Parquet file cannot be read: {}", why));
}

// Nothing that is in a file sends the others: somebody did, or the kernel where memory is short.
bool is_crash(int signal) {
    constexpr std::array kCrashes = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    return std::ranges::find(kCrashes, signal) != kCrashes.end();
}

Error killed(int signal) {
    return Error(
        Code::overloaded,
        fmt::format("the process that reads the Parquet file was killed (signal {}){}; "
                    "please try again",
                    signal, signal == SIGKILL ? ", as the system does where memory is short" : ""));
}

class WorkerRows final : public ParquetRows {
public:
    explicit WorkerRows(std::size_t fields) : places_(fields), cells_(fields) {}
    ~WorkerRows() override { end_process(); }
    WorkerRows(const WorkerRows&) = delete;
    WorkerRows& operator=(const WorkerRows&) = delete;

    Result<void> start(const std::vector<std::string>& command, int file) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot_start(errno);
        answer_ = os::Descriptor(ends[0]);
        const os::Descriptor written(ends[1]);
        const os::Descriptor its_file(::fcntl(file, F_DUPFD_CLOEXEC, kWorkerFile + 1));
        const os::Descriptor its_answer(::fcntl(ends[1], F_DUPFD_CLOEXEC, kWorkerFile + 1));
        if (!its_file.ok() || !its_answer.ok()) return cannot_start(errno);
        const int failure = spawn(command,
                                  {{.mine = its_answer.get(), .theirs = STDOUT_FILENO},
                                   {.mine = its_file.get(), .theirs = kWorkerFile}},
                                  ProcessGroup::same, pid_);
        if (failure != 0) {
            pid_ = -1;
            return cannot_start(failure);
        }
        return {};
    }

    Result<void> begin() {
        TRY_ASSIGN(const char kind, take_kind());
        if (kind != 'B') return failure(kind);
        TRY_ASSIGN(const auto count, take_number());
        for (std::uint32_t i = 0; i < count; ++i) {
            TRY_ASSIGN(const auto field, take_number());
            if (field >= cells_.size()) return unreadable("its process answers nonsense");
            binary_.push_back(field);
        }
        return {};
    }

    Result<bool> next() override {
        bytes_.erase(0, at_);
        at_ = 0;
        TRY_ASSIGN(const char kind, take_kind());
        if (kind == 'E') return false;
        if (kind != 'R') return failure(kind);
        for (auto& place : places_) {
            TRY_ASSIGN(place.length, take_number());
            place.begin = at_;
            if (place.length == kNullLength) continue;
            if (at_ + place.length > kRowBytesMax) {
                return unreadable(fmt::format("a row has more than {} bytes", kRowBytesMax));
            }
            TRY(need(place.length));
            at_ += place.length;
        }
        const std::string_view all = bytes_;
        for (std::size_t i = 0; i < places_.size(); ++i) {
            const auto& [begin, length] = places_[i];
            const bool is_null = length == kNullLength;
            cells_[i] = {.text = is_null ? std::string_view() : all.substr(begin, length),
                         .is_null = is_null};
        }
        return true;
    }

    std::span<const Cell> cells() const override { return cells_; }
    const std::vector<std::size_t>& binary_fields() const override { return binary_; }

private:
    struct Place {
        std::size_t begin = 0;  // in bytes_
        std::uint32_t length = 0;
    };

    Result<char> take_kind() {
        TRY(need(1));
        return bytes_[at_++];
    }

    Result<std::uint32_t> take_number() {
        std::uint32_t number = 0;
        TRY(need(sizeof(number)));
        std::memcpy(&number, bytes_.data() + at_, sizeof(number));
        at_ += sizeof(number);
        return number;
    }

    // What it says itself.
    Error failure(char kind) {
        if (kind != 'X') return unreadable("its process answers nonsense");
        const auto is_invalid = take_kind();
        if (!is_invalid.ok()) return is_invalid.error();
        const auto length = take_number();
        if (!length.ok()) return length.error();
        if (const auto came = need(length.value()); !came.ok()) return came.error();
        auto text = bytes_.substr(at_, length.value());
        return Error(is_invalid.value() == '\1' ? Code::invalid : Code::unavailable,
                     std::move(text));
    }

    // Until so many bytes are behind at_.
    Result<void> need(std::size_t count) {
        while (bytes_.size() - at_ < count) {
            pollfd waiting{.fd = answer_.get(), .events = POLLIN, .revents = 0};
            const int ready =
                os::retry_interrupted([&] { return ::poll(&waiting, 1, kSilenceMaxMs); });
            if (ready == 0) {
                return unreadable(fmt::format("nothing came of it for {} s", kSilenceMaxMs / 1000));
            }
            const auto size = bytes_.size();
            bytes_.resize(size + kReadBytes);
            const auto got = os::retry_interrupted(
                [&] { return ::read(answer_.get(), bytes_.data() + size, kReadBytes); });
            bytes_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
            if (got <= 0) return end_of_process();
        }
        return {};
    }

    Error end_of_process() {
        int status = 0;
        if (pid_ > 0) ::waitpid(std::exchange(pid_, -1), &status, 0);
        if (!WIFSIGNALED(status)) return unreadable("the process that reads it has ended");
        const int signal = WTERMSIG(status);
        if (!is_crash(signal)) return killed(signal);
        return unreadable(
            fmt::format("it has made the process that reads it crash (signal {})", signal));
    }

    void end_process() {
        if (pid_ < 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    os::Descriptor answer_{-1};
    pid_t pid_ = -1;
    std::string bytes_;   // what came, from the begin of the row on
    std::size_t at_ = 0;  // what is read of it
    std::vector<Place> places_;
    std::vector<Cell> cells_;
    std::vector<std::size_t> binary_;
};

}  // namespace

Result<std::unique_ptr<ParquetRows>> start_worker_rows(const WorkerOrder& order, int file,
                                                       const std::vector<ParquetField>& fields) {
    std::vector<std::string> command = {order.program, std::string(kWorkerWord), order.library,
                                        fmt::format("{}", order.limits.memory_bytes)};
    for (const auto& field : fields) command.push_back((field.keeps_json ? "1" : "0") + field.name);
    auto rows = std::make_unique<WorkerRows>(fields.size());
    TRY(rows->start(command, file));
    TRY(rows->begin());
    return std::unique_ptr<ParquetRows>(std::move(rows));
}

}  // namespace millrace::duckdb
