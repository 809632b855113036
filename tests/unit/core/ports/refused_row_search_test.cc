#include "core/ports/refused_row_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/ports/raw_rows.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A table that refuses some rows, and may say in which line. It fails a test whose parts do not go
// through the file in order.
struct PickyTable {
    std::set<std::string> refused;
    bool names_lines = false;
    std::size_t wrong_lines = 0;  // is added to the line that it names
    std::vector<std::string> applied;
    int tries = 0;

    TriedRows try_part(const ImportRequest& part) {
        ++tries;
        RawRows rows(part.open_slice(0).value());
        std::vector<std::string> read;
        std::uint64_t line = 0;
        while (true) {
            const auto row = rows.next().value();
            if (!row) break;
            line += static_cast<std::uint64_t>(std::count(row->begin(), row->end(), '\n'));
            if (refused.contains(std::string(*row))) {
                return {.outcome = Error(Code::conflict, "no: " + std::string(*row))
                                       .named(error_names::kImportRowRefused),
                        .line = names_lines ? line + wrong_lines : 0};
            }
            read.emplace_back(*row);
        }
        EXPECT_EQ(read.size(), part.rows);
        applied.insert(applied.end(), read.begin(), read.end());
        return {};
    }
};

ImportRequest file(const std::vector<std::string>& slices) {
    ImportRequest request;
    request.slices = static_cast<std::uint32_t>(slices.size());
    request.open_slice = [slices](std::uint32_t slice) -> Result<std::unique_ptr<ByteSource>> {
        return std::unique_ptr<ByteSource>(std::make_unique<TextSource>(slices.at(slice)));
    };
    return request;
}

Result<std::vector<RowRefusal>> search(PickyTable& table, const ImportRequest& request,
                                       std::size_t at_most = 1000) {
    return find_refused_rows(request, at_most,
                             [&](const ImportRequest& part) { return table.try_part(part); });
}

TEST(RefusedRowSearchTest, FindsEachRowWithItsPlaceAndTheWords) {
    PickyTable table{.refused = {"\"b\nb\"\n", "e\n"}};
    const auto found = search(table, file({"#h\na\n\"b\nb\"\nc\n", "", "d\ne\n"})).value();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].slice, 0U);
    EXPECT_EQ(found[0].row, 1U);
    EXPECT_EQ(found[0].reason, "no: \"b\nb\"\n");
    EXPECT_EQ(found[1].slice, 2U);
    EXPECT_EQ(found[1].row, 1U);
    EXPECT_THAT(table.applied, ElementsAre("a\n", "c\n", "d\n"));
}

TEST(RefusedRowSearchTest, OneTryIsEnoughWhereNothingIsRefused) {
    PickyTable table;
    EXPECT_THAT(search(table, file({"a\nb\n"})).value(), IsEmpty());
    EXPECT_EQ(table.tries, 1);
}

TEST(RefusedRowSearchTest, EndsWithOneMoreThanThereMayBe) {
    PickyTable table{.refused = {"a\n"}};
    EXPECT_EQ(search(table, file({"a\na\na\na\n"}), 2).value().size(), 3U);
    EXPECT_EQ(search(table, file({"a\na\na\na\n"}), 0).value().size(), 1U);
}

TEST(RefusedRowSearchTest, OtherErrorsEndIt) {
    const auto found = find_refused_rows(file({"a\n"}), 1, [](const auto&) {
        return TriedRows{.outcome = Error(Code::unavailable, "away"), .line = 0};
    });
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code(), Code::unavailable);
}

// Goal    what is found does not depend on the lines that the database names, right or wrong.
// Method  files and refused rows by a seed; rows with lines inside.
TEST(RefusedRowSearchTest, FindsTheSameWithAndWithoutLines) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed=" << seed);
        std::mt19937_64 random(seed);
        std::vector<std::string> slices(1 + random() % 3);
        std::vector<std::string> taken;
        std::set<std::string> refused;
        const auto dense = 1 + random() % 40;
        std::size_t number = 0;
        for (auto& slice : slices) {
            for (auto rows = random() % 200; rows > 0; --rows) {
                const auto row =
                    "\"" + std::string(random() % 3, '\n') + std::to_string(number++) + "\"\n";
                slice += row;
                if (random() % dense == 0) {
                    refused.insert(row);
                } else {
                    taken.push_back(row);
                }
            }
        }
        for (const auto& [names_lines, wrong] :
             {std::pair(false, 0U), {true, 0U}, {true, 1U}, {true, 100U}}) {
            PickyTable table{.refused = refused, .names_lines = names_lines, .wrong_lines = wrong};
            const auto found = search(table, file(slices)).value();
            EXPECT_EQ(found.size(), refused.size());
            EXPECT_EQ(table.applied, taken);
        }
    }
}

// Goal    few rows among many cost few tries, also without lines.
TEST(RefusedRowSearchTest, ARareRowCostsFewTries) {
    std::string slice;
    for (int i = 0; i < 100'000; ++i) slice += std::to_string(i) + "\n";
    for (const bool names_lines : {false, true}) {
        PickyTable table{.refused = {"12345\n", "77777\n"}, .names_lines = names_lines};
        EXPECT_EQ(search(table, file({slice})).value().size(), 2U);
        EXPECT_LT(table.tries, names_lines ? 30 : 100);
    }
}

}  // namespace
}  // namespace millrace
