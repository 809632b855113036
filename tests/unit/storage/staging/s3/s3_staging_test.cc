// Goal    what is S3's own: parts, pieces, pages, and what a server may get wrong with them. What
//         every staging does is in tests/conformance, over a real server.

#include "storage/staging/s3/s3_staging.h"

#include <sstream>

#include "tests/unit/storage/staging/s3/staging_on_server.h"

namespace millrace::s3 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using S3StagingTest = StagingTest;

const std::string kObject = "/lake/p/7/a.csv";

Reply created() {
    return {.body =
                "<InitiateMultipartUploadResult><UploadId>u&amp;1</UploadId>"
                "</InitiateMultipartUploadResult>"};
}
Reply part_taken() {
    return {.headers = {{"ETag", "\"e\""}}};
}
Reply completed() {
    return {.body = "<CompleteMultipartUploadResult/>"};
}

// Answers an upload in parts, and `last` to its completion.
FaultServer::Answers uploads_ending(std::function<Reply(std::size_t)> last) {
    return [last = std::move(last), completions = std::size_t{0}](const SeenRequest& request,
                                                                  auto) mutable {
        if (request.method == "POST" && request.target.ends_with("?uploads=")) return created();
        if (request.method == "PUT") return part_taken();
        if (request.method == "POST") return last(completions++);
        return Reply{.status = 204};
    };
}

TEST_F(S3StagingTest, ALargeObjectGoesInParts) {
    serve(uploads_ending([](auto) { return completed(); }));
    EXPECT_EQ(put(std::string(2500, 'x')).value(), 2500U);
    EXPECT_THAT(seen(), ElementsAre("POST " + kObject + "?uploads=",
                                    "PUT " + kObject + "?partNumber=1&uploadId=u%261",
                                    "PUT " + kObject + "?partNumber=2&uploadId=u%261",
                                    "PUT " + kObject + "?partNumber=3&uploadId=u%261",
                                    "POST " + kObject + "?uploadId=u%261"));
    const auto requests = server->seen();
    EXPECT_EQ(requests[0].headers.at("x-amz-checksum-algorithm"), "CRC32C");
    EXPECT_EQ(requests[3].body.size(), 500U);
    EXPECT_THAT(requests[4].body, HasSubstr("<PartNumber>3</PartNumber><ETag>\"e\"</ETag>"));
}

TEST_F(S3StagingTest, ACompletionIsTrueOnlyIfItSaysSo) {
    serve(uploads_ending([](std::size_t number) {
        if (number == 0) return Reply{.body = error_reply(200, "InternalError").body};
        if (number == 1) return Reply{.body = "<CompleteMultipartUploadResult>"};  // cut off
        if (number == 2) return Reply{};
        return completed();
    }));
    EXPECT_EQ(put(std::string(1000, 'x')).value(), 1000U);
    EXPECT_THAT(seen(), testing::SizeIs(6));
}

TEST_F(S3StagingTest, ACompletionWhoseAnswerIsLostIsUnknown) {
    serve(uploads_ending([](std::size_t number) {
        return number == 0 ? Reply{.end = Reply::End::no_answer} : error_reply(404, "NoSuchUpload");
    }));
    EXPECT_EQ(put(std::string(1000, 'x')).error().code(), Code::unknown_outcome);
}

TEST_F(S3StagingTest, WhatFailsInPartsIsAborted) {
    serve([](const SeenRequest& request, auto) {
        if (request.method == "POST") return created();
        if (request.method == "DELETE") return Reply{.status = 204};
        return request.target.find("partNumber=2") == std::string::npos
                   ? part_taken()
                   : Reply{.end = Reply::End::no_answer};
    });
    EXPECT_EQ(put(std::string(2500, 'x')).error().code(), Code::unavailable)
        << "a part is no object";
    EXPECT_EQ(seen().back(), "DELETE " + kObject + "?uploadId=u%261");
}

TEST_F(S3StagingTest, StoredBytesThatAreOthersAreNamed) {
    serve([](const auto&, auto) {
        return Reply{.headers = {{"x-amz-checksum-crc32c", "AAAAAA=="}}};
    });
    const auto failed = put("123456789");
    EXPECT_EQ(failed.error().code(), Code::unknown_outcome);
    EXPECT_THAT(failed.error().operator_text(),
                HasSubstr("has stored bytes with the CRC32C AAAAAA==, but 4waSgw== was sent"));
}

// Serves `object` by ranges, and ends each answer as `end_of` says.
FaultServer::Answers ranges_of(std::string object, std::function<Reply::End(std::size_t)> end_of) {
    return [=](const SeenRequest& request, std::size_t number) {
        const auto& range = request.headers.at("range");
        const auto first = std::stoul(range.substr(range.find('=') + 1));
        const auto wanted = std::stoul(range.substr(range.find('-') + 1));
        const auto last = std::min<std::size_t>(wanted, object.size() - 1);
        return Reply{.status = 206,
                     .headers = {{"ETag", "\"v1\""},
                                 {"Content-Range",
                                  fmt::format("bytes {}-{}/{}", first, last, object.size())}},
                     .body = object.substr(first, last - first + 1),
                     .end = end_of(number)};
    };
}

std::string text_of(std::size_t size) {
    std::string text;
    while (text.size() < size) text += fmt::format("{},", text.size());
    return text.substr(0, size);
}

TEST_F(S3StagingTest, WhatIsCutOffGoesOnWhereItEnded) {
    const auto object = text_of(2300);
    serve(ranges_of(object, [](std::size_t number) {
        return number % 2 == 0 ? Reply::End::half : Reply::End::whole;
    }));
    EXPECT_EQ(get().value(), object);
    std::vector<std::string> ranges;
    for (const auto& request : server->seen()) ranges.push_back(request.headers.at("range"));
    EXPECT_THAT(ranges, ElementsAre("bytes=0-999", "bytes=500-999", "bytes=1000-1999",
                                    "bytes=1500-1999", "bytes=2000-2999", "bytes=2150-2999"));
    EXPECT_FALSE(server->seen()[0].headers.contains("if-match"));
    EXPECT_EQ(server->seen()[1].headers.at("if-match"), "\"v1\"");
}

TEST_F(S3StagingTest, AnObjectThatIsReplacedAmidIsAnError) {
    const auto answers = ranges_of(text_of(2300), [](auto) { return Reply::End::whole; });
    serve([&](const SeenRequest& request, std::size_t number) {
        return number == 0 ? answers(request, number) : error_reply(412, "PreconditionFailed");
    });
    EXPECT_EQ(get().error().code(), Code::unavailable);
}

TEST_F(S3StagingTest, AServerThatMixesUpRangesIsNotBelieved) {
    for (const auto* range :
         {"bytes 1-999/2300", "bytes 0-9/2300", "bytes 0-999/*", "bytes 9-0/2300",
          "bytes 0-999/999", "items 0-999/2300", "", "bytes 0-99999999999999999999/2300"}) {
        SCOPED_TRACE(range);
        serve([&](const auto&, auto) {
            return Reply{
                .status = 206, .headers = {{"Content-Range", range}}, .body = text_of(1000)};
        });
        const auto failed = get();
        EXPECT_EQ(failed.error().code(), Code::unavailable);
        EXPECT_THAT(failed.error().operator_text(), HasSubstr("with another range"));
    }
}

TEST_F(S3StagingTest, AServerWithoutRangesIsFineForWhatFits) {
    serve([](const auto&, auto) { return Reply{.body = "<a>,1\n"}; });
    EXPECT_EQ(get().value(), "<a>,1\n");
}

TEST_F(S3StagingTest, OnlyTheServersWordMakesAnObjectMissing) {
    serve([](const auto&, auto) { return error_reply(404, "NoSuchKey"); });
    EXPECT_EQ(get().error().code(), Code::not_found);
    EXPECT_TRUE(staging->remove("7/a.csv").ok());
    serve([](const auto&, auto) { return Reply{.status = 404}; });
    EXPECT_EQ(get().error().code(), Code::unavailable);
    EXPECT_EQ(staging->remove("7/a.csv").error().code(), Code::unavailable);
}

Reply page(const std::string& keys, const std::string& next) {
    std::string body = "<ListBucketResult><IsTruncated>";
    body += next.empty() ? "false</IsTruncated>" : "true</IsTruncated>";
    if (!next.empty()) body += "<NextContinuationToken>" + next + "</NextContinuationToken>";
    std::istringstream names(keys);
    for (std::string name; names >> name;) body += "<Contents><Key>" + name + "</Key></Contents>";
    return {.body = body + "</ListBucketResult>"};
}

TEST_F(S3StagingTest, AListGoesOnByTheServersTokens) {
    serve([](const auto&, std::size_t number) {
        if (number == 0) return page("p/1/a p/1/B p/_other", "t/1");
        if (number == 1) return page("", "t/2");  // allowed, if strange
        return page("p/2/c", "");
    });
    EXPECT_THAT(list(2).value(), ElementsAre("1/a", "2/c"));
    EXPECT_THAT(seen(),
                ElementsAre("GET /lake?list-type=2&max-keys=2&prefix=p%2F&start-after=p%2F0",
                            "GET /lake?continuation-token=t%2F1&list-type=2&max-keys=1&prefix=p%2F"
                            "&start-after=p%2F0",
                            "GET /lake?continuation-token=t%2F2&list-type=2&max-keys=1&prefix=p%2F"
                            "&start-after=p%2F0"));
}

TEST_F(S3StagingTest, AListThatCannotBeOneIsAnError) {
    for (const auto& reply :
         {page("p/2/b p/1/a", ""), page("p/1/a p/1/a", ""),
          Reply{.body = "<ListBucketResult><Contents><Key>p/1/a</Key></Contents>"},
          Reply{.body = "<html/>"}, Reply{}}) {
        SCOPED_TRACE(reply.body);
        serve([&](const auto&, auto) { return reply; });
        EXPECT_EQ(list().error().code(), Code::unavailable);
    }
}

TEST_F(S3StagingTest, AListThatGoesInCirclesEnds) {
    serve([](const auto&, auto) { return page("", "same"); });
    EXPECT_EQ(list().error().code(), Code::unavailable);
}

// Goal    parts of uploads that nobody goes on with are paid for by no one.
// Method  uploads of a process that ended, of others, and one of our own that is under way.
TEST_F(S3StagingTest, AbandonedUploadsAreAbortedOnceADay) {
    serve([](const SeenRequest& request, auto) {
        if (request.target.find("key-marker=p") != std::string::npos) {
            return Reply{.body =
                             "<ListMultipartUploadsResult><Upload><Key>p/9/z.csv</Key>"
                             "<UploadId>3</UploadId></Upload></ListMultipartUploadsResult>"};
        }
        if (request.target.find("uploads=") != std::string::npos) {
            return Reply{.body =
                             "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
                             "<NextKeyMarker>p/1/a.csv</NextKeyMarker>"
                             "<NextUploadIdMarker>1</NextUploadIdMarker>"
                             "<Upload><Key>p/1/a.csv</Key><UploadId>1</UploadId></Upload>"
                             "<Upload><Key>q/1/a.csv</Key><UploadId>2</UploadId></Upload>"
                             "</ListMultipartUploadsResult>"};
        }
        if (request.method == "DELETE") {
            return request.target.ends_with("=3") ? error_reply(404, "NoSuchUpload")
                                                  : Reply{.status = 204};
        }
        return page("", "");
    });
    const Staging::ListPage first{.prefix = {}, .after = {}, .limit = 10};
    EXPECT_THAT(staging->list(first).value(), IsEmpty());
    EXPECT_THAT(staging->list(first).value(), IsEmpty());
    EXPECT_THAT(
        seen(),
        ElementsAre("GET /lake?prefix=p%2F&uploads=", "DELETE /lake/p/1/a.csv?uploadId=1",
                    "GET /lake?key-marker=p%2F1%2Fa.csv&prefix=p%2F&upload-id-marker=1&uploads=",
                    "DELETE /lake/p/9/z.csv?uploadId=3",
                    "GET /lake?list-type=2&max-keys=10&prefix=p%2F",
                    "GET /lake?list-type=2&max-keys=10&prefix=p%2F"));
    EXPECT_EQ(aborted, 2U);
    EXPECT_EQ(not_aborted, 0);
}

TEST_F(S3StagingTest, AListDoesNotFailForUploadsThatCannotBeAborted) {
    serve([](const SeenRequest& request, auto) {
        return request.target.find("uploads=") != std::string::npos
                   ? error_reply(501, "NotImplemented")
                   : page("p/1/a", "");
    });
    EXPECT_THAT(staging->list({.prefix = {}, .after = {}, .limit = 10}).value(),
                ElementsAre("1/a"));
    EXPECT_EQ(not_aborted, 1);
}

// Goal    an upload of this very process is never taken for an abandoned one.
// Method  the list comes while the upload waits for its source in the middle.
TEST_F(S3StagingTest, AnUploadUnderWayIsNotAborted) {
    serve([](const SeenRequest& request, auto) {
        if (request.method == "GET" && request.target.find("uploads=") != std::string::npos) {
            return Reply{.body =
                             "<ListMultipartUploadsResult><Upload><Key>p/7/a.csv</Key>"
                             "<UploadId>u&amp;1</UploadId></Upload>"
                             "</ListMultipartUploadsResult>"};
        }
        if (request.method == "GET") return page("", "");
        if (request.method == "PUT") return part_taken();
        return request.target.ends_with("?uploads=") ? created() : completed();
    });
    class ListingSource : public ByteSource {
    public:
        explicit ListingSource(Staging& staging) : staging_(staging) {}
        Result<std::size_t> read(std::span<char> buffer) override {
            if (++reads_ > 3) return std::size_t{0};
            if (reads_ == 3) {
                EXPECT_TRUE(staging_.list({.prefix = {}, .after = {}, .limit = 10}).ok());
            }
            const auto count = std::min<std::size_t>(buffer.size(), 1000);
            std::fill_n(buffer.begin(), count, 'x');
            return count;
        }

    private:
        Staging& staging_;
        int reads_ = 0;
    } source(*staging);
    EXPECT_TRUE(staging->put("7/a.csv", source).ok());
    for (const auto& request : seen()) EXPECT_THAT(request, testing::Not(HasSubstr("DELETE")));
    EXPECT_EQ(aborted, 0U);
}

TEST_F(S3StagingTest, APrefixIsPartsOfVisibleAscii) {
    for (const auto* prefix : {"a", "/", "/a/", "a//b/", "a b/", "\xC3\xA4/"}) {
        auto made = S3Staging::make(
            {.client = {.address = {.endpoint = "http://h", .region = "r", .bucket = "b"}},
             .prefix = prefix},
            {.clock = std::make_unique<os::SystemClock>(),
             .rng = std::make_unique<os::SystemRng>(),
             .credentials = CredentialSource({}, {}),
             .events = {}});
        EXPECT_EQ(made.error().code(), Code::invalid) << prefix;
    }
}

}  // namespace
}  // namespace millrace::s3
