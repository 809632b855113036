#include "storage/secrets/sealed_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::secrets {
namespace {

using testing::HasSubstr;

const Secret kSecret("open sesame");

TEST(SealedSecretsTest, WhatIsSealedOpensForItsPurpose) {
    const SealedSecrets store(KeyRing::generate());
    for (const auto* text : {"", "x", "open sesame", "\n\t\xff"}) {
        const auto sealed = store.seal("source/1", Secret(text));
        EXPECT_EQ(store.open("source/1", sealed).value().expose(), text);
    }
}

TEST(SealedSecretsTest, ASealedTextShowsNothingAndIsAnotherOneEachTime) {
    const SealedSecrets store(KeyRing::generate());
    const auto sealed = store.seal("p", kSecret);
    EXPECT_THAT(sealed, Not(HasSubstr("sesame")));
    EXPECT_NE(store.seal("p", kSecret), sealed);
    for (const char c : sealed) EXPECT_TRUE(c > ' ' && c < 0x7f);
}

// What associated data is for: whoever can write the catalog cannot give one source the secret of
// another.
TEST(SealedSecretsTest, ASealedTextOfAnotherPlaceDoesNotOpen) {
    const SealedSecrets store(KeyRing::generate());
    const auto sealed = store.seal("source/1/1/a/secret", kSecret);
    EXPECT_EQ(store.open("source/1/1/b/secret", sealed).error().code(), Code::corrupt);
    EXPECT_EQ(store.open("", sealed).error().code(), Code::corrupt);
}

TEST(SealedSecretsTest, AChangeOfAnyCharacterIsNoticed) {
    const SealedSecrets store(KeyRing::generate());
    const auto sealed = store.seal("p", kSecret);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        SCOPED_TRACE(i);
        auto changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(store.open("p", changed).ok());
        EXPECT_FALSE(store.open("p", sealed.substr(0, i)).ok());
    }
    EXPECT_EQ(store.open("p", "open sesame").error().code(), Code::corrupt);
}

TEST(SealedSecretsTest, AnUnknownKeyIsNamed) {
    const auto ring = KeyRing::generate();
    const auto sealed = SealedSecrets(ring).seal("p", kSecret);
    const auto opened = SealedSecrets(KeyRing::generate()).open("p", sealed);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Code::conflict);
    EXPECT_EQ(opened.error().name(), kUnknownSecretKey);
    EXPECT_THAT(opened.error().operator_text(), HasSubstr(ring.newest().id()));
}

TEST(SealedSecretsTest, WhileThereAreTwoKeysBothOpenAndTheNewOneSeals) {
    const auto old = KeyRing::generate();
    const auto both = old.with_new_key();
    const SealedSecrets store(both);
    EXPECT_TRUE(store.open("p", SealedSecrets(old).seal("p", kSecret)).ok());
    const auto sealed = store.seal("p", kSecret);
    EXPECT_TRUE(SealedSecrets(both.with_newest_only()).open("p", sealed).ok());
    EXPECT_EQ(SealedSecrets(old).open("p", sealed).error().name(), kUnknownSecretKey);
}

}  // namespace
}  // namespace millrace::secrets
