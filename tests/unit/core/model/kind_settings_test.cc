#include "core/model/kind_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::Pair;

const std::string kGeneral = "source.http.limit.records";
const std::string kOwn = "source.kafka.limit";

TEST(KindSettingsTest, AGeneralSettingIsFoundAndOneOfTheKindButNoOther) {
    const SettingSpec specs[] = {{.key = kOwn, .default_value = false, .description = ""}};
    EXPECT_EQ(find_setting(kGeneral, specs), find_setting(kGeneral));
    EXPECT_EQ(find_setting(kOwn, specs), &specs[0]);
    EXPECT_EQ(find_setting(kOwn, {}), nullptr);
    EXPECT_TRUE(kOwn.starts_with(setting_prefix(SourceKindName("kafka"))));
}

TEST(KindSettingsTest, TheSourceSetsWhatTheNodeSetsOtherwiseAndGeneralOnesAreLeftOut) {
    const SettingOverrides node = {{kGeneral, std::int64_t{1}},
                                   {kOwn, std::int64_t{1}},
                                   {"source.kafka.other", std::int64_t{5}}};
    const SettingOverrides source = {{kGeneral, std::int64_t{2}}, {kOwn, std::int64_t{2}}};
    EXPECT_THAT(kind_overrides({.node = node, .source = source}),
                ElementsAre(Pair(kOwn, SettingValue(std::int64_t{2})),
                            Pair("source.kafka.other", SettingValue(std::int64_t{5}))));
}

}  // namespace
}  // namespace millrace
