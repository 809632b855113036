#include "api/upload/answer_link.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::upload {
namespace {

// Keeps what is written; the client may not read.
class FakeWriter final : public http::ResponseWriter, public http::AnswerStream {
public:
    explicit FakeWriter(bool has_parts) : has_parts_(has_parts) {}

    void reply(const http::Answer& given) override { answer = given; }
    void reply_ok(int, std::string_view) override {}
    http::AnswerStream* stream() override { return has_parts_ ? this : nullptr; }
    void allow_scripts(std::string_view) override {}
    void resume_body() override { ++resumed; }

    void begin(int status_, std::string_view headers_) override {
        status = status_;
        headers = headers_;
    }
    void write(std::string_view part) override { written += part; }
    std::size_t unsent() const override { return unsent_bytes; }
    void end(std::string_view trailers_) override { trailers = trailers_; }

    std::optional<http::Answer> answer;
    int status = 0;
    std::string headers;
    std::string written;
    std::optional<std::string> trailers;
    std::size_t unsent_bytes = 0;
    int resumed = 0;

private:
    const bool has_parts_;
};

UploadOutcome done(std::uint64_t rows) {
    UploadOutcome outcome;
    outcome.request_id = "r";
    outcome.query_id = "q";
    outcome.rows = rows;
    outcome.batches = 3;
    outcome.is_visible = true;
    return outcome;
}

UploadOutcome failed() {
    UploadOutcome outcome;
    outcome.failure = UploadFailure{.status = 422,
                                    .name = "stream.upload.invalidValue",
                                    .message = "Row 3: no",
                                    .row = bulk::RowFault{.row = 3,
                                                          .line = 4,
                                                          .column = "age",
                                                          .text = "3,x",
                                                          .reason = "no",
                                                          .is_shape = false}};
    return outcome;
}

TEST(AnswerLinkTest, AnswersOnceWithoutParts) {
    FakeWriter writer(false);
    AnswerLink link(writer, "r", "q");
    EXPECT_FALSE(link.has_parts());
    link.show({.batches = 1, .rows = 1000, .bytes = 10});
    link.end(done(2500));
    ASSERT_TRUE(writer.answer);
    EXPECT_EQ(writer.written, "");
    EXPECT_EQ(writer.answer->status, 200);
    EXPECT_EQ(writer.answer->body.find('\n'), writer.answer->body.size() - 1);
    const auto json = nlohmann::json::parse(writer.answer->body);
    EXPECT_EQ(json["final"], true);
    EXPECT_EQ(json["state"], "done");
    EXPECT_EQ(json["rowsTotal"], 2500);
    EXPECT_EQ(json["batch"], 3);
}

TEST(AnswerLinkTest, WaitsForTheEndOfABodyThatItsClientStillSends) {
    FakeWriter writer(false);
    AnswerLink link(writer, "r", "q");
    link.reply().is_body_coming = true;
    link.end(failed());
    EXPECT_FALSE(writer.answer);
    EXPECT_EQ(writer.resumed, 1);
    link.reply().end_wait();
    ASSERT_TRUE(writer.answer);
    EXPECT_EQ(writer.answer->status, 422);
}

TEST(AnswerLinkTest, WritesALineForWhatIsDurable) {
    FakeWriter writer(true);
    AnswerLink link(writer, "r", "q");
    link.show({.batches = 1, .rows = 1000, .bytes = 10});
    EXPECT_EQ(writer.status, 200);
    EXPECT_NE(writer.headers.find("content-type: application/x-ndjson\r\n"), std::string::npos);
    EXPECT_EQ(
        writer.written,
        R"({"requestId":"r","queryId":"q","batch":1,"rows":1000,"rowsTotal":1000,"bytes":10,"offset":10})"
        "\n");
    link.end(done(1500));
    EXPECT_EQ(writer.trailers, "");
    EXPECT_NE(writer.written.find("\"final\":true"), std::string::npos);
    EXPECT_EQ(link.writer(), nullptr);
}

TEST(AnswerLinkTest, MergesLinesThatNobodyReads) {
    FakeWriter writer(true);
    AnswerLink link(writer, "r", "q");
    writer.unsent_bytes = 1 << 20;
    for (std::uint64_t batch = 1; batch <= 100; ++batch) {
        link.show({.batches = batch, .rows = 1000 * batch, .bytes = 10 * batch});
    }
    EXPECT_EQ(writer.written, "");
    writer.unsent_bytes = 0;
    link.look();
    link.look();
    EXPECT_EQ(
        writer.written,
        R"({"requestId":"r","queryId":"q","batch":100,"rows":100000,"rowsTotal":100000,"bytes":1000,"offset":1000})"
        "\n");
}

TEST(AnswerLinkTest, TellsAFailureByItsStatusOrByATrailer) {
    FakeWriter early(true);
    AnswerLink first(early, "r", "q");
    first.reply().is_body_coming = true;
    first.end(failed());
    ASSERT_TRUE(early.answer) << "before the first line it is an answer as any other";
    EXPECT_EQ(early.answer->status, 422);

    FakeWriter late(true);
    AnswerLink second(late, "r", "q");
    second.show({.batches = 1, .rows = 1000, .bytes = 10});
    second.end(failed());
    EXPECT_EQ(late.status, 200);
    EXPECT_EQ(late.trailers, "x-upload-status: 422\r\n");
    const auto line = late.written.substr(late.written.find('\n') + 1);
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["state"], "cancelled");
    EXPECT_EQ(json["row"], 3);
    EXPECT_EQ(json["column"], "age");
    EXPECT_EQ(json["text"], "3,x");
}

}  // namespace
}  // namespace millrace::upload
