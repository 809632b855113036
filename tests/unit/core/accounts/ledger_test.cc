#include "core/accounts/ledger.h"

#include <gtest/gtest.h>

#include "tests/support/manual_ports.h"
#include "tests/support/memory_file_catalog.h"
#include "tests/support/memory_rejects.h"

namespace millrace::accounts {
namespace {

const SinkNumber kFirst(1);
const SinkNumber kSecond(2);

class LedgerTest : public testing::Test {
protected:
    void keep_reject(SinkNumber sink) {
        Reject reject;
        reject.sink = sink;
        rejects_.rejects.emplace(rejects_.rejects.size() + 1, reject);
    }

    Ledger one(SinkNumber sink) {
        return read_ledger(lifecycle_, journal_, rejects_, sink).value();
    }
    std::map<SinkNumber, Ledger> all() {
        return read_all_ledgers(lifecycle_, journal_, rejects_).value();
    }

    // A reject of the first sink becomes a row while it is counted.
    void retry_during_the_read() {
        keep_reject(kFirst);
        lifecycle_.after_statistics = [this] {
            rejects_.rejects.clear();
            lifecycle_.by_sink[kFirst].local.rows = 1;
        };
    }

    // The open slice of the first sink is sealed after the catalog was asked.
    void seal_during_the_read() {
        journal_.files = {fakes::open_file(1, 3)};
        lifecycle_.after_statistics = [this] {
            lifecycle_.slices[journal_.files[0].slice->opening.slice] = Slice{};
            lifecycle_.by_sink[kFirst].local.rows = 3;
            journal_.files.clear();
        };
    }

    fakes::Log log_;
    fakes::MemoryFileCatalog lifecycle_;
    testing_support::MemoryRejects rejects_;
    fakes::ManualJournal journal_{log_};
};

TEST_F(LedgerTest, ARejectThatBecomesARowMeanwhileIsCountedOnce) {
    retry_during_the_read();
    const auto ledger = one(kFirst);
    EXPECT_EQ(ledger.accepted(), 1U);
    EXPECT_EQ(ledger.local, 1U);
}

TEST_F(LedgerTest, OfAllSinksEachRecordIsInOnePlace) {
    journal_.files = {fakes::open_file(1, 3)};
    lifecycle_.by_sink[kFirst].staging.rows = 20;
    lifecycle_.by_sink[kSecond].target.rows = 300;
    keep_reject(kFirst);
    keep_reject(SinkNumber(7));
    keep_reject(SinkNumber(7));
    const auto ledgers = all();
    ASSERT_EQ(ledgers.size(), 3U);
    EXPECT_EQ(ledgers.at(kFirst).local, 3U);
    EXPECT_EQ(ledgers.at(kFirst).staging, 20U);
    EXPECT_EQ(ledgers.at(kFirst).kept_rejects, 1U);
    EXPECT_EQ(ledgers.at(kSecond).accepted(), 300U);
    EXPECT_EQ(ledgers.at(SinkNumber(7)).accepted(), 2U) << "rejects only";
}

TEST_F(LedgerTest, OfAllSinksARejectThatBecomesARowMeanwhileIsCountedOnce) {
    retry_during_the_read();
    const auto ledgers = all();
    EXPECT_EQ(ledgers.at(kFirst).accepted(), 1U);
    EXPECT_EQ(ledgers.at(kFirst).local, 1U);
}

// Goal    absent is better than wrong.
TEST_F(LedgerTest, ThereIsNoneWhileRowsAreUnknown) {
    lifecycle_.by_sink[kFirst].target.rows = 300;
    journal_.unknown = {VolumeId("fast")};
    const auto of_one = read_ledger(lifecycle_, journal_, rejects_, kFirst);
    ASSERT_FALSE(of_one.ok());
    EXPECT_EQ(of_one.error().name(), "stream.api.volumeFailed");
    const auto of_all = read_all_ledgers(lifecycle_, journal_, rejects_);
    ASSERT_FALSE(of_all.ok());
    EXPECT_EQ(of_all.error().name(), "stream.api.volumeFailed");
}

TEST_F(LedgerTest, OfAllSinksASliceSealedMeanwhileIsCountedOnce) {
    seal_during_the_read();
    EXPECT_EQ(all().at(kFirst).accepted(), 3U);
}

}  // namespace
}  // namespace millrace::accounts
