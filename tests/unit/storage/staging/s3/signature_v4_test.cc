// Goal    signatures are those that servers compute.
// Method  the examples of the AWS documentation: "Signature Calculations for the Authorization
//         Header: Transferring Payload in a Single Chunk".

#include "storage/staging/s3/signature_v4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/staging/s3/digests.h"

namespace millrace::s3 {
namespace {

using testing::HasSubstr;

const Credentials kKeys{.access_key = "AKIAIOSFODNN7EXAMPLE",
                        .secret_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                        .session_token = {}};

SignedParts example(std::string method, std::string path, Query query, Headers more,
                    std::string_view body = {}) {
    more["host"] = "examplebucket.s3.amazonaws.com";
    more["x-amz-content-sha256"] = sha256_hex(body);
    more["x-amz-date"] = "20130524T000000Z";
    return {.method = std::move(method),
            .path = std::move(path),
            .query = std::move(query),
            .headers = std::move(more)};
}

std::string signature_of(const SignedParts& parts) {
    const auto text = authorization(parts, "us-east-1", kKeys);
    return text.substr(text.find("Signature=") + 10);
}

TEST(SignatureV4Test, GetOfARange) {
    const auto parts = example("GET", "/test.txt", {}, {{"range", "bytes=0-9"}});
    EXPECT_EQ(canonical_request(parts),
              "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
              "x-amz-content-sha256:"
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
              "x-amz-date:20130524T000000Z\n\n"
              "host;range;x-amz-content-sha256;x-amz-date\n"
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(authorization(parts, "us-east-1", kKeys),
              "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
              "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
              "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SignatureV4Test, PutOfANameThatIsEncoded) {
    const auto parts = example(
        "PUT", "/test$file.text", {},
        {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
        "Welcome to Amazon S3.");
    EXPECT_THAT(canonical_request(parts), HasSubstr("PUT\n/test%24file.text\n"));
    EXPECT_EQ(signature_of(parts),
              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SignatureV4Test, QueryWithoutAValue) {
    EXPECT_EQ(signature_of(example("GET", "/", {{"lifecycle", ""}}, {})),
              "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(SignatureV4Test, QueryIsSortedWhateverItsOrder) {
    const auto wanted = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
    EXPECT_EQ(signature_of(example("GET", "/", {{"max-keys", "2"}, {"prefix", "J"}}, {})), wanted);
    EXPECT_EQ(signature_of(example("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {})), wanted);
    EXPECT_EQ(canonical_query({{"b", "x/y z"}, {"a", "\xC3\xA4"}}), "a=%C3%A4&b=x%2Fy%20z");
}

TEST(SignatureV4Test, DatesHaveSeconds) {
    EXPECT_EQ(amz_date(WallTime{1369353600999}), "20130524T000000Z");
}

}  // namespace
}  // namespace millrace::s3
