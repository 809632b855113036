#pragma once
// PureConnection: an SQLite machine without tables: its statements compute from what is bound to
// them and from functions of the caller, and from nothing else.
//
// SQLite's authorizer refuses everything but SELECT and the functions that were defined or allowed
// here, also where the text of a statement should not be what its maker thinks. Depth, length of
// values and steps have limits.
//
// Thread    one at a time.
// Lifetime  before its statements; `context` of a function and the budget outlive it.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/base/result.h"
#include "storage/sqlite/statement.h"

struct sqlite3;
struct sqlite3_context;
struct sqlite3_value;

namespace millrace::sqlite {

// What one run may cost, in steps of SQLite's machine and bytes that functions make or look at.
class StepBudget {
public:
    explicit StepBudget(std::uint64_t steps_max) : steps_max_(steps_max), left_(steps_max) {}

    void begin() { left_ = steps_max_; }
    // Whether there was enough left; nothing is left where there was not.
    bool spend(std::uint64_t steps) {
        const bool enough = steps <= left_;
        left_ = enough ? left_ - steps : 0;
        return enough;
    }

private:
    const std::uint64_t steps_max_;
    std::uint64_t left_;
};

// The arguments of one call; texts live until it returns.
class Arguments {
public:
    Arguments(int count, sqlite3_value** values) : count_(count), values_(values) {}

    int size() const { return count_; }
    ValueKind kind_of(int position) const;
    bool is_null(int position) const { return kind_of(position) == ValueKind::null; }
    std::int64_t integer(int position) const;   // a real is cut
    double real(int position) const;            //
    std::string_view text(int position) const;  // also of a number, as SQLite prints it

private:
    int count_;
    sqlite3_value** values_;
};

// What one call returns: the last of these counts; NULL if there is none.
class FunctionResult {
public:
    FunctionResult(sqlite3_context* context, StepBudget& budget)
        : context_(context), budget_(budget) {}

    void set_null();
    void set(std::int64_t value);
    void set(double value);  // not a number is NULL
    void set(bool value) { set(std::int64_t{value}); }
    void set(std::string_view text);  // copied
    void set(const std::string& text) { set(std::string_view(text)); }
    // Ends the run with `invalid` and this text.
    void fail(const std::string& text);

    // Pays for work beyond reading the arguments and writing the result, which are paid for;
    // false, and the run ends, if there is not enough left.
    bool spend(std::uint64_t steps);

private:
    sqlite3_context* context_;
    StepBudget& budget_;
};

using ScalarFunction = void (*)(const Arguments& arguments, FunctionResult& result, void* context);

class PureConnection {
public:
    struct Limits {
        int value_bytes_max = 8 << 20;
        int statement_bytes_max = 4 << 20;
        int depth_max = 1'000;
    };

    // `budget` counts the steps of all runs; its owner begins it anew.
    static Result<PureConnection> open(const Limits& limits, StepBudget& budget);

    PureConnection(PureConnection&&) noexcept;
    PureConnection& operator=(PureConnection&&) noexcept = delete;
    ~PureConnection();

    // `arguments` -1: any number. With `null_for_null` the result is NULL where an argument is, and
    // `function` is not called. Defining a name again changes nothing.
    struct Function {
        const char* name = nullptr;
        int arguments = 0;
        bool null_for_null = true;
        ScalarFunction function = nullptr;
        void* context = nullptr;
    };
    Result<void> define(const Function& function);
    // One of SQLite's own.
    void allow(std::string name);

    // Errors  internal: it asks for something that is refused; too_large: over a limit
    Result<Statement> prepare(std::string_view sql);

    // Steps to the one row of a statement.
    // Errors  invalid, for a client: a function failed, the budget is spent, a value is too long
    Result<void> evaluate(Statement& statement);

private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };

    PureConnection(sqlite3* handle, int value_bytes_max, StepBudget& budget);

    int value_bytes_max_;
    StepBudget* budget_;
    // Its address is SQLite's.
    std::unique_ptr<std::unordered_set<std::string>> functions_;
    std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace millrace::sqlite
