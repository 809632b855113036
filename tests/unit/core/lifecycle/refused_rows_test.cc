#include "core/lifecycle/refused_rows.h"

#include <gtest/gtest.h>

#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {
namespace {

using millrace::test::FakeStores;
using millrace::test::FakeTarget;

class FailingTarget : public FakeTarget {
public:
    FailingTarget(FakeStores& stores, Error error)
        : FakeTarget(stores.fate, stores.catalog), error_(std::move(error)) {}
    Result<std::vector<RowRefusal>> find_refused(const ImportRequest&, std::size_t) override {
        return error_;
    }

private:
    const Error error_;
};

// Goal    a list that has room for the beginning of a reason shows what the database says.
TEST(RefusedRowsTest, TheWordsOfTheDatabaseComeFirst) {
    FakeStores stores;
    const auto said = [&](Error error) {
        FailingTarget target(stores, std::move(error));
        const auto first = first_refused_row({}, target);
        return first.error().name() + "|" + first.error().operator_text();
    };
    const auto failed = [](Code code) { return Error(code, "load trouble").named("a.name"); };
    EXPECT_EQ(said(failed(Code::conflict).in("slice 1").in("look for refused rows of file 7")),
              "a.name|load trouble (look for refused rows of file 7: slice 1)");
    EXPECT_EQ(said(failed(Code::conflict)), "a.name|load trouble");
    EXPECT_EQ(said(failed(Code::corrupt).in("slice 1")), "a.name|slice 1: load trouble");
}

}  // namespace
}  // namespace millrace::lifecycle
