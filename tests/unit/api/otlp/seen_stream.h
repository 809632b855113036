#pragma once
// SeenStream: what a client of gRPC sees of an answer.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "api/http/door.h"

namespace millrace::otlp {

class SeenStream final : public http::ResponseWriter, public http::AnswerStream {
public:
    void reply(const http::Answer&) override { FAIL() << "not as gRPC"; }
    void reply_ok(int, std::string_view) override { FAIL() << "not as gRPC"; }
    void allow_scripts(std::string_view) override {}
    void resume_body() override {}
    AnswerStream* stream() override { return this; }

    void begin(int answered, std::string_view lines) override {
        status = answered;
        headers = lines;
    }
    void write(std::string_view part) override { body += part; }
    std::size_t unsent() const override { return 0; }
    void end(std::string_view lines) override { trailers = lines; }

    int status = 0;
    std::string headers;
    std::string body;
    std::string trailers;
};

}  // namespace millrace::otlp
