#include "core/mapping/media_type.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::mapping {
namespace {

TEST(MediaTypeTest, TellsJsonAndFormsFromOthers) {
    const std::vector<std::pair<std::string, MediaType>> table = {
        {"application/json", MediaType::json},
        {"Application/JSON", MediaType::json},
        {"application/vnd.x-1+json", MediaType::json},
        {"application/cloudevents+JSON; charset=UTF-8", MediaType::json},
        {"application/json;charset=utf-8", MediaType::json},
        {"application/json ; charset = \"utf-8\"", MediaType::json},
        {"application/json; odata=verbose; charset=utf8", MediaType::json},
        {"application/json; note=\"a;charset=x\"", MediaType::json},
        {"application/json; note=\"\\\";charset=x\"", MediaType::json},
        {"application/json;", MediaType::json},
        {"application/json; charset=iso-8859-1", MediaType::other},
        {"application/json; odata=verbose; Charset=utf-16", MediaType::other},
        {"application/x-www-form-urlencoded", MediaType::form},
        {"Application/X-WWW-Form-Urlencoded; charset=UTF-8", MediaType::form},
        {"application/x-www-form-urlencoded; charset=latin1", MediaType::other},
        {"", MediaType::other},
        {"text/plain", MediaType::other},
        {"text/json", MediaType::other},
        {"application/+json", MediaType::other},
        {"application/a_b+json", MediaType::other},
        {"application/a+b+json", MediaType::other},
        {"application/jsonx", MediaType::other},
        {"application/x-ndjson", MediaType::json_lines},
        {"application/jsonl; charset=UTF-8", MediaType::json_lines},
        {"Application/NDJSON", MediaType::json_lines},
        {"application/x-ndjson; charset=utf-16", MediaType::other},
        {"application/", MediaType::other},
        {"multipart/form-data; boundary=x", MediaType::other},
    };
    for (const auto& [text, expected] : table) EXPECT_EQ(media_type_of(text), expected) << text;
}

}  // namespace
}  // namespace millrace::mapping
