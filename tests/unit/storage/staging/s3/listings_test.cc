#include "storage/staging/s3/listings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::s3 {
namespace {

using testing::ElementsAre;

TEST(ListingsTest, PagesOfObjects) {
    const auto page =
        parse_objects(
            "<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>a</Key></Contents>"
            "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes><Contents><Key>c</Key></Contents>"
            "<NextContinuationToken>t+/=</NextContinuationToken></ListBucketResult>")
            .value();
    EXPECT_THAT(page.names, ElementsAre("a", "c"));
    EXPECT_EQ(page.next, "t+/=");
    const auto last = parse_objects("<ListBucketResult/>").value();
    EXPECT_TRUE(last.names.empty());
    EXPECT_EQ(last.next, "");
    EXPECT_EQ(parse_objects("<R><IsTruncated>true</IsTruncated></R>").error().code(),
              Code::unavailable);
    EXPECT_EQ(parse_objects("<R>").error().code(), Code::corrupt);
}

TEST(ListingsTest, PagesOfUploads) {
    const auto page =
        parse_uploads(
            "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
            "<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>"
            "<Upload><Key>k</Key><UploadId>u</UploadId></Upload>"
            "</ListMultipartUploadsResult>")
            .value();
    EXPECT_THAT(page.uploads, ElementsAre(Upload{.object = "k", .id = "u"}));
    EXPECT_EQ(page.next, (Upload{.object = "k", .id = "u"}));
    EXPECT_EQ(parse_uploads("<R><IsTruncated>true</IsTruncated></R>").error().code(),
              Code::unavailable);
}

TEST(ListingsTest, PartsAreNumberedAndEscaped) {
    EXPECT_EQ(
        complete_body({{.etag = "\"e<&>\"", .crc32c = "AAAAAA=="}, {.etag = "f", .crc32c = "x"}}),
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<Part><PartNumber>1</PartNumber><ETag>\"e&lt;&amp;&gt;\"</ETag>"
        "<ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part>"
        "<Part><PartNumber>2</PartNumber><ETag>f</ETag><ChecksumCRC32C>x</ChecksumCRC32C></Part>"
        "</CompleteMultipartUpload>");
}

}  // namespace
}  // namespace millrace::s3
