#include "templates/vm.h"

#include <array>
#include <cstring>
#include <utility>

extern "C" {
#include <libjsonnet.h>
#include <libjsonnet_fmt.h>
}

namespace millrace::templates {
namespace {

constexpr const char* kFile = "t";
// An event leaves some hundred objects, all garbage: collected this often they stay in the
// processor's cache. With 50,000 an event takes twice the time.
constexpr unsigned kGcMinObjects = 2'000;

// A copy that libjsonnet frees.
char* copy(JsonnetVm* vm, std::string_view text) {
    auto* const bytes = jsonnet_realloc(vm, nullptr, text.size() + 1);
    std::memcpy(bytes, text.data(), text.size());
    bytes[text.size()] = '\0';
    return bytes;
}

char* refuse_import(void* context, const char* /*base*/, const char* /*name*/, char** /*found*/,
                    int* success) {
    *success = 0;
    return copy(static_cast<JsonnetVm*>(context), "imports are not enabled");
}

Result<void> require_text(const std::string& text) {
    if (text.find('\0') == std::string::npos) return {};
    return Error(Code::invalid,
                 "the event has the character U+0000, which templates that are not compiled cannot "
                 "take");
}

}  // namespace

Result<Value*> ValueMaker::string(const std::string& text) const {
    TRY(require_text(text));
    return jsonnet_json_make_string(vm_, text.c_str());
}
Value* ValueMaker::number(double number) const {
    return jsonnet_json_make_number(vm_, number);
}
Value* ValueMaker::boolean(bool value) const {
    return jsonnet_json_make_bool(vm_, value ? 1 : 0);
}
Value* ValueMaker::null() const {
    return jsonnet_json_make_null(vm_);
}
Value* ValueMaker::array() const {
    return jsonnet_json_make_array(vm_);
}
Value* ValueMaker::object() const {
    return jsonnet_json_make_object(vm_);
}
void ValueMaker::append(Value* array, Value* item) const {
    jsonnet_json_array_append(vm_, array, item);
}
Result<void> ValueMaker::put(Value* object, const std::string& key, Value* value) const {
    if (auto fits = require_text(key); !fits.ok()) {
        drop(value);
        return fits;
    }
    jsonnet_json_object_append(vm_, object, key.c_str(), value);
    return {};
}
void ValueMaker::drop(Value* value) const {
    jsonnet_json_destroy(vm_, value);
}

struct Vm::Registered {
    Vm* vm;
    Native call;
    Parameters parameters;

    Result<Value*> operator()(const Value* const* arguments) const {
        const auto* const text = jsonnet_json_extract_string(vm->vm_, arguments[0]);
        if (text == nullptr) return call(std::nullopt);
        const std::string_view argument(text);
        if (parameters == Parameters::with_end) {
            const auto* const whole = jsonnet_json_extract_string(vm->vm_, arguments[1]);
            if (whole == nullptr || std::string_view(whole).size() != argument.size() + 1) {
                return Error(Code::invalid, "a text with the character U+0000 cannot be looked up");
            }
        }
        return call(argument);
    }
};

Vm::Vm(unsigned stack_frames) : vm_(jsonnet_make()) {
    jsonnet_max_stack(vm_, stack_frames);
    jsonnet_gc_min_objects(vm_, kGcMinObjects);
    jsonnet_import_callback(vm_, refuse_import, vm_);
}

Vm::~Vm() {
    jsonnet_destroy(vm_);
}

void Vm::add_native(const std::string& name, Native native, Parameters parameters) {
    static const std::array<const char*, 2> kOne{"x", nullptr};
    static const std::array<const char*, 3> kWithEnd{"x", "whole", nullptr};
    natives_.push_back(std::make_unique<Registered>(
        Registered{.vm = this, .call = std::move(native), .parameters = parameters}));
    const auto call = [](void* context, const Value* const* arguments, int* ok) -> Value* {
        const auto& self = *static_cast<Registered*>(context);
        auto value = self(arguments);
        *ok = value.ok() ? 1 : 0;
        if (value.ok()) return value.value();
        if (self.vm->handle_native_error_) self.vm->handle_native_error_(value.error());
        return jsonnet_json_make_string(self.vm->vm_, value.error().client_text().c_str());
    };
    jsonnet_native_callback(vm_, name.c_str(), call, natives_.back().get(),
                            parameters == Parameters::one ? kOne.data() : kWithEnd.data());
}

void Vm::on_native_error(std::function<void(const Error&)> handle) {
    handle_native_error_ = std::move(handle);
}

std::optional<Vm::Failure> Vm::failure_of(char* output, int failed) const {
    const std::string text(output);
    jsonnet_realloc(vm_, output, 0);
    if (failed == 0) return std::nullopt;
    constexpr std::string_view kStatic = "STATIC ERROR: ";
    constexpr std::string_view kRuntime = "RUNTIME ERROR: ";
    Failure failure;
    failure.is_static = text.starts_with(kStatic);
    const auto prefix = failure.is_static            ? kStatic.size()
                        : text.starts_with(kRuntime) ? kRuntime.size()
                                                     : 0;
    failure.text = text.substr(prefix);
    if (failure.text.ends_with('\n')) failure.text.pop_back();
    return failure;
}

std::optional<Vm::Failure> Vm::evaluate(const std::string& program) {
    int failed = 0;
    auto* const output = jsonnet_evaluate_snippet(vm_, kFile, program.c_str(), &failed);
    return failure_of(output, failed);
}

std::optional<Vm::Failure> Vm::parse(const std::string& program) {
    int failed = 0;
    auto* const output = jsonnet_fmt_snippet(vm_, kFile, program.c_str(), &failed);
    return failure_of(output, failed);
}

}  // namespace millrace::templates
