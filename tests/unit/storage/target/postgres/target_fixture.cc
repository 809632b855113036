#include "tests/unit/storage/target/postgres/target_fixture.h"

#include <fmt/format.h>

#include "core/ports/slice_rows.h"
#include "storage/target/postgres/names.h"
#include "tests/support/memory_source.h"

namespace millrace::postgres {

TargetFixture::TargetFixture(testing_support::PostgresServer& server) : server_(server) {}

TableSpec TargetFixture::spec(std::vector<TableColumn> columns, const std::string& table) {
    return {.id = TableId::parse(table).value(), .columns = std::move(columns)};
}

ImportRequest TargetFixture::file(const TableSpec& table, const std::vector<std::string>& slices,
                                  std::function<void(std::uint32_t)> before_slice) {
    ImportRequest request;
    request.file = FileId(make_uuid_v7(AgeTime{1}, ++files_, 0));
    request.table = table;
    request.digest = "digest";
    request.slices = static_cast<std::uint32_t>(slices.size());
    request.now = WallTime{1'700'000'000'000};
    for (const auto& slice : slices) {
        SliceRowReader reader(table);
        reader.feed(slice);
        while (true) {
            const auto next = reader.next();
            if (!next.ok() || !next.value()) break;
        }
        request.rows += reader.rows();
        request.bytes += slice.size();
    }
    request.open_slice =
        [slices, before_slice](std::uint32_t slice) -> Result<std::unique_ptr<ByteSource>> {
        if (before_slice) before_slice(slice);
        return std::unique_ptr<ByteSource>(
            std::make_unique<testing_support::MemorySource>(slices.at(slice), 1 << 16));
    };
    return request;
}

TargetFixture::Texts TargetFixture::rows(const TableSpec& table) const {
    std::string names;
    for (const auto& column : table.columns) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", quoted_name(column.name));
    }
    return query(fmt::format("SELECT {} FROM {} ORDER BY 1", names, qualified(table.id)));
}

void TargetFixture::make(const TableSpec& table) {
    const auto made = target_.ensure_table(table);
    ASSERT_TRUE(made.ok()) << made.error().operator_text();
}

void TargetFixture::import(const ImportRequest& request) {
    const auto receipt = target_.import(request);
    ASSERT_TRUE(receipt.ok()) << receipt.error().operator_text();
    EXPECT_EQ(receipt.value().rows, request.rows);
    EXPECT_FALSE(receipt.value().already_done);
}

void TargetFixture::expect_failure(const ImportRequest& request, Code code,
                                   std::string_view words) {
    const auto receipt = target_.import(request);
    ASSERT_FALSE(receipt.ok()) << words;
    EXPECT_EQ(to_string(receipt.error().code()), to_string(code))
        << receipt.error().operator_text();
    EXPECT_THAT(receipt.error().operator_text(), testing::HasSubstr(words));
}

}  // namespace millrace::postgres
