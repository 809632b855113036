// Goal    the values of a Parquet file are the texts that CSV of the same table has; a file that is
//         none, or lies, is an error that says so, and costs neither memory nor the process.
// Method  files that tests/data/parquet/make.py has made, whole and damaged, in pieces, by the real
//         library. Where scripts/setup could not fetch that, the tests are skipped.

#include "storage/duckdb/spooled_bodies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error_names.h"
#include "storage/duckdb/parquet_worker.h"
#include "tests/support/temp_directory.h"

namespace millrace::duckdb {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string data(const std::string& name) {
    std::ifstream file("tests/data/parquet/" + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Read {
    std::vector<std::vector<std::string>> rows;  // "NULL" where it is
    std::string problem;
};

class SpooledBodiesTest : public testing::Test {
protected:
    void SetUp() override {
        if (!std::filesystem::exists(MILLRACE_LIBDUCKDB)) {
            GTEST_SKIP() << "SKIPPED: no libduckdb.so, scripts/setup fetches it with npm";
        }
    }

    SpooledBodies::Options options() {
        return {
            .libraries = {MILLRACE_LIBDUCKDB},
            .directory_of = [this](const VolumeId&) { return Result<std::string>(folder_.path()); },
            .has_room = [](const VolumeId&) { return Result<void>(); }};
    }

    Read read(std::string_view bytes, const std::vector<std::string>& names,
              const ParquetLimits& limits = {}) {
        auto options = this->options();
        options.limits = limits;
        SpooledBodies bodies(std::move(options));
        auto body = bodies.begin(VolumeId("default")).value();
        for (std::size_t at = 0; at < bytes.size(); at += 1000) {
            EXPECT_TRUE(body->append(bytes.substr(at, 1000)).ok());
        }
        EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
        std::vector<ParquetField> fields;
        for (const auto& name : names) fields.push_back({.name = name});
        return read_all(*body, fields);
    }

    static Read read_all(ParquetBody& body, const std::vector<ParquetField>& fields) {
        Read all;
        auto rows = body.read(fields);
        if (!rows.ok()) {
            EXPECT_EQ(rows.error().code(), Code::invalid) << rows.error().operator_text();
            all.problem = rows.error().client_text();
            return all;
        }
        while (true) {
            const auto has_row = rows.value()->next();
            if (!has_row.ok()) {
                EXPECT_EQ(has_row.error().code(), Code::invalid);
                all.problem = has_row.error().client_text();
                return all;
            }
            if (!has_row.value()) return all;
            auto& row = all.rows.emplace_back();
            for (const auto& cell : rows.value()->cells()) {
                row.push_back(cell.is_null ? "NULL" : std::string(cell.text));
            }
        }
    }

    testing_support::TempDirectory folder_;
};

TEST_F(SpooledBodiesTest, ValuesBecomeTexts) {
    struct Case {
        std::string name;
        std::string first;
        std::string second;
    };
    const auto file = data("types.parquet");
    for (const auto& [name, first, second] : std::vector<Case>{
             {"small", "7", "-128"},
             {"big", "18446744073709551615", "0"},
             {"f", "1.5", "-0.25"},
             {"d", "0.1", "1e+300"},
             {"yes", "1", "0"},
             {"s", "Zürich\ttab", ""},
             {"bin", "text", "\xff\xfe"},
             {"price", "12.50", "-0.01"},
             {"long", "1234567890123456789012345678.0123456789", "0.0000000000"},
             {"day", "2026-01-31", "1900-03-01"},
             {"local", "2026-01-31 09:30:00.25", "1969-12-31 23:59:59"},
             {"utc", "2026-01-31 09:30:00.250000Z", "1969-12-31 23:59:59.000000Z"},
             {"nanos", "2026-01-31 09:30:00.123456", "1970-01-01 00:00:00"},
             {"at", "09:30:00", "23:59:59.999999"},
             {"list", "[1,null,3]", "[]"},
             {"row", R"({"a":1,"b c":"x\"y","price":"12.50","yes":true})",
              R"({"a":null,"b c":null,"price":null,"yes":null})"},
             {"map", R"({"k":1,"l":null})", "{}"},
         }) {
        const auto all = read(file, {name});
        EXPECT_EQ(all.problem, "");
        EXPECT_THAT(all.rows,
                    ElementsAre(ElementsAre(first), ElementsAre(second), ElementsAre("NULL")))
            << name;
    }
    EXPECT_THAT(
        read(file, {"ID"}).rows,
        ElementsAre(ElementsAre("1"), ElementsAre("-9223372036854775808"), ElementsAre("3")));
}

// Goal    no decimal is read as another number than it is.
// Method  DuckDB 1.4.4 reads 12345678901234567890123456789012345678.25 as the DOUBLE 8.9e+53.
TEST_F(SpooledBodiesTest, DecimalsOfMoreDigitsThanAreReadFailTheLoadThatWantsThem) {
    const auto file = data("decimals.parquet");
    for (const auto& [column, said] : std::vector<std::pair<std::string, std::string>>{
             {"LONG", "column long is"},
             {"row", "column row has price, which is"},
             {"list", "column list has element, which is"},
             {"map", "column map has value, which is"},
         }) {
        const auto all = read(file, {"id", column});
        EXPECT_EQ(all.problem, "the Parquet file cannot be read: its " + said +
                                   " a DECIMAL of 40 digits, and 38 are read at most; please write "
                                   "it as a string, or with fewer digits");
        EXPECT_TRUE(all.rows.empty());
    }
    const auto others = read(file, {"id", "part", "minus", "parts"});
    EXPECT_EQ(others.problem, "");
    EXPECT_THAT(others.rows, ElementsAre(ElementsAre("1", "0.748547806",
                                                     "-0.00000000000000000000000000000000000001",
                                                     R"([".25","-.25"])")));
}

TEST_F(SpooledBodiesTest, AllRowsComeInTheirOrderAndMissingColumnsAreNull) {
    const auto all = read(data("rows.parquet"), {"nothing", "name", "id"});
    EXPECT_EQ(all.problem, "");
    ASSERT_EQ(all.rows.size(), 5000U);
    for (std::size_t i = 0; i < all.rows.size(); ++i) {
        const auto number = std::to_string(i);
        const auto name = i % 10 == 0 ? "NULL" : "a name of row " + number;
        ASSERT_THAT(all.rows[i], ElementsAre("NULL", name, number));
    }
}

TEST_F(SpooledBodiesTest, BytesAreToldFromTexts) {
    SpooledBodies bodies(options());
    const auto body = bodies.begin(VolumeId("default")).value();
    ASSERT_TRUE(body->append(data("types.parquet")).ok());
    const auto rows = body->read({{"s"}, {"bin"}, {"yes", true}}).value();
    EXPECT_THAT(rows->binary_fields(), ElementsAre(1U));
    ASSERT_TRUE(rows->next().value());
    EXPECT_EQ(rows->cells()[2].text, "true");
}

TEST_F(SpooledBodiesTest, WhatIsNoParquetFileIsSaidToBeNone) {
    const auto file = data("rows.parquet");
    auto no_magic = file;
    no_magic.back() = '2';
    auto long_footer = file;
    std::memset(long_footer.data() + long_footer.size() - 8, 0x7f, 4);
    auto no_footer = file;
    std::fill(no_footer.end() - 500, no_footer.end() - 8, '\xff');
    for (const auto& bytes :
         {std::string("PAR1"), std::string("PAR1PAR1"), std::string("1,a,2\n2,b,3\n"),
          std::string(10'000, '\0'), file.substr(0, file.size() / 2), file.substr(0, 100),
          file.substr(0, file.size() - 1), file.substr(1), no_magic, long_footer, no_footer}) {
        const auto all = read(bytes, {"id"});
        EXPECT_THAT(all.problem, StartsWith("the Parquet file cannot be read: "));
        EXPECT_THAT(all.problem, testing::Not(HasSubstr("/proc")));
        EXPECT_TRUE(all.rows.empty());
    }
}

TEST_F(SpooledBodiesTest, ADamagedPageIsAnErrorOrTheRowsThatItSays) {
    const auto file = data("rows.parquet");
    for (std::size_t at = 4; at + 2000 < file.size(); at += file.size() / 23) {
        SCOPED_TRACE(at);
        auto damaged = file;
        for (std::size_t i = 0; i < 8; ++i) damaged[at + i] = static_cast<char>(~damaged[at + i]);
        const auto all = read(damaged, {"id", "name"});
        EXPECT_TRUE(!all.problem.empty() || all.rows.size() == 5000U);
    }
}

TEST_F(SpooledBodiesTest, AFooterWithADamagedByteEndsTheLoadAndNothingElse) {
    const auto file = data("rows.parquet");
    std::uint32_t footer = 0;
    std::memcpy(&footer, file.data() + file.size() - 8, 4);
    for (std::size_t at = file.size() - 8 - footer; at < file.size() - 8; at += footer / 31) {
        SCOPED_TRACE(at);
        auto damaged = file;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        static_cast<void>(read(damaged, {"id", "name"}));
    }
}

TEST_F(SpooledBodiesTest, MoreRowsThanThereAreAreNotBelieved) {
    const auto all = read(data("huge.parquet"), {"id"});
    EXPECT_THAT(all.problem, StartsWith("the Parquet file cannot be read: "));
    EXPECT_LE(all.rows.size(), 7777U);
}

TEST_F(SpooledBodiesTest, WithoutAnyColumnOfTheLoadItsOwnAreNamed) {
    const auto all = read(data("rows.parquet"), {"a", "b"});
    EXPECT_EQ(all.problem, "the Parquet file has no column of the load; it has ID, Name, other");
}

TEST_F(SpooledBodiesTest, AFileThatTakesTooMuchMemoryIsRefused) {
    const auto all = read(data("rows.parquet"), {"id", "name"}, {.memory_bytes = 100'000});
    EXPECT_THAT(all.problem, AnyOf(HasSubstr("MB of memory to read"), HasSubstr("cannot be read")));
}

TEST_F(SpooledBodiesTest, RowsMayBeLeftBeforeTheirEnd) {
    SpooledBodies bodies(options());
    const auto body = bodies.begin(VolumeId("default")).value();
    ASSERT_TRUE(body->append(data("rows.parquet")).ok());
    const auto rows = body->read({{"id"}}).value();
    EXPECT_TRUE(rows->next().value());
}

TEST_F(SpooledBodiesTest, AFullDiskEndsTheBody) {
    auto options = this->options();
    bool is_full = false;
    options.look_bytes = 10;
    options.has_room = [&](const VolumeId&) -> Result<void> {
        if (!is_full) return {};
        return Error(Code::overloaded, "full").named(error_names::kInDiskFull);
    };
    SpooledBodies bodies(options);
    const auto body = bodies.begin(VolumeId("default")).value();
    EXPECT_TRUE(body->append("0123456789").ok());
    is_full = true;
    EXPECT_EQ(body->append("0").error().name(), error_names::kInDiskFull);
    EXPECT_FALSE(bodies.begin(VolumeId("default")).ok());
}

TEST_F(SpooledBodiesTest, AFileThatCrashesDuckDbEndsItsLoadAlone) {
    const auto all = read(data("crash.parquet"), {"at"});
    // AddressSanitizer ends it in its own way.
    EXPECT_THAT(all.problem, AnyOf(HasSubstr("it has made the process that reads it crash"),
                                   HasSubstr("the process that reads it has ended")));
    EXPECT_EQ(read(data("rows.parquet"), {"id"}).rows.size(), 5000U);
}

// Goal    only a signal that a file may cause is told as the file's fault; whatever else ends the
//         process that reads it, out of memory or by hand, lets the client try again.
// Method  a script in place of the process, which sends the signal to itself.
TEST(SpooledBodiesSignalTest, AProcessThatIsKilledFromOutsideIsNoFaultOfTheFile) {
    struct Case {
        std::string signal;
        Code code;
        std::string words;
    };
    const testing_support::TempDirectory folder;
    for (const auto& [signal, code, words] : std::vector<Case>{
             {"KILL", Code::overloaded, "was killed (signal 9), as the system does where memory"},
             {"TERM", Code::overloaded, "was killed (signal 15); please try again"},
             {"HUP", Code::overloaded, "was killed (signal 1)"},
             {"SEGV", Code::invalid, "has made the process that reads it crash (signal 11)"},
             {"ABRT", Code::invalid, "has made the process that reads it crash (signal 6)"},
             {"BUS", Code::invalid, "has made the process that reads it crash (signal 7)"},
         }) {
        const auto program = folder / signal;
        std::ofstream(program) << "#!/bin/sh\nulimit -c 0\nkill -" << signal << " $$\n";
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
        SpooledBodies bodies(
            {.libraries = {program},  // which is there, and not asked for
             .directory_of = [&](const VolumeId&) { return Result<std::string>(folder.path()); },
             .has_room = [](const VolumeId&) { return Result<void>(); },
             .program = program});
        const auto rows = bodies.begin(VolumeId("default")).value()->read({{"id"}});
        ASSERT_FALSE(rows.ok()) << signal;
        EXPECT_EQ(rows.error().code(), code) << signal;
        EXPECT_THAT(rows.error().client_text(), HasSubstr(words)) << signal;
    }
}

TEST(SpooledBodiesWithoutLibraryTest, TheLibraryIsNotThereOrIsNone) {
    const testing_support::TempDirectory folder;
    SpooledBodies none({.libraries = {folder / "none.so"}});
    EXPECT_EQ(none.check().error().code(), Code::not_found);
    EXPECT_EQ(none.begin(VolumeId("default")).error().code(), Code::not_found);

    std::ofstream(folder / "libduckdb.so") << "no library";
    SpooledBodies broken(
        {.libraries = {folder / "none.so", folder / "libduckdb.so"},
         .directory_of = [&](const VolumeId&) { return Result<std::string>(folder.path()); },
         .has_room = [](const VolumeId&) { return Result<void>(); }});
    const auto body = broken.begin(VolumeId("default")).value();
    ASSERT_TRUE(body->append("PAR1").ok());
    EXPECT_EQ(body->read({{"id"}}).error().code(), Code::unavailable);
}

TEST(SpooledBodiesWithoutLibraryTest, TheLibraryIsBesideTheProgramOrWherePackagesPutIt) {
    EXPECT_THAT(library_paths("/usr/bin/millrace"),
                ElementsAre("/usr/bin/libduckdb.so", "/usr/lib/millrace/libduckdb.so"));
}

}  // namespace
}  // namespace millrace::duckdb

int main(int argc, char** argv) {
    if (argc > 2 && std::string_view(argv[1]) == millrace::duckdb::kWorkerWord) {
        millrace::duckdb::run_parquet_worker(
            std::span(argv + 2, static_cast<std::size_t>(argc - 2)));
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
