#pragma once
// What every Target does. target_suite.cc has the cases; target_implementations.cc names the
// targets they run over: a new implementation adds its row there.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "core/ports/target.h"

namespace millrace::conformance {

// A target without tables, and a look past it at what it has stored.
class TargetUnderTest {
public:
    using Cells = std::vector<std::optional<std::string>>;  // nothing is NULL

    virtual ~TargetUnderTest() = default;
    virtual Target& target() = 0;
    // Another target over the same tables, as after a restart.
    virtual std::unique_ptr<Target> restarted() = 0;

    // The rows of a table in the order of its first column; values as text. None if the table is
    // not there.
    virtual std::optional<std::vector<Cells>> rows(const TableSpec& table) = 0;

    // From now on the database refuses rows that have this value in this column.
    virtual void refuse(const TableSpec& table, std::string_view column,
                        std::string_view value) = 0;

    // From now on the column, of a table without rows, takes no NULL.
    virtual void require(const TableSpec& table, std::string_view column) = 0;

    // What a STRING column has of bytes that are not UTF-8: the bytes, how its target writes them
    // as text, or nothing if it refuses their file. The documents of the target say which.
    virtual std::optional<std::string> kept(std::string_view bytes) const {
        return std::string(bytes);
    }
};

struct TargetImplementation {
    std::string name;
    std::function<std::unique_ptr<TargetUnderTest>()> make;
};

inline void PrintTo(const TargetImplementation& implementation, std::ostream* out) {
    *out << implementation.name;
}

class TargetConformance : public testing::TestWithParam<TargetImplementation> {
protected:
    using Cells = TargetUnderTest::Cells;
    using Rows = std::vector<Cells>;

    Target& target() { return under_test_->target(); }
    TargetUnderTest& under_test() { return *under_test_; }

    void make(const TableSpec& table);
    Rows rows(const TableSpec& table);

    // A file of these slices, each a text; every file has another id.
    ImportRequest file(const TableSpec& table, const std::vector<std::string>& slices);
    // Imports such a file.
    void import(const TableSpec& table, const std::vector<std::string>& slices);
    // "slice:row" of the rows that the target refuses of such a file, as it finds them.
    std::vector<std::string> refused(const TableSpec& table, const std::vector<std::string>& slices,
                                     std::size_t at_most = 100);
    // It is refused as corrupt, and the table has the rows that it had.
    void refuse(const TableSpec& table, const std::vector<std::string>& slices);

private:
    std::unique_ptr<TargetUnderTest> under_test_ = GetParam().make();
    std::uint64_t files_ = 0;
};

}  // namespace millrace::conformance
