#include "api/http/tls_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temp_directory.h"

namespace millrace::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TlsFilesTest : public testing::Test {
protected:
    std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
    void write(const std::string& name, const std::string& text = "x") {
        std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
        std::ofstream(path(name)) << text;
    }
    TlsFiles folder() const {
        return {.certificate = directory_.path(), .key = {}, .client_ca = {}};
    }
    std::string refusal() const {
        const auto pairs = tls_pairs(folder());
        return pairs.ok() ? "" : pairs.error().client_text();
    }

    testing_support::TempDirectory directory_;
};

TEST_F(TlsFilesTest, AFileWithItsKeyIsOnePair) {
    const auto pairs = tls_pairs({.certificate = "c", .key = "k", .client_ca = {}});
    ASSERT_TRUE(pairs.ok());
    EXPECT_THAT(pairs.value(), ElementsAre(TlsPair{.certificate = "c", .key = "k"}));
}

TEST_F(TlsFilesTest, AFolderHasThoseOfCertbotAndPairsOfFilesByName) {
    write("README");
    write("a.pem");
    write("z.key");
    write("two.example.crt");
    write("two.example.key");
    write("one.example/fullchain.pem");
    write("one.example/privkey.pem");
    write("one.example/chain.pem");
    write("others/notes.txt");
    const auto pairs = tls_pairs(folder());
    ASSERT_TRUE(pairs.ok()) << pairs.error().client_text();
    EXPECT_THAT(pairs.value(), ElementsAre(TlsPair{.certificate = path("one.example/fullchain.pem"),
                                                   .key = path("one.example/privkey.pem")},
                                           TlsPair{.certificate = path("two.example.crt"),
                                                   .key = path("two.example.key")}));
}

TEST_F(TlsFilesTest, WhatIsMissingIsNamed) {
    EXPECT_THAT(refusal(), HasSubstr("has no certificate; a folder must have"));
    write("a.crt");
    EXPECT_THAT(refusal(), HasSubstr("a.key"));
    write("a.key");
    EXPECT_EQ(refusal(), "");
    write("b/fullchain.pem");
    EXPECT_THAT(refusal(), HasSubstr("b/privkey.pem"));
    EXPECT_FALSE(tls_pairs({.certificate = path("nothing"), .key = {}, .client_ca = {}}).ok());
}

TEST_F(TlsFilesTest, EveryChangeOfAFolderIsSeen) {
    write("a.crt");
    write("a.key");
    auto seen = identity_of(folder());
    EXPECT_EQ(identity_of(folder()), seen);
    const auto expect_changed = [&] {
        const auto now = identity_of(folder());
        EXPECT_NE(now, seen);
        seen = now;
    };
    write("b.crt");
    expect_changed();
    write("b.key");
    expect_changed();
    write("b.key", "longer");
    expect_changed();
    std::filesystem::remove(path("a.crt"));
    expect_changed();
}

}  // namespace
}  // namespace millrace::http
