#pragma once
// FakeEvaluator: evaluates nothing: the value of a template is its own text, when the test says so.

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/evaluator.h"

namespace millrace {

class FakeEvaluator final : public Evaluator {
public:
    bool is_busy(ProjectId /*project*/, const TemplateTexts& /*templates*/) override {
        return busy;
    }

    Result<void> submit(TemplateBatch batch) override {
        if (refusal) return *refusal;
        waiting.push_back(std::move(batch));
        if (!held) answer_next();
        return {};
    }

    // "Invalid" is the only wrong template.
    Result<std::vector<std::optional<std::string>>> check(const TemplateTexts& texts) override {
        std::vector<std::optional<std::string>> problems;
        for (const auto& text : texts) {
            problems.push_back(text == "Invalid"
                                   ? std::optional<std::string>("1:1-8 Unknown variable: Invalid")
                                   : std::nullopt);
        }
        return problems;
    }

    // Answers the batch that waits longest. The template `error 'x'` fails with the cause x.
    void answer_next() {
        auto batch = std::move(waiting.front());
        waiting.pop_front();
        TemplateBatch::Values values;
        for (std::size_t record = 0; record < batch.records.size(); ++record) {
            for (const auto& text : *batch.templates) values.push_back(value_of(text));
        }
        batch.done(std::move(values));
    }

    bool held = false;
    bool busy = false;
    std::optional<Error> refusal;      // of every batch
    std::optional<Error> value_error;  // instead of every value
    std::deque<TemplateBatch> waiting;

private:
    Result<std::string> value_of(const std::string& text) const {
        if (value_error) return *value_error;
        constexpr std::string_view kError = "error '";
        if (text.starts_with(kError)) {
            return Error(Code::invalid, text.substr(kError.size(), text.size() - kError.size() - 1))
                .named("stream.in.templateFailed");
        }
        return "\"" + text + "\"";
    }
};

}  // namespace millrace
