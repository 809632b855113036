#pragma once
// Result<T> is a value or an Error; dropping one is a compile error.
//
//     TRY(file.sync_data());                         returns the error to the caller
//     TRY_ASSIGN(auto file, disk.open(path, mode));  binds the value or returns the error

#include <concepts>
#include <optional>
#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/base/error.h"

namespace millrace {

template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

    bool ok() const { return state_.index() == 0; }

    T& value() & {
        require_value();
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        require_value();
        return *std::get_if<0>(&state_);
    }
    T&& value() && {
        require_value();
        return std::move(*std::get_if<0>(&state_));
    }
    Error& error() & { return *std::get_if<1>(&state_); }
    const Error& error() const& { return *std::get_if<1>(&state_); }
    Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

    // Adds what the caller was doing to an error; a value passes through.
    Result in(std::string_view doing) && {
        if (ok()) return std::move(*this);
        return std::move(error()).in(doing);
    }

private:
    void require_value() const { check(ok(), "value() of a failed Result: {}", failure_text()); }
    std::string failure_text() const { return ok() ? std::string() : error().operator_text(); }

    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT

    bool ok() const { return !error_.has_value(); }
    Error& error() & { return *error_; }
    const Error& error() const& { return *error_; }
    Error&& error() && { return std::move(*error_); }

    Result in(std::string_view doing) && {
        if (ok()) return {};
        return std::move(error()).in(doing);
    }

    // The same where making the text would cost more than the work; `doing` returns it.
    template <std::invocable Doing>
    Result in(Doing doing) && {
        if (ok()) return {};
        return std::move(error()).in(doing());
    }

private:
    std::optional<Error> error_;
};

}  // namespace millrace

#define MILLRACE_CONCAT_INNER(a, b) a##b
#define MILLRACE_CONCAT(a, b) MILLRACE_CONCAT_INNER(a, b)

#define TRY(expression)                                             \
    do {                                                            \
        auto try_result = (expression);                             \
        if (!try_result.ok()) return std::move(try_result).error(); \
    } while (false)

#define TRY_ASSIGN_INNER(temporary, binding, expression)      \
    auto temporary = (expression);                            \
    if (!temporary.ok()) return std::move(temporary).error(); \
    binding = std::move(temporary).value()

#define TRY_ASSIGN(binding, expression) \
    TRY_ASSIGN_INNER(MILLRACE_CONCAT(try_assign_, __LINE__), binding, expression)
