#include "core/pipeline/secret_names.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::pipeline {
namespace {

TEST(SecretNamesTest, ParametersAreMaskedHoweverTheirNamesAreWritten) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"api_key=a&n=1", "api_key=***&n=1"},
        {"api_%6bey=a&pass%77ord=b&n=1", "api_%6bey=***&pass%77ord=***&n=1"},
        {"%61%50%49%4B%45%59=a", "%61%50%49%4B%45%59=***"},
        {"k%65y=a&k%6", "k%65y=***&k%6"},
        {"%zz=a&%=b&%6=c&n%20=d", "%zz=a&%=b&%6=c&n%20=d"},
        {"", ""},
    };
    for (const auto& [query, wanted] : cases) {
        SCOPED_TRACE(query);
        EXPECT_EQ(with_masked_parameters(query), wanted);
    }
    EXPECT_EQ(with_masked_url("http://x/y?t%6Fken=a"), "http://x/y?t%6Fken=***");
}

}  // namespace
}  // namespace millrace::pipeline
