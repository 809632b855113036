#include "api/control/template_check.h"

#include <fmt/format.h>

#include "api/control/api_errors.h"
#include "api/control/json_body.h"
#include "core/mapping/template_program.h"

namespace millrace::control {

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
    Problems problems;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i]) continue;
        problems.add(kBadRequest, fmt::format("column \"{}\" template is invalid: {}",
                                              unknown[i]->name, *found[i]));
    }
    return problems.result();
}

}  // namespace millrace::control
