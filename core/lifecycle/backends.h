#pragma once
// Targets and Stagings: the backends that the configuration sets up, picked by name.
//
// A definition or a slice may name one that is not configured any more: the caller decides what
// that means. Nothing is added after the start.
//
// Lifetime  the backends live longer.
// Thread    any.

#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error_names.h"
#include "core/base/result.h"
#include "core/model/backend_names.h"
#include "core/model/target_table.h"
#include "core/model/value_rules.h"
#include "core/ports/staging.h"
#include "core/ports/target.h"

namespace millrace::lifecycle {

// Names of the errors of a name that is not configured.
inline constexpr std::string_view kUnknownTarget = error_names::kApiUnknownTarget;
inline constexpr std::string_view kUnknownStaging = error_names::kApiUnknownStaging;

// "there is no target \"x\"; there are \"default\" and \"lake\"", invalid and named `error_name`.
Error unknown_backend(std::string_view noun, std::string_view error_name, std::string_view name,
                      const std::vector<std::string_view>& known);

template <typename Name, typename Backend>
class Backends {
public:
    using ByName = std::map<Name, Backend*>;

    // Null if there is none of that name.
    Backend* find(const Name& name) const {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? nullptr : found->second;
    }

    const ByName& all() const { return by_name_; }

protected:
    explicit Backends(ByName by_name) : by_name_(std::move(by_name)) {}

    Result<Backend*> find_or(const Name& name, std::string_view noun,
                             std::string_view error_name) const {
        if (auto* const backend = find(name)) return backend;
        std::vector<std::string_view> known;
        for (const auto& [other, backend] : by_name_) known.push_back(other.value);
        return unknown_backend(noun, error_name, name.value, known);
    }

private:
    const ByName by_name_;
};

// What a target can have.
struct TargetRules {
    // Whether it can have a table of that name. Empty: any.
    // Errors  invalid, for the client
    std::function<Result<void>(const TableId& table)> check_table = nullptr;
    ValueRules values = {};
};

class Targets : public Backends<TargetName, Target> {
public:
    explicit Targets(ByName by_name, std::map<TargetName, TargetRules> rules = {})
        : Backends(std::move(by_name)), rules_(std::move(rules)) {}

    // Before a sink may name it.
    // Errors  invalid: as at(), or by the rules of the target
    Result<void> check_table(const TargetTable& table) const {
        TRY(at(table.target));
        const auto rules = rules_.find(table.target);
        if (rules == rules_.end() || !rules->second.check_table) return {};
        return rules->second.check_table(table.table);
    }

    // Of the values of its tables; none of a target that is not configured.
    ValueRules value_rules(const TargetName& name) const {
        const auto rules = rules_.find(name);
        return rules == rules_.end() ? ValueRules() : rules->second.values;
    }

    // Errors  invalid, named kUnknownTarget, with what there is
    Result<Target*> at(const TargetName& name) const {
        return find_or(name, "target", kUnknownTarget);
    }

private:
    const std::map<TargetName, TargetRules> rules_;
};

class Stagings : public Backends<StagingName, Staging> {
public:
    // `of_new` is where slices go that are uploaded from now on; it must be among them.
    Stagings(ByName by_name, StagingName of_new)
        : Backends(std::move(by_name)), of_new_(std::move(of_new)) {}

    // Errors  invalid, named kUnknownStaging, with what there is
    Result<Staging*> at(const StagingName& name) const {
        return find_or(name, "staging", kUnknownStaging);
    }

    const StagingName& of_new() const { return of_new_; }

private:
    const StagingName of_new_;
};

// Whether an error says only that something is not configured: trying again changes nothing.
inline bool is_unconfigured(const Error& error) {
    return error.name() == kUnknownTarget || error.name() == kUnknownStaging;
}

}  // namespace millrace::lifecycle
