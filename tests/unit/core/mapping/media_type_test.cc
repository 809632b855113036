#include "core/mapping/media_type.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::mapping {
namespace {

TEST(MediaTypeTest, TellsJsonAndFormsFromOthers) {
    const std::vector<std::pair<std::string, BodyType>> table = {
        {"application/json", {MediaType::json}},
        {"Application/JSON", {MediaType::json}},
        {"application/vnd.x-1+json", {MediaType::json}},
        {"application/cloudevents+JSON; charset=UTF-8", {MediaType::json}},
        {"application/json;charset=utf-8", {MediaType::json}},
        {"application/json ; charset = \"utf-8\"", {MediaType::json}},
        {"application/json; odata=verbose; charset=utf8", {MediaType::json}},
        {"application/json; note=\"a;charset=x\"", {MediaType::json}},
        {"application/json; note=\"\\\";charset=x\"", {MediaType::json}},
        {"application/json;", {MediaType::json}},
        {"application/json; charset=iso-8859-1", {MediaType::json, Charset::windows_1252}},
        {"application/json; odata=verbose; Charset=utf-16", {MediaType::json, Charset::utf_16le}},
        {"application/x-www-form-urlencoded", {MediaType::form}},
        {"Application/X-WWW-Form-Urlencoded; charset=UTF-8", {MediaType::form}},
        {"application/x-www-form-urlencoded; charset=latin1",
         {MediaType::form, Charset::windows_1252}},
        {"", {MediaType::other}},
        {"text/plain", {MediaType::text}},
        {"Text/Plain; charset=UTF-8", {MediaType::text}},
        {"text/plain; charset=x-unknown", {MediaType::other}},
        {"text/plain; charset=utf-16BE", {MediaType::text, Charset::utf_16be}},
        {"application/json; charset=us-ascii", {MediaType::json}},
        {"application/json; charset=gb2312", {MediaType::other}},
        {"application/x-www-form-urlencoded; charset=utf-16", {MediaType::other}},
        {"text/json", {MediaType::other}},
        {"application/+json", {MediaType::other}},
        {"application/a_b+json", {MediaType::other}},
        {"application/a+b+json", {MediaType::other}},
        {"application/jsonx", {MediaType::other}},
        {"application/x-ndjson", {MediaType::json_lines}},
        {"application/jsonl; charset=UTF-8", {MediaType::json_lines}},
        {"Application/NDJSON", {MediaType::json_lines}},
        {"application/x-ndjson; charset=utf-16", {MediaType::json_lines, Charset::utf_16le}},
        {"application/", {MediaType::other}},
        {"multipart/form-data; boundary=x", {MediaType::other}},
    };
    for (const auto& [text, expected] : table) EXPECT_EQ(body_type_of(text), expected) << text;
}

}  // namespace
}  // namespace millrace::mapping
