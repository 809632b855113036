#include "api/console/console_assets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "api/http/accepted_coding.h"
#include "core/base/error_names.h"

namespace millrace::console {
namespace {

class ConsoleAssetsTest : public testing::Test {
protected:
    static control::Request get(const std::string& path, const std::string& accepted = "",
                                const std::string& if_none_match = "") {
        control::Request request;
        request.method = "GET";
        request.path = path;
        if (!accepted.empty()) request.headers.emplace_back("accept-encoding", accepted);
        if (!if_none_match.empty()) request.headers.emplace_back("If-None-Match", if_none_match);
        return request;
    }

    static std::string header(const control::Response& response, const std::string& name) {
        const auto found = std::ranges::find(response.headers, name,
                                             [](const auto& header) { return header.first; });
        return found == response.headers.end() ? "" : found->second;
    }

    const std::string page_ = http::gzipped("<!doctype html>page");
    const std::string script_ = http::gzipped("start();");
    const std::array<ConsoleFile, 3> files_ = {
        {{"index.html.gz", page_}, {"assets/a-1.js.gz", script_}, {"assets/b-2.png", "PNG"}}};
    const ConsoleAssets assets_{files_};
};

TEST_F(ConsoleAssetsTest, AreFoundByTheirPaths) {
    const struct {
        const char* path;
        const char* body;
        const char* type;
        const char* cached;
    } cases[] = {
        {"/console/assets/a-1.js", "start();", "text/javascript; charset=utf-8",
         "public, max-age=31536000, immutable"},
        {"/console/assets/b-2.png", "PNG", "image/png", "public, max-age=31536000, immutable"},
        {"/console/", "<!doctype html>page", "text/html; charset=utf-8", "no-store"},
        {"/console/index.html", "<!doctype html>page", "text/html; charset=utf-8", "no-store"},
        {"/console/sources/shop", "<!doctype html>page", "text/html; charset=utf-8", "no-store"},
        {"/console/sources/a.js", "<!doctype html>page", "text/html; charset=utf-8", "no-store"},
        {"/console/%2e%2e/x", "<!doctype html>page", "text/html; charset=utf-8", "no-store"},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(test.path);
        const auto response = assets_.answer(get(test.path));
        ASSERT_TRUE(response.ok());
        EXPECT_EQ(response.value().status, 200);
        EXPECT_EQ(response.value().body, test.body);
        EXPECT_EQ(response.value().content_type, test.type);
        EXPECT_EQ(header(response.value(), "Cache-Control"), test.cached);
        EXPECT_EQ(header(response.value(), "Content-Encoding"), "");
    }
}

TEST_F(ConsoleAssetsTest, AnAssetThatIsNotThereIsNotThePage) {
    for (const auto* path : {"/console/assets/a-2.js", "/console/assets/", "/console/assets/x",
                             "/console/assets/../index.html", "/console/assets/a-1.js.gz"}) {
        const auto response = assets_.answer(get(path));
        ASSERT_FALSE(response.ok()) << path;
        EXPECT_EQ(response.error().name(), error_names::kApiEndpointNotFound) << path;
    }
}

TEST_F(ConsoleAssetsTest, AreSentAsTheyAreToWhoTakesGzip) {
    const auto coded = assets_.answer(get("/console/assets/a-1.js", "br, gzip")).value();
    EXPECT_EQ(coded.body, script_);
    EXPECT_EQ(header(coded, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(coded, "Vary"), "Accept-Encoding");

    const auto plain = assets_.answer(get("/console/assets/a-1.js", "br")).value();
    EXPECT_EQ(plain.body, "start();");
    EXPECT_EQ(header(plain, "Vary"), "Accept-Encoding");
    EXPECT_NE(header(plain, "ETag"), header(coded, "ETag")) << "they are other bytes";

    const auto image = assets_.answer(get("/console/assets/b-2.png", "gzip")).value();
    EXPECT_EQ(image.body, "PNG");
    EXPECT_EQ(header(image, "Content-Encoding"), "");
}

TEST_F(ConsoleAssetsTest, AreNotSentAgainToWhoHasThem) {
    const auto tag = header(assets_.answer(get("/console/assets/a-1.js", "gzip")).value(), "ETag");
    ASSERT_TRUE(tag.starts_with('"') && tag.ends_with('"')) << tag;
    const struct {
        std::string if_none_match;
        int status;
    } cases[] = {
        {tag, 304},  {"W/" + tag, 304},  {"\"other\", " + tag, 304},
        {"*", 304},  {"\"other\"", 200}, {tag.substr(1), 200},
        {",,", 200},
    };
    for (const auto& test : cases) {
        const auto response =
            assets_.answer(get("/console/assets/a-1.js", "gzip", test.if_none_match)).value();
        EXPECT_EQ(response.status, test.status) << test.if_none_match;
        EXPECT_EQ(header(response, "ETag"), tag);
        EXPECT_EQ(response.body.empty(), test.status == 304);
    }
    EXPECT_EQ(assets_.answer(get("/console/assets/a-1.js", "", tag)).value().status, 200)
        << "the same file in another coding";
}

TEST_F(ConsoleAssetsTest, EveryAnswerForbidsWhatThePageDoesNotNeed) {
    for (const auto* path : {"/console/", "/console/assets/a-1.js", "/console/assets/b-2.png"}) {
        SCOPED_TRACE(path);
        const auto response = assets_.answer(get(path)).value();
        const auto policy = header(response, "Content-Security-Policy");
        for (const auto* part :
             {"default-src 'none'", "script-src 'self'", "style-src 'self'",
              "img-src 'self' data:", "connect-src 'self'", "frame-ancestors 'none'",
              "base-uri 'none'", "form-action 'self'"}) {
            EXPECT_NE((policy + ";").find(std::string(part) + ";"), std::string::npos) << part;
        }
        EXPECT_EQ(policy.find("unsafe"), std::string::npos);
        EXPECT_EQ(policy.find("http"), std::string::npos) << "no outside host";
        EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(header(response, "X-Frame-Options"), "DENY");
        EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
    }
}

TEST(ConsoleFilesTest, ThereIsAlwaysAPage) {
    const ConsoleAssets assets(console_files());
    control::Request request;
    request.path = "/console/";
    const auto response = assets.answer(request);
    ASSERT_TRUE(response.ok());
    EXPECT_NE(response.value().body.find("<html"), std::string::npos);
}

}  // namespace
}  // namespace millrace::console
