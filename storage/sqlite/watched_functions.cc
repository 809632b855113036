#include "storage/sqlite/watched_functions.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/sqlite/pure_connection.h"
#include "storage/sqlite/sqlite_error.h"

namespace millrace::sqlite {
namespace {

constexpr std::uint64_t kStepsOfMillisecond = 200'000;  // a slow processor's
constexpr std::uint64_t kFewSteps = 20'000;             // cost less than the look at the clock says
constexpr auto kNowhere = std::string_view::npos;

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

// How many bytes the first character of a text that is not empty has.
std::size_t first_character(std::string_view text) {
    std::size_t bytes = 1;
    while (bytes < text.size() && !begins_character(text[bytes])) ++bytes;
    return bytes;
}

struct Printed {
    bool is_too_long = false;         // or there is no memory
    std::optional<std::string> text;  // nothing: NULL
};

// SQLite's printf() in a connection of its own, because here its name is ours.
class Printer {
public:
    Printed print(int count, sqlite3_value** values, int value_bytes_max) {
        auto text = run(Format::as_given, count, values, value_bytes_max);
        if (text) return {.text = std::move(text)};
        // A text that is too long is NULL, and so is one that nothing was written of.
        return {.is_too_long = !run(Format::behind_a_letter, count, values, value_bytes_max),
                .text = std::nullopt};
    }

private:
    enum class Format { as_given, behind_a_letter };

    std::optional<std::string> run(Format format, int count, sqlite3_value** values,
                                   int value_bytes_max) {
        auto* const statement = statement_of(format, count, value_bytes_max);
        if (statement == nullptr) return std::nullopt;
        auto* const handle = statement->handle();
        for (int i = 0; i < count; ++i) sqlite3_bind_value(handle, i + 1, values[i]);
        std::optional<std::string> text;
        const auto stepped = statement->step();
        if (stepped.ok() && sqlite3_column_type(handle, 0) != SQLITE_NULL) {
            text = Row(*statement).text();
        }
        statement->reset();
        statement->clear_bindings();
        return text;
    }

    Statement* statement_of(Format format, int count, int value_bytes_max) {
        if (!connection_) {
            auto opened = PureConnection::open({.value_bytes_max = value_bytes_max}, budget_);
            if (!opened.ok()) return nullptr;
            connection_.emplace(std::move(opened).value());
            connection_->allow("printf");
        }
        const auto known = statements_.find({format, count});
        if (known != statements_.end()) return &known->second;
        std::string sql =
            format == Format::as_given ? "SELECT printf(?1" : "SELECT printf('x' || ?1";
        for (int i = 2; i <= count; ++i) sql += fmt::format(",?{}", i);
        auto prepared = connection_->prepare(sql + ")");
        if (!prepared.ok()) return nullptr;
        return &statements_.emplace(std::pair(format, count), std::move(prepared).value())
                    .first->second;
    }

    StepBudget budget_{~std::uint64_t{0}};
    std::optional<PureConnection> connection_;
    std::map<std::pair<Format, int>, Statement> statements_;  // by the count of arguments
};

// What a call knows besides its arguments.
struct Watch {
    std::shared_ptr<Deadline> deadline;
    Printer printer;
};

class Call {
public:
    Call(sqlite3_context* context, int count, sqlite3_value** values)
        : context_(context), count_(count), values_(values) {}

    int count() const { return count_; }
    sqlite3_value** values() const { return values_; }
    bool is_null(int i) const { return sqlite3_value_type(values_[i]) == SQLITE_NULL; }
    bool has_null() const {
        for (int i = 0; i < count_; ++i) {
            if (is_null(i)) return true;
        }
        return false;
    }
    bool is_blob(int i) const { return sqlite3_value_type(values_[i]) == SQLITE_BLOB; }
    std::int64_t integer(int i) const { return sqlite3_value_int64(values_[i]); }
    // A zero is behind it.
    std::string_view text(int i) const {
        const auto* const bytes = sqlite3_value_text(values_[i]);
        if (bytes == nullptr) return "";
        return {reinterpret_cast<const char*>(bytes),
                static_cast<std::size_t>(sqlite3_value_bytes(values_[i]))};
    }
    std::string_view blob(int i) const {
        const auto* const bytes = sqlite3_value_blob(values_[i]);
        return {static_cast<const char*>(bytes),
                static_cast<std::size_t>(sqlite3_value_bytes(values_[i]))};
    }

    Watch& watch() const {
        return *static_cast<std::shared_ptr<Watch>*>(sqlite3_user_data(context_))->get();
    }
    std::uint64_t bytes_max() const {
        return static_cast<std::uint64_t>(limit(SQLITE_LIMIT_LENGTH));
    }
    int limit(int which) const {
        return sqlite3_limit(sqlite3_context_db_handle(context_), which, -1);
    }

    // Whether there is time for it; the statement ends if not.
    bool may_take(std::uint64_t steps) const {
        if (watch().deadline->allows(steps)) return true;
        fail("the query takes too long");
        return false;
    }

    void set(std::int64_t value) const { sqlite3_result_int64(context_, value); }
    void set(std::string_view text) const {
        sqlite3_result_text64(context_, text.data(), text.size(),
                              SQLITE_TRANSIENT,  // NOLINT: a cast inside the macro
                              SQLITE_UTF8);
    }
    void set_argument(int i) const { sqlite3_result_value(context_, values_[i]); }
    void set_too_long() const { sqlite3_result_error_toobig(context_); }
    void fail(const char* text) const { sqlite3_result_error(context_, text, -1); }

private:
    sqlite3_context* context_;
    int count_;
    sqlite3_value** values_;
};

// The pattern of LIKE as one of GLOB, which SQLite has without upper and lower case being one.
// Nothing: it matches no text, as an escape is its end.
std::optional<std::string> glob_of(std::string_view like, std::string_view escape) {
    std::string pattern;
    pattern.reserve(like.size() + 8);
    while (!like.empty()) {
        const bool is_escaped = !escape.empty() && like.starts_with(escape);
        if (is_escaped) like.remove_prefix(escape.size());
        if (like.empty()) return std::nullopt;
        const char c = like.front();
        if (!is_escaped && (c == '%' || c == '_')) {
            pattern += c == '%' ? '*' : '?';
        } else if (c == '*' || c == '?' || c == '[') {
            pattern += '[';
            pattern += c;
            pattern += ']';
        } else {
            pattern += c;
        }
        like.remove_prefix(1);
    }
    return pattern;
}

// Each wildcard is a call of its own within SQLite, so that patterns must be short.
bool is_too_complex(const Call& call, std::string_view pattern) {
    if (pattern.size() <= static_cast<std::size_t>(call.limit(SQLITE_LIMIT_LIKE_PATTERN_LENGTH))) {
        return false;
    }
    call.fail("LIKE or GLOB pattern too complex");
    return true;
}

// The arguments are the pattern and the text.
void match(const Call& call, const char* pattern, std::size_t pattern_bytes) {
    const auto text = call.text(1);
    if (!call.may_take(std::uint64_t{text.size()} * pattern_bytes)) return;
    call.set(std::int64_t{sqlite3_strglob(pattern, text.data()) == 0 ? 1 : 0});
}

void like(const Call& call) {
    const auto pattern = call.text(0);
    if (is_too_complex(call, pattern)) return;
    std::string_view escape;
    if (call.count() == 3) {
        if (call.is_null(2)) return;
        escape = call.text(2);
        if (escape.empty() || first_character(escape) != escape.size()) {
            return call.fail("ESCAPE expression must be a single character");
        }
    }
    if (call.has_null()) return;
    const auto as_glob = glob_of(pattern, escape);
    if (!as_glob) return call.set(std::int64_t{0});
    match(call, as_glob->c_str(), pattern.size());
}

void glob(const Call& call) {
    if (call.has_null()) return;
    const auto pattern = call.text(0);
    if (!is_too_complex(call, pattern)) match(call, pattern.data(), pattern.size());
}

// The first place of `wanted` at or after `from`, in time that grows with the text alone.
std::size_t place_of(std::string_view wanted, std::string_view text, std::size_t from) {
    constexpr std::size_t kFewBytes = 16;
    if (wanted.size() <= kFewBytes) return text.find(wanted, from);
    if (text.size() - from < wanted.size()) return kNowhere;
    const auto* const found =
        memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
    if (found == nullptr) return kNowhere;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

// The text, what is looked for: which byte of a blob or character of a text it begins with.
void instr(const Call& call) {
    if (call.has_null()) return;
    const bool is_blob = call.is_blob(0) && call.is_blob(1);
    const auto text = is_blob ? call.blob(0) : call.text(0);
    const auto wanted = is_blob ? call.blob(1) : call.text(1);
    if (wanted.empty()) return call.set(std::int64_t{1});
    if (!call.may_take(text.size())) return;
    const auto found = place_of(wanted, text, 0);
    if (found == kNowhere) return call.set(std::int64_t{0});
    const auto before = text.substr(0, found);
    call.set(is_blob ? static_cast<std::int64_t>(found) + 1
                     : std::count_if(before.begin(), before.end(), begins_character) + 1);
}

// The text, what is replaced, by what.
void replace(const Call& call) {
    if (call.has_null()) return;
    const auto text = call.text(0);
    const auto old = call.text(1);
    const auto by = call.text(2);
    if (old.empty()) return call.set_argument(0);
    if (!call.may_take(text.size())) return;
    std::string result;
    std::size_t from = 0;
    while (true) {
        const auto found = place_of(old, text, from);
        if (found == kNowhere) break;
        result += text.substr(from, found - from);
        result += by;
        from = found + old.size();
        if (result.size() > call.bytes_max()) return call.set_too_long();
    }
    result += text.substr(from);
    if (result.size() > call.bytes_max()) return call.set_too_long();
    call.set(result);
}

enum Ends : unsigned { front = 1, back = 2, both = 3 };

// How many bytes the last character of a text that is not empty has.
std::size_t last_character(std::string_view text) {
    std::size_t bytes = 1;
    while (bytes < text.size() && !begins_character(text[text.size() - bytes])) ++bytes;
    return bytes;
}

// The text[, the characters that are taken away].
template <Ends ends>
void trim(const Call& call) {
    if (call.has_null()) return;
    auto text = call.text(0);
    const auto taken = call.count() > 1 ? call.text(1) : std::string_view(" ");
    std::uint64_t steps = 0;
    const auto takes = [&](std::string_view character) {
        steps += taken.size();
        return place_of(character, taken, 0) != kNowhere;
    };
    const auto is_in_time = [&] {
        return steps < kFewSteps || call.may_take(std::exchange(steps, 0));
    };
    while ((ends & front) != 0 && !text.empty()) {
        const auto bytes = first_character(text);
        if (!takes(text.substr(0, bytes))) break;
        if (!is_in_time()) return;
        text.remove_prefix(bytes);
    }
    while ((ends & back) != 0 && !text.empty()) {
        const auto bytes = last_character(text);
        if (!takes(text.substr(text.size() - bytes))) break;
        if (!is_in_time()) return;
        text.remove_suffix(bytes);
    }
    call.set(text);
}

// Reads the format of printf() as SQLite does.
class FormatReader {
public:
    explicit FormatReader(const Call& call) : call_(call), rest_(call.text(0)) {}

    // How many characters all %c write.
    std::uint64_t repeated_characters() {
        std::uint64_t sum = 0;
        while (true) {
            const auto percent = rest_.find('%');
            if (percent == kNowhere) return sum;
            rest_.remove_prefix(percent + 1);
            const auto precision = read_until_conversion();
            if (rest_.empty()) return sum;
            const char conversion = rest_.front();
            rest_.remove_prefix(1);
            if (conversion == '%' || conversion == 'n') continue;  // have no argument
            ++argument_;
            if (conversion == 'c') sum += precision;
        }
    }

private:
    // Flags, width, precision and length.
    std::uint64_t read_until_conversion() {
        std::uint64_t precision = 0;
        bool is_precision = false;
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (c >= '1' && c <= '9') {
                const auto number = read_digits();
                if (is_precision) precision = number;
                continue;
            }
            if (std::string_view("-+ #!0,.*l").find(c) == kNowhere) break;
            if (c == '*') {
                const auto number = next_argument();
                if (is_precision) precision = number;
            }
            is_precision = c == '.' || (is_precision && c == '0');
            rest_.remove_prefix(1);
        }
        return precision;
    }

    // As SQLite, which counts in 32 bits.
    std::uint64_t read_digits() {
        std::uint32_t number = 0;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
            number = number * 10 + static_cast<std::uint32_t>(rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return number & 0x7fffffff;
    }

    std::uint64_t next_argument() {
        const int position = argument_++;
        if (position >= call_.count()) return 0;
        const auto number = static_cast<std::int32_t>(call_.integer(position));
        return static_cast<std::uint64_t>(std::abs(std::int64_t{number}));
    }

    const Call& call_;
    std::string_view rest_;
    int argument_ = 1;
};

// The format, its values.
void print(const Call& call) {
    if (call.count() == 0 || call.is_null(0)) return;
    if (FormatReader(call).repeated_characters() > call.bytes_max()) return call.set_too_long();
    const auto printed =
        call.watch().printer.print(call.count(), call.values(), call.limit(SQLITE_LIMIT_LENGTH));
    if (printed.is_too_long) return call.set_too_long();
    if (printed.text) call.set(*printed.text);
}

template <void (*function)(const Call&)>
void call_in_time(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
    try {
        function(Call(context, count, values));
    } catch (...) {
        sqlite3_result_error_nomem(context);  // nothing else is thrown there
    }
}

using Function = void (*)(sqlite3_context*, int, sqlite3_value**);
struct Named {
    const char* name;
    int arguments;  // -1: any number
    Function function;
};

constexpr std::array kFunctions = {
    Named{"like", 2, call_in_time<like>},
    Named{"like", 3, call_in_time<like>},
    Named{"glob", 2, call_in_time<glob>},
    Named{"instr", 2, call_in_time<instr>},
    Named{"replace", 3, call_in_time<replace>},
    Named{"trim", 1, call_in_time<trim<Ends::both>>},
    Named{"trim", 2, call_in_time<trim<Ends::both>>},
    Named{"ltrim", 1, call_in_time<trim<Ends::front>>},
    Named{"ltrim", 2, call_in_time<trim<Ends::front>>},
    Named{"rtrim", 1, call_in_time<trim<Ends::back>>},
    Named{"rtrim", 2, call_in_time<trim<Ends::back>>},
    Named{"printf", -1, call_in_time<print>},
};

void forget(void* watch) {
    delete static_cast<std::shared_ptr<Watch>*>(watch);
}

}  // namespace

bool Deadline::look() {
    is_missed_ = is_missed_ || Time::now() >= at_;
    return is_missed_;
}

bool Deadline::allows(std::uint64_t steps) {
    if (steps < kFewSteps) return true;
    const auto takes = std::chrono::milliseconds(steps / kStepsOfMillisecond);
    is_missed_ = is_missed_ || Time::now() + takes >= at_;
    return !is_missed_;
}

// Harmless in views of the database, as SQLite's own are.
Result<void> add_watched_functions(sqlite3& connection, std::shared_ptr<Deadline> deadline) {
    const auto watch = std::make_shared<Watch>();
    watch->deadline = std::move(deadline);
    for (const auto& [name, arguments, function] : kFunctions) {
        const int rc = sqlite3_create_function_v2(
            &connection, name, arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
            new std::shared_ptr<Watch>(watch), function, nullptr, nullptr, forget);
        if (rc != SQLITE_OK) return error_from(rc, name);
    }
    return {};
}

}  // namespace millrace::sqlite
