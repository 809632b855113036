#include "core/definitions/template_check.h"

#include <fmt/format.h>

#include "core/base/error_names.h"
#include "core/base/shown_text.h"
#include "core/mapping/template_program.h"

namespace millrace::definitions {

Result<void> check_templates(Evaluator& evaluator, const std::vector<Column>& columns) {
    std::vector<const Column*> unknown;
    TemplateTexts texts;
    for (const auto& column : columns) {
        if (column.type != ColumnType::jsonnet) continue;
        if (mapping::TemplateProgram::compile(column.template_text).ok()) continue;
        unknown.push_back(&column);
        texts.push_back(column.template_text);
    }
    if (texts.empty()) return {};
    TRY_ASSIGN(const auto found, evaluator.check(texts));
    ShownList problems("; ");
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i]) continue;
        problems.add(
            fmt::format("column \"{}\" template is invalid: {}", unknown[i]->name, *found[i]));
    }
    if (problems.empty()) return {};
    return Error(Code::invalid, problems.text()).named(error_names::kApiBadRequest);
}

}  // namespace millrace::definitions
