#include "storage/staging/s3/s3_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "storage/os/private_file.h"
#include "tests/support/temp_directory.h"

namespace millrace::s3 {
namespace {

using testing::HasSubstr;

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

TEST(CredentialsTest, ProfilesOfAFile) {
    const std::string text =
        "# keys\r\n[default]\r\naws_access_key_id = AK\r\naws_secret_access_key=a=b/c\r\n"
        "region = x\n\n; more\n[ job ]\naws_access_key_id=JK\naws_secret_access_key=JS\n"
        "aws_session_token=JT";
    const auto keys = parse_credentials_file(text, "default").value();
    EXPECT_EQ(keys.access_key, "AK");
    EXPECT_EQ(keys.secret_key.expose(), "a=b/c");
    EXPECT_EQ(keys.session_token, "");
    const auto job = parse_credentials_file(text, "job").value();
    EXPECT_EQ(job.access_key, "JK");
    EXPECT_EQ(job.session_token, "JT");
}

TEST(CredentialsTest, WhatAFileLacksIsNamed) {
    EXPECT_THAT(parse_credentials_file("", "default").error().client_text(),
                HasSubstr("no profile [default]"));
    EXPECT_THAT(parse_credentials_file("[a]\naws_access_key_id=x\n", "a").error().client_text(),
                HasSubstr("lacks aws_access_key_id or aws_secret_access_key"));
    EXPECT_FALSE(parse_credentials_file("[\naws_access_key_id\n=\n", "a").ok());
}

struct CredentialSourceTest : testing::Test {
    testing_support::TempDirectory directory;
    static Result<std::string> read_file(const std::string& path) {
        return os::read_small_file(path, 64 << 10);
    }
    const std::string path = directory / "keys";
};

TEST_F(CredentialSourceTest, AFileCountsAsItIsNow) {
    const CredentialSource source(read_file, {.credentials_file = path});
    const auto missing = source.read();
    EXPECT_EQ(missing.error().code(), Code::unavailable);
    EXPECT_THAT(missing.error().operator_text(), HasSubstr(path));

    write(path, "[default]\naws_access_key_id=a\naws_secret_access_key=b\n");
    EXPECT_EQ(source.read().value().secret_key.expose(), "b");
    write(path, "[default]\naws_access_key_id=a\naws_secret_access_key=c\n");
    EXPECT_EQ(source.read().value().secret_key.expose(), "c");
    write(path, "[default]\n");
    EXPECT_EQ(source.read().error().code(), Code::unavailable);
    std::filesystem::remove(path);
    EXPECT_EQ(source.read().error().code(), Code::unavailable) << "amid a change";
}

TEST_F(CredentialSourceTest, ASecretInAFileOfItsOwn) {
    const CredentialSource source(read_file, {.access_key = "a", .secret_key_file = path});
    write(path, " s3cret\n");
    EXPECT_EQ(source.read().value().secret_key.expose(), "s3cret");
    for (const auto& bad : {std::string(), std::string("\n"), std::string("a\nb"),
                            std::string("a\0b", 3), std::string(100'000, 'x')}) {
        write(path, bad);
        EXPECT_EQ(source.read().error().code(), Code::unavailable);
    }
}

}  // namespace
}  // namespace millrace::s3
