#include "tests/unit/core/lifecycle/fake_definitions.h"

namespace millrace::test {

Result<MappingSnapshot> FakeDefinitions::mapping(const SinkVersion& version) {
    ++asked;
    return fate_.run("mapping", [&]() -> Result<MappingSnapshot> {
        const auto found = snapshots.find(version);
        if (found == snapshots.end()) return Error(Code::not_found, "no such mapping");
        return found->second;
    });
}

}  // namespace millrace::test
