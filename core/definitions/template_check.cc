#include "core/definitions/template_check.h"

#include <fmt/format.h>

#include "core/base/error_names.h"
#include "core/base/shown_text.h"
#include "core/mapping/template_literals.h"
#include "core/mapping/template_program.h"

namespace millrace::definitions {

Result<void> check_templates(Evaluator& evaluator, const std::vector<Column>& columns) {
    ShownList problems("; ");
    const auto refuse = [&problems](const Column& column, std::string_view reason) {
        problems.add(fmt::format("column \"{}\" template is invalid: {}", column.name, reason));
    };
    std::vector<const Column*> unknown;
    TemplateTexts texts;
    for (const auto& column : columns) {
        if (column.type != ColumnType::jsonnet) continue;
        const auto literals = mapping::check_template_literals(column.template_text);
        if (!literals.ok()) {
            refuse(column, literals.error().client_text());
            continue;
        }
        if (mapping::TemplateProgram::compile(column.template_text).ok()) continue;
        unknown.push_back(&column);
        texts.push_back(column.template_text);
    }
    if (!texts.empty()) {
        TRY_ASSIGN(const auto found, evaluator.check(texts));
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (found[i]) refuse(*unknown[i], *found[i]);
        }
    }
    if (problems.empty()) return {};
    return Error(Code::invalid, problems.text()).named(error_names::kApiBadRequest);
}

}  // namespace millrace::definitions
