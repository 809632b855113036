#pragma once
// The Jsonnet programs around the templates of users.

#include <optional>
#include <string>
#include <string_view>

#include "core/ports/evaluator.h"
#include "templates/vm.h"

namespace millrace::templates {

// One evaluation that never ends: it asks the native functions for the number of a template to
// evaluate and gives them the value, again and again. libjsonnet parses its standard library in
// each evaluation (45-60 ms); here it is done once.
//
// Native functions, their names ended by `suffix`, which templates cannot know: next(0) -> index,
// emit([value] as text) -> whether to go on, ip(0), bodyStr(0), headerStr(0), noPath(path) and
// noHeader(name) -> their errors, now(pattern), body(path) and header(name) -> [value] or [], and
// whole(text), Vm::Parameters::with_end, -> true.
std::string resident_program(const TemplateTexts& templates, std::string_view suffix);

// What is wrong with a template before it meets an event: `1:1-8 Unknown variable: Invalid`.
std::optional<std::string> find_problem(Vm& vm, const std::string& text);

}  // namespace millrace::templates
