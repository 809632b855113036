#pragma once
// Vm: libjsonnet, wrapped once; nothing else includes its headers.
//
// Lifetime  what callbacks use must outlive evaluate().
// Thread    one.
// Errors    libjsonnet aborts the process where memory ends: it belongs into a worker.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

struct JsonnetVm;
struct JsonnetJsonValue;

namespace millrace::templates {

using Value = JsonnetJsonValue;

// Makes values for a native function to return. A value belongs to what it was put into, in the end
// to the evaluation.
class ValueMaker {
public:
    explicit ValueMaker(JsonnetVm* vm) : vm_(vm) {}

    // Text must be UTF-8.
    // Errors  invalid: it has the character U+0000, which libjsonnet cannot take
    Result<Value*> string(const std::string& text) const;
    Value* number(double number) const;
    Value* boolean(bool value) const;
    Value* null() const;
    Value* array() const;
    Value* object() const;
    void append(Value* array, Value* item) const;
    // A key that is there already is replaced.
    // Errors  as string()
    Result<void> put(Value* object, const std::string& key, Value* value) const;
    void drop(Value* value) const;

private:
    JsonnetVm* vm_;
};

class Vm {
public:
    // `argument` is the text of a string argument, nothing for one of another type. An error
    // becomes a runtime error of the program.
    using Native = std::function<Result<Value*>(const std::optional<std::string_view>& argument)>;

    // At most so many Jsonnet stack frames; imports fail.
    explicit Vm(unsigned stack_frames);
    ~Vm();
    Vm(const Vm&) = delete;
    Vm& operator=(const Vm&) = delete;

    // Makes `name` a native function of one parameter. libjsonnet hands texts over up to their
    // first U+0000: where it matters that there is none, `name` has a second parameter, which must
    // be the first one with "." behind it; it is an error where it is not.
    enum class Parameters { one, with_end };
    void add_native(const std::string& name, Native native,
                    Parameters parameters = Parameters::one);

    // Calls `handle` with the error of a native function before it ends the evaluation. To free
    // what an evaluation has parsed takes ten times as long as most evaluations: a process that has
    // nothing else to do ends in here.
    void on_native_error(std::function<void(const Error&)> handle);

    ValueMaker values() const { return ValueMaker(vm_); }

    struct Failure {
        bool is_static = false;  // found before anything was evaluated
        std::string text;        // libjsonnet's, without its "STATIC ERROR: " or "RUNTIME ERROR: "
    };
    // Nothing where the program has a value, which is dropped. In texts of errors its file is "t".
    std::optional<Failure> evaluate(const std::string& program);

    // The same for its syntax alone, in microseconds.
    std::optional<Failure> parse(const std::string& program);

private:
    struct Registered;

    std::optional<Failure> failure_of(char* output, int failed) const;

    JsonnetVm* const vm_;
    std::vector<std::unique_ptr<Registered>> natives_;
    std::function<void(const Error&)> handle_native_error_;
};

}  // namespace millrace::templates
