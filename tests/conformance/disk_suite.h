#pragma once
// What every Disk does. disk.cc has the cases; disk_implementations.cc names the disks they run
// over: a new implementation adds its row there.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "core/ports/disk.h"

namespace millrace::conformance {

// A disk and an empty directory of it that one test may fill.
class DiskUnderTest {
public:
    virtual ~DiskUnderTest() = default;
    virtual Disk& disk() = 0;
    virtual std::string root() = 0;
};

struct DiskImplementation {
    std::string name;
    std::function<std::unique_ptr<DiskUnderTest>()> make;
};

inline void PrintTo(const DiskImplementation& implementation, std::ostream* out) {
    *out << implementation.name;
}

class DiskConformance : public testing::TestWithParam<DiskImplementation> {
protected:
    Disk& disk() { return under_test_->disk(); }
    std::string path(const std::string& name) { return under_test_->root() + "/" + name; }

private:
    std::unique_ptr<DiskUnderTest> under_test_ = GetParam().make();
};

}  // namespace millrace::conformance
