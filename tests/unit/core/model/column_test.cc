#include "core/model/column.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(ColumnTest, EveryTypeHasItsWireName) {
    using enum ColumnType;
    const std::pair<ColumnType, const char*> cases[] = {{uuid, "uuid"},
                                                        {datetime, "datetime"},
                                                        {ip, "ip"},
                                                        {body, "body"},
                                                        {headers, "headers"},
                                                        {path, "path"},
                                                        {jsonnet, "template"},
                                                        {header, "header"},
                                                        {query, "query"},
                                                        {client_certificate, "clientCertificate"}};
    for (const auto& [type, text] : cases) {
        EXPECT_EQ(to_string(type), text);
        EXPECT_EQ(column_type_from(text), type);
    }
}

TEST(ColumnTest, AliasesAreAcceptedAndOtherTextsAreNot) {
    EXPECT_EQ(column_type_from("id"), ColumnType::uuid);
    EXPECT_EQ(column_type_from("json"), ColumnType::path);
    for (const auto* text : {"", "UUID", "Json", "uuid ", "string"}) {
        EXPECT_EQ(column_type_from(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace millrace
