#include "api/cli/plan_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/cli/terminal.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

using Kind = Difference::Kind;

std::size_t new_ones(const Plan& plan) {
    return static_cast<std::size_t>(std::ranges::count(plan.changes, true, &PlannedChange::is_new));
}

std::string line_of(const Difference& difference) {
    const auto field = printable(difference.field);
    const auto before = printable(difference.before);
    const auto after = printable(difference.after);
    // A column has its name in its text.
    const auto name = difference.field == "columns" ? std::string("column ") : field + ": ";
    switch (difference.kind) {
        case Kind::added:
            return coloured(fmt::format("    + {}{}", name, after), Colour::green) + "\n";
        case Kind::removed:
            return coloured(fmt::format("    - {}{}", name, before), Colour::red) + "\n";
        case Kind::changed:
            return coloured(fmt::format("    ~ {}{} -> {}", name, before, after), Colour::yellow) +
                   "\n";
    }
    return {};
}

}  // namespace

std::string plan_view(const Plan& plan) {
    std::string text;
    for (const auto& change : plan.changes) {
        text += coloured(fmt::format("{} {}", change.is_new ? '+' : '~', printable(change.what)),
                         change.is_new ? Colour::green : Colour::yellow) +
                "\n";
        for (const auto& difference : change.differences) text += line_of(difference);
    }
    return text + (text.empty() ? "" : "\n") + "Plan: " + plan_counts(plan) + ".\n";
}

std::string plan_counts(const Plan& plan) {
    const auto created = new_ones(plan);
    if (plan.changes.empty()) {
        return fmt::format("nothing to change, {} as they are", grouped(plan.unchanged));
    }
    return fmt::format("{} to create, {} to change, {} as they are", grouped(created),
                       grouped(plan.changes.size() - created), grouped(plan.unchanged));
}

Json plan_json(const Plan& plan) {
    auto changes = Json::array();
    for (const auto& change : plan.changes) {
        auto differences = Json::array();
        for (const auto& difference : change.differences) {
            Json one = {{"field", difference.field}};
            if (difference.kind != Kind::added) one["before"] = difference.before;
            if (difference.kind != Kind::removed) one["after"] = difference.after;
            differences.push_back(std::move(one));
        }
        changes.push_back({{"action", change.is_new ? "create" : "update"},
                           {"what", change.what},
                           {"differences", std::move(differences)}});
    }
    return {{"changes", std::move(changes)}, {"unchanged", plan.unchanged}};
}

}  // namespace millrace::cli
