#pragma once
// Unreliable: what the fakes of the lifecycle share to fail by plan.

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::test {

// Decides the fate of every operation of all fakes, in the order they come.
class Unreliable {
public:
    enum class Fate { works, does_not_happen, happens_but_reports_failure };
    using Plan = std::function<Fate(int operation)>;

    static Fate works(int) { return Fate::works; }
    void set(Plan plan) {
        plan_ = std::move(plan);
        operations_ = 0;
        faults_ = 0;
    }
    int faults() const { return faults_; }

    std::string broken;  // operations of this name never happen

    template <typename Operation>
    auto run(std::string_view name, const Operation& operation) -> decltype(operation()) {
        const auto planned = plan_(operations_++);
        const auto fate = name == broken ? Fate::does_not_happen : planned;
        if (fate == Fate::works) return operation();
        ++faults_;
        if (fate == Fate::does_not_happen)
            return Error(Code::unavailable, std::string(name) + " failed");
        if (auto done = operation(); !done.ok()) return done;
        return Error(Code::unknown_outcome, std::string(name) + " timed out");
    }

private:
    Plan plan_ = works;
    int operations_ = 0;
    int faults_ = 0;
};

}  // namespace millrace::test
