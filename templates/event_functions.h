#pragma once
// EventFunctions: the native functions by which a template sees its event.
//
// Lifetime  the record must live as long as templates are evaluated on it.
// Thread    one.
// See       docs/mapping.md (Templates)

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/mapping/json_walk.h"
#include "core/ports/evaluator.h"
#include "templates/number_texts.h"
#include "templates/vm.h"

namespace millrace::templates {

class EventFunctions {
public:
    // Adds the functions to the VM, their names ended by `suffix`. `vm` must live as long.
    EventFunctions(Vm& vm, const std::string& suffix);
    EventFunctions(const EventFunctions&) = delete;
    EventFunctions& operator=(const EventFunctions&) = delete;

    // What is evaluated next is about `record`.
    void begin(const TemplateRecord& record);

    // Whether a function needed a body that is neither JSON nor a form.
    bool needed_a_body() const { return needed_a_body_; }

    NumberTexts& numbers() { return numbers_; }

private:
    using Argument = std::optional<std::string_view>;

    Result<Value*> now(const Argument& pattern) const;
    Result<Value*> text(std::string_view bytes) const;
    Result<Value*> header_lines() const;
    Result<Value*> body(const Argument& path);
    Result<Value*> header(const Argument& name) const;
    static Result<Value*> no_path(const Argument& path);
    static Result<Value*> no_header(const Argument& name);
    Result<Value*> all_headers() const;
    // `ends` are those of the value that `json` is in.
    Result<Value*> convert(std::string_view json, mapping::ContainerEnds& ends);
    Result<Value*> convert_number(std::string_view json);
    Result<Value*> convert_array(std::string_view json, mapping::ContainerEnds& ends);
    Result<Value*> convert_object(std::string_view json, mapping::ContainerEnds& ends);

    const ValueMaker values_;
    const TemplateRecord* record_ = nullptr;
    NumberTexts numbers_;
    bool needed_a_body_ = false;
};

}  // namespace millrace::templates
