#include "api/control/query_names.h"

#include <gtest/gtest.h>

#include "api/control/api_errors.h"

namespace millrace::control {
namespace {

// What is said of a query with one name; empty: it is taken.
std::string said_of(const std::string& given, const std::vector<std::string>& known) {
    Request request;
    request.query.emplace(given, "true");
    const auto checked = check_query_names(request, known);
    if (checked.ok()) return "";
    EXPECT_EQ(checked.error().code(), Code::invalid);
    EXPECT_EQ(checked.error().name(), kBadRequest);
    return checked.error().client_text();
}

TEST(QueryNamesTest, OneThatThereIsNotIsRefusedWithThoseThatThereAre) {
    const std::vector<std::string> known = {"cascade", "wait"};
    EXPECT_EQ(said_of("cascade", known), "");
    EXPECT_EQ(said_of("wait", known), "");
    EXPECT_EQ(said_of("cascad", known),
              "unknown parameter \"cascad\" in the query; did you mean cascade? There are "
              "\"cascade\", \"wait\"");
    EXPECT_EQ(said_of("Cascade", known),
              "unknown parameter \"Cascade\" in the query; did you mean cascade? There are "
              "\"cascade\", \"wait\"");
    EXPECT_EQ(said_of("pretty", known),
              "unknown parameter \"pretty\" in the query, there are \"cascade\", \"wait\"");
    EXPECT_EQ(said_of("limit", {"wait"}),
              "unknown parameter \"limit\" in the query, there is \"wait\"");
    EXPECT_EQ(said_of("limit", {}),
              "unknown parameter \"limit\" in the query, the endpoint has none");
}

TEST(QueryNamesTest, WhatIsRepeatedOfTheRequestIsCut) {
    EXPECT_LT(said_of(std::string(10'000, 'x'), {"wait"}).size(), 200U);
}

TEST(QueryNamesTest, AQueryThatIsEmptyHasNoUnknownName) {
    EXPECT_TRUE(check_query_names(Request(), {}).ok());
}

}  // namespace
}  // namespace millrace::control
