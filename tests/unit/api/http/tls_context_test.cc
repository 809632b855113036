#include "api/http/tls_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "api/http/self_signed.h"
#include "tests/support/temp_directory.h"

namespace millrace::http {
namespace {

using testing::HasSubstr;

constexpr WallTime kNow{1'700'000'000'000};

class TlsContextTest : public testing::Test {
protected:
    TlsContextTest() { write(made_); }

    std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) {
        const auto path = directory_.path() + "/" + name;
        std::ofstream(path) << text;
        ::chmod(path.c_str(), mode);
        return path;
    }
    void write(const SelfSigned& made) {
        files_ = {.certificate = write("c.pem", made.certificate),
                  .key = write("k.pem", made.key),
                  .client_ca = {}};
    }
    std::string refusal(WallTime now = kNow) const {
        const auto loaded = TlsContext::load(files_, now);
        return loaded.ok() ? "" : loaded.error().client_text();
    }

    testing_support::TempDirectory directory_;
    const SelfSigned made_ = make_self_signed({"localhost", "::1", "a.example"}, kNow).value();
    TlsFiles files_;
};

TEST_F(TlsContextTest, ASelfSignedCertificateCanBeUsedForAYear) {
    const auto loaded = TlsContext::load(files_, kNow);
    ASSERT_TRUE(loaded.ok()) << loaded.error().client_text();
    EXPECT_THAT(loaded.value()->certificates().front().subject, HasSubstr("CN = localhost"));
    EXPECT_EQ(loaded.value()->expires() - kNow, std::chrono::hours(365 * 24));
    EXPECT_EQ(refusal(kNow + std::chrono::hours(364 * 24)), "");
    EXPECT_THAT(refusal(kNow + std::chrono::hours(366 * 24)), HasSubstr("is expired"));
    EXPECT_THAT(refusal(WallTime{kNow.unix_ms - 2 * 86'400'000}), HasSubstr("is not valid yet"));
}

TEST_F(TlsContextTest, WhatIsWrongIsNamedWithItsFile) {
    const auto other = make_self_signed({"other"}, kNow).value();
    struct Case {
        std::string certificate;
        std::string key;
        mode_t key_mode;
        std::string wanted;
    };
    const Case cases[] = {
        {made_.certificate, other.key, 0600, "k.pem\" is not the key of the first certificate"},
        {made_.certificate, made_.key, 0644, "k.pem\" can be used by every user"},
        {made_.certificate, made_.certificate, 0600, "k.pem\" has no private key"},
        {"", made_.key, 0600, "c.pem\" has no certificate"},
        {made_.key, made_.key, 0600, "c.pem\" has no certificate"},
        {made_.certificate.substr(0, 100), made_.key, 0600, "c.pem\" has a broken certificate"},
        {made_.certificate + made_.certificate.substr(0, 100), made_.key, 0600,
         "c.pem\" has a broken certificate"},
        {std::string(2 << 20, 'x'), made_.key, 0600, "c.pem\" is larger than 1MB"},
    };
    for (const auto& [certificate, key, mode, wanted] : cases) {
        write("c.pem", certificate);
        write("k.pem", key, mode);
        EXPECT_THAT(refusal(), HasSubstr(wanted));
    }
    files_.key = directory_.path() + "/nothing";
    EXPECT_THAT(refusal(), HasSubstr("c.pem"));  // still the one that is too large
    write("c.pem", made_.certificate);
    EXPECT_THAT(refusal(), HasSubstr("cannot read"));
}

TEST_F(TlsContextTest, AFolderHasSeveralAndExpiresWithTheFirstOfThem) {
    const auto later = make_self_signed({"b.example"}, kNow + std::chrono::hours(24)).value();
    write("z.crt", made_.certificate);
    write("z.key", made_.key);
    write("y.crt", later.certificate);
    write("y.key", later.key);
    files_ = {.certificate = directory_.path(), .key = {}, .client_ca = {}};
    const auto now = kNow + std::chrono::hours(25);
    const auto loaded = TlsContext::load(files_, now);
    ASSERT_TRUE(loaded.ok()) << loaded.error().client_text();
    ASSERT_EQ(loaded.value()->certificates().size(), 2U);
    EXPECT_THAT(loaded.value()->certificates().front().subject, HasSubstr("CN = b.example"));
    EXPECT_EQ(loaded.value()->expires() - kNow, std::chrono::hours(365 * 24));
    write("z.key", later.key);
    EXPECT_THAT(refusal(now), HasSubstr("is not the key")) << "one that is wrong is named";
}

TEST_F(TlsContextTest, AGroupMayReadAKey) {
    write("k.pem", made_.key, 0640);
    EXPECT_EQ(refusal(), "");
}

TEST_F(TlsContextTest, AReloadThatFailsChangesNothing) {
    auto live = LiveTls::open(files_, kNow);
    ASSERT_TRUE(live.ok()) << live.error().client_text();
    auto& tls = *live.value();
    const auto before = tls.current();
    EXPECT_FALSE(tls.look(kNow)) << "the files are the same";

    write("c.pem", "nothing");
    const auto failed = tls.look(kNow);
    ASSERT_TRUE(failed);
    EXPECT_FALSE(failed->ok());
    EXPECT_EQ(tls.current(), before);
    EXPECT_FALSE(tls.look(kNow)) << "it was told";

    write(make_self_signed({"renewed"}, kNow).value());
    const auto renewed = tls.look(kNow);
    ASSERT_TRUE(renewed);
    EXPECT_TRUE(renewed->ok());
    EXPECT_THAT(tls.current()->certificates().front().subject, HasSubstr("CN = renewed"));
    EXPECT_FALSE(tls.look(kNow)) << "nothing is new";
    EXPECT_TRUE(tls.reload(kNow).ok());
}

TEST_F(TlsContextTest, WhatIsMendedWithoutANewFileIsTaken) {
    auto live = LiveTls::open(files_, kNow);
    ASSERT_TRUE(live.ok()) << live.error().client_text();
    auto& tls = *live.value();
    const auto renewed = make_self_signed({"renewed"}, kNow).value();
    write("c.pem", renewed.certificate);
    write("k.pem", renewed.key, 0644);
    auto looked = tls.look(kNow);
    ASSERT_TRUE(looked && !looked->ok());
    EXPECT_THAT(looked->error().client_text(), HasSubstr("chmod o-rwx"));
    EXPECT_FALSE(tls.look(kNow)) << "it was told";

    ::chmod(files_.key.c_str(), 0600);
    looked = tls.look(kNow);
    ASSERT_TRUE(looked && looked->ok());
    EXPECT_THAT(tls.current()->certificates().front().subject, HasSubstr("CN = renewed"));

    ::chmod(files_.key.c_str(), 0644);
    looked = tls.look(kNow);
    ASSERT_TRUE(looked && !looked->ok()) << "the next start would be refused";
}

// As a certificate that is renewed ahead of its time, or a clock that is behind.
TEST_F(TlsContextTest, WhatIsValidLaterIsTakenThen) {
    auto live = LiveTls::open(files_, kNow);
    ASSERT_TRUE(live.ok()) << live.error().client_text();
    auto& tls = *live.value();
    const auto later = kNow + std::chrono::hours(100 * 24);
    write(make_self_signed({"renewed"}, later).value());
    const auto early = tls.look(kNow);
    ASSERT_TRUE(early && !early->ok());
    EXPECT_THAT(early->error().client_text(), HasSubstr("is not valid yet"));
    EXPECT_FALSE(tls.look(kNow)) << "it was told";
    const auto taken = tls.look(later);
    ASSERT_TRUE(taken && taken->ok());
    EXPECT_THAT(tls.current()->certificates().front().subject, HasSubstr("CN = renewed"));
}

}  // namespace
}  // namespace millrace::http
