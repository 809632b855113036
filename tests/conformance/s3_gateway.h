#pragma once
// S3Gateway: a real S3 server (versitygw) on a free port of loopback, for one test program.
//
// See  scripts/setup --tests, which builds it where there is a Go compiler.

#include <sys/types.h>

#include <string>

#include "tests/support/temp_directory.h"

namespace millrace::conformance {

class S3Gateway {
public:
    static constexpr auto kAccessKey = "testkey";
    static constexpr auto kSecretKey = "testsecret";

    // The one of this program, started with the first call. Null if it cannot be had here.
    static S3Gateway* shared();
    static std::string why_not();  // then

    ~S3Gateway();
    S3Gateway(const S3Gateway&) = delete;
    S3Gateway& operator=(const S3Gateway&) = delete;

    std::string endpoint() const;
    // Its folder of objects; a folder in it is a bucket.
    std::string objects() const { return directory_ / "objects"; }

private:
    explicit S3Gateway(const std::string& program);
    bool answers() const;

    testing_support::TempDirectory directory_;
    int port_ = 0;
    pid_t process_ = -1;
};

}  // namespace millrace::conformance
