#include "core/definitions/versions.h"

#include <gtest/gtest.h>

namespace millrace::definitions {
namespace {

// Catalogs keep these hashes: they must not change with the JSON of the API.
TEST(VersionsTest, TheHashOfAConfigurationStays) {
    Source source;
    source.name = "My Source";
    EXPECT_EQ(configuration_hash(source), "71d59b47f87e2284");

    Sink sink;
    sink.name = "My Sink";
    sink.description = "d";
    sink.table = TableId::parse("in.c-shop.orders").value();
    sink.columns = {
        {.type = ColumnType::uuid, .name = "id", .primary_key = true},
        {.type = ColumnType::path,
         .name = "p",
         .data_type = DataType::integer,
         .path = "a.b",
         .default_value = "x",
         .raw_string = true},
    };
    EXPECT_EQ(configuration_hash(sink), "5ba86a86df8b2ba9");
}

// After a step back to an older build.
TEST(VersionsTest, ASettingThatIsNotKnownIsNoPartOfTheConfiguration) {
    Source source;
    source.settings.emplace("source.of.the.future", true);
    EXPECT_EQ(configuration_hash(source), configuration_hash(Source{}));
}

TEST(VersionsTest, ASettingOfItsKindIsPartOfTheConfigurationOfASource) {
    Source source;
    source.kind = SourceKindName("kafka");
    const auto without = configuration_hash(source);
    source.settings.emplace("source.kafka.limit", std::int64_t{1});
    const auto one = configuration_hash(source);
    source.settings.at("source.kafka.limit") = std::int64_t{2};
    EXPECT_NE(one, without);
    EXPECT_NE(configuration_hash(source), one);
}

TEST(VersionsTest, AnEditThatChangesNoConfigurationIsNeverRefused) {
    const DefinitionLimits limits{.versions = 3};
    Sink sink;
    sink.version.number = 2;
    EXPECT_EQ(next_version(sink, "c", {}, limits).value().number, 3U);
    sink.version.number = 3;
    EXPECT_EQ(next_version(sink, "d", {}, limits).error().code(), Code::conflict);
    EXPECT_EQ(next_version_if_left(sink, "d", {}, limits).number, 3U);
}

}  // namespace
}  // namespace millrace::definitions
