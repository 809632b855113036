#include "storage/duckdb/parquet_worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <string>
#include <vector>

#include "storage/duckdb/duckdb_library.h"
#include "storage/duckdb/parquet_query.h"
#include "storage/os/posix_error.h"

namespace millrace::duckdb {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;  // which needs far more addresses
#else
constexpr bool kIsSanitized = false;
#endif

constexpr std::size_t kGatheredBytes = 64 << 10;
constexpr rlim_t kAddressBytes = 2UL
                                 << 30;  // the program, the library, and several times its limit

// Ends the process where nobody listens any more.
class Answer {
public:
    void put(char kind) { bytes_ += kind; }
    void put(std::uint32_t number) {
        bytes_.append(reinterpret_cast<const char*>(&number), sizeof(number));
    }
    void put_text(std::string_view text) {
        put(static_cast<std::uint32_t>(text.size()));
        bytes_ += text;
    }
    void flush_if_full() {
        if (bytes_.size() >= kGatheredBytes) flush();
    }
    void flush() {
        std::string_view left = bytes_;
        while (!left.empty()) {
            const auto count = os::retry_interrupted(
                [&] { return ::write(STDOUT_FILENO, left.data(), left.size()); });
            if (count < 0) ::_exit(1);
            left.remove_prefix(static_cast<std::size_t>(count));
        }
        bytes_.clear();
    }

private:
    std::string bytes_;
};

// What the service has is not this process' business, and when memory ends it goes first.
void detach_from_service() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::syscall(SYS_close_range, kWorkerFile + 1, ~0U, 0);
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (!kIsSanitized) {
        const rlimit addresses{.rlim_cur = kAddressBytes, .rlim_max = kAddressBytes};
        ::setrlimit(RLIMIT_AS, &addresses);
    }
    const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score < 0) return;
    static_cast<void>(::write(score, "1000", 4) == 4);  // a wish
    ::close(score);
}

Result<void> read_all(std::span<char* const> arguments, Answer& answer) {
    if (arguments.size() < 2) return Error(Code::internal, "a Parquet worker has no arguments");
    const std::string_view memory = arguments[1];
    ParquetLimits limits;
    std::from_chars(memory.data(), memory.data() + memory.size(), limits.memory_bytes);
    std::vector<ParquetField> fields;
    for (const std::string_view argument : arguments.subspan(2)) {
        fields.push_back(
            {.name = std::string(argument.substr(1)), .keeps_json = argument.starts_with('1')});
    }
    TRY_ASSIGN(const auto library, DuckDbLibrary::load({arguments[0]}));
    TRY_ASSIGN(const auto rows,
               query_parquet(library->calls(), fmt::format("/proc/self/fd/{}", kWorkerFile), fields,
                             limits));
    answer.put('B');
    answer.put(static_cast<std::uint32_t>(rows->binary_fields().size()));
    for (const auto field : rows->binary_fields()) answer.put(static_cast<std::uint32_t>(field));
    answer.flush();
    while (true) {
        TRY_ASSIGN(const bool has_row, rows->next());
        if (!has_row) break;
        answer.put('R');
        for (const auto& cell : rows->cells()) {
            if (cell.is_null) {
                answer.put(kNullLength);
            } else {
                answer.put_text(cell.text);
            }
        }
        answer.flush_if_full();
    }
    answer.put('E');
    return {};
}

}  // namespace

void run_parquet_worker(std::span<char* const> arguments) {
    detach_from_service();
    Answer answer;
    if (const auto done = read_all(arguments, answer); !done.ok()) {
        const bool is_invalid = done.error().code() == Code::invalid;
        answer.put('X');
        answer.put(is_invalid ? '\1' : '\0');
        answer.put_text(done.error().client_text());
    }
    answer.flush();
    ::_exit(0);  // DuckDB needs no good end
}

}  // namespace millrace::duckdb
