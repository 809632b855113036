#pragma once
// A plan as people and programs read it.

#include <string>

#include "api/cli/definition_plan.h"

namespace millrace::cli {

// Each change with its differences, in colours where there are colours, and a line of counts. No
// line is cut: somebody decides by them.
std::string plan_view(const Plan& plan);

// "2 to create, 1 to change, 4 as they are"
std::string plan_counts(const Plan& plan);

Json plan_json(const Plan& plan);

}  // namespace millrace::cli
