#pragma once
// What the operator should know of template workers.

#include <functional>
#include <string>

#include "core/base/result.h"

namespace millrace::templates {

struct EvaluationKilled {
    std::string template_text;
    std::string cause;
};

struct TemplateEvents {
    std::function<void(const EvaluationKilled&)> evaluation_killed;
    std::function<void(const Error&)> worker_lost;  // it ended, or none can be started
};

}  // namespace millrace::templates
