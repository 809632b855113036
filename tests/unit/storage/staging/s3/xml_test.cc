#include "storage/staging/s3/xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::s3 {
namespace {

const std::string kList =
    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a list -->\n"
    "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\" a='>'>"
    "<Name>lake</Name><Empty/><KeyCount >2</KeyCount >\n"
    "<Contents><Key>a&amp;b&#x20;&#228;&lt;</Key><Size>1</Size></Contents>"
    "<x:Contents><x:Key><![CDATA[<raw>&]]></x:Key></x:Contents>"
    "</ListBucketResult>\n<!-- end -->";

TEST(XmlTest, ElementsTextAndEntities) {
    const auto root = parse_xml(kList).value();
    EXPECT_EQ(root.name, "ListBucketResult");
    EXPECT_EQ(root.text_of("Name"), "lake");
    EXPECT_EQ(root.text_of("KeyCount"), "2");
    EXPECT_NE(root.child("Empty"), nullptr);
    EXPECT_EQ(root.child("Nothing"), nullptr);
    EXPECT_EQ(root.text_of("Nothing"), "");
    ASSERT_EQ(root.children.size(), 5U);
    EXPECT_EQ(root.children[3].text_of("Key"), "a&b \xC3\xA4<");
    EXPECT_EQ(root.children[4].text_of("Key"), "<raw>&");
}

// Goal    a list that was cut off is never taken for a shorter one.
TEST(XmlTest, EveryBeginningAloneIsAnError) {
    const auto end = kList.rfind("</ListBucketResult>") + std::string("</ListBucketResult>").size();
    for (std::size_t size = 0; size < end; ++size) {
        const auto cut = parse_xml(std::string_view(kList).substr(0, size));
        ASSERT_FALSE(cut.ok()) << size;
        EXPECT_EQ(cut.error().code(), Code::corrupt);
    }
}

TEST(XmlTest, WhatIsNoSuchDocumentIsRefused) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<a>";
    for (const auto& text :
         {std::string("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"), std::string("<a>&b;</a>"),
          std::string("<a>&#0;</a>"), std::string("<a>&#xD800;</a>"),
          std::string("<a>&#x110000;</a>"), std::string("<a>& </a>"), std::string("<a></b>"),
          std::string("<a><b></a></b>"), std::string("<a></a><a></a>"), std::string("<a></a>x"),
          std::string("x<a></a>"), std::string("<></>"), std::string("<a <b></a>"),
          std::string("{}"), std::string("<html><br></html>"), std::string("<a>\0</a", 7), deep}) {
        SCOPED_TRACE(text.substr(0, 40));
        EXPECT_EQ(parse_xml(text).error().code(), Code::corrupt);
    }
}

}  // namespace
}  // namespace millrace::s3
