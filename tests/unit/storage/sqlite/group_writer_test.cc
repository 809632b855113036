#include "storage/sqlite/group_writer.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/support/temp_directory.h"

namespace millrace::sqlite {
namespace {

using testing_support::TempDirectory;

class GroupWriterTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(writer_
                        .run([](Database& database) {
                            return database.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)");
                        })
                        .ok());
    }

    static GroupWriter::Write insert(int number) {
        return [number](Database& database) -> Result<void> {
            TRY(database.run("INSERT INTO t VALUES (?1)", number));
            return {};
        };
    }
    Database open() { return Database::open(directory_ / "db", {}).value(); }

    // Runs `writes` so that they are one group: the first one holds the connection until all the
    // others wait for it.
    std::vector<Result<void>> run_as_group(const std::vector<GroupWriter::Write>& writes) {
        std::promise<void> held;
        std::promise<void> go;
        std::thread holder([&] {
            EXPECT_TRUE(writer_
                            .run([&](Database&) -> Result<void> {
                                held.set_value();
                                go.get_future().wait();
                                return {};
                            })
                            .ok());
        });
        held.get_future().wait();
        std::vector<Result<void>> outcomes(writes.size());
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < writes.size(); ++i) {
            threads.emplace_back([&, i] {
                try {
                    outcomes[i] = writer_.run(writes[i]);
                } catch (const std::exception& exception) {
                    outcomes[i] = Error(Code::internal, exception.what());
                }
            });
            while (writer_.waiting() <= i) std::this_thread::yield();
        }
        go.set_value();
        holder.join();
        for (auto& thread : threads) thread.join();
        return outcomes;
    }
    std::int64_t rows() { return open().number("SELECT count(*) FROM t").value(); }

    TempDirectory directory_;
    GroupWriter writer_{open()};
};

TEST_F(GroupWriterTest, WritesThatWaitShareOneCommit) {
    auto watcher = open();
    const auto commits = [&] { return watcher.number("PRAGMA data_version").value(); };
    const auto before = commits();
    std::int64_t seen_by_last = -1;
    const auto outcomes = run_as_group({insert(1), insert(2), [&](Database&) -> Result<void> {
                                            seen_by_last = rows();
                                            return {};
                                        }});
    for (const auto& outcome : outcomes) EXPECT_TRUE(outcome.ok());
    EXPECT_NE(commits(), before);
    EXPECT_EQ(seen_by_last, 0) << "the first two were committed before the last one ran";
    EXPECT_EQ(rows(), 2);
}

TEST_F(GroupWriterTest, AWriteThatFailsIsUndoneAlone) {
    const auto outcomes = run_as_group({insert(1),
                                        [](Database& database) -> Result<void> {
                                            TRY(database.run("INSERT INTO t VALUES (7)"));
                                            return Error(Code::not_found, "no");
                                        },
                                        insert(2)});
    EXPECT_TRUE(outcomes[0].ok());
    EXPECT_EQ(outcomes[1].error().code(), Code::not_found);
    EXPECT_TRUE(outcomes[2].ok());
    EXPECT_EQ(rows(), 2);
}

TEST_F(GroupWriterTest, AWriteThatEndsTheTransactionHarmsNoOther) {
    const auto outcomes = run_as_group({insert(1),
                                        [](Database& database) -> Result<void> {
                                            TRY(database.execute("ROLLBACK"));
                                            return Error(Code::unavailable, "full");
                                        },
                                        insert(2)});
    EXPECT_TRUE(outcomes[0].ok());
    EXPECT_EQ(outcomes[1].error().code(), Code::unavailable);
    EXPECT_TRUE(outcomes[2].ok());
    EXPECT_EQ(rows(), 2);
}

TEST_F(GroupWriterTest, AnExceptionComesOutWhereItsWriteWasRun) {
    const auto outcomes = run_as_group(
        {insert(1), [](Database&) -> Result<void> { throw std::runtime_error("thrown"); },
         insert(2)});
    EXPECT_TRUE(outcomes[0].ok());
    EXPECT_EQ(outcomes[1].error().operator_text(), "thrown");
    EXPECT_TRUE(outcomes[2].ok());
    EXPECT_EQ(rows(), 2);
}

TEST_F(GroupWriterTest, AFileThatIsLockedFailsTheWholeGroup) {
    GroupWriter impatient(
        Database::open(directory_ / "db", {.busy_timeout = std::chrono::milliseconds(1)}).value());
    auto other = open();
    const auto lock = Transaction::begin(other).value();
    EXPECT_EQ(impatient.run(insert(1)).error().code(), Code::unavailable);
}

TEST_F(GroupWriterTest, AWriteWithoutASyncLeavesTheNextOneItsOwn) {
    const auto mode = [this](GroupWriter::Sync sync) {
        std::int64_t found = -1;
        EXPECT_TRUE(writer_
                        .run(
                            [&](Database& database) -> Result<void> {
                                TRY_ASSIGN(found, database.number("PRAGMA synchronous"));
                                return {};
                            },
                            sync)
                        .ok());
        return found;
    };
    EXPECT_EQ(mode(GroupWriter::Sync::later), 1) << "NORMAL";
    EXPECT_EQ(mode(GroupWriter::Sync::now), 2) << "FULL";
}

}  // namespace
}  // namespace millrace::sqlite
