#include "api/upload/upload_request.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error_names.h"

namespace millrace::upload {
namespace {

namespace names = error_names;

TEST(UploadPathTest, FindsTheTableInBothPaths) {
    const struct {
        std::string_view target;
        std::string_view table;  // "-": it is none of the paths
    } cases[] = {
        {"/api/v1/datamarts/mart/entities/people/upload", "in.c-mart.people"},
        {"http://host:1/api/v1/datamarts/a%2Db/entities/t/upload?sysOp=0", "in.c-a-b.t"},
        {"/upload?table=in.c-mart.people&sysOp=1", "in.c-mart.people"},
        {"/upload", ""},
        {"/api/v1/datamarts/mart/entities/people", "-"},
        {"/api/v1/datamarts/mart/entities/people/upload/x", "-"},
        {"/api/v1/datamarts//entities/people/upload", "-"},
        {"/api/v1/datamarts/mart/entities//upload", "-"},
        {"/uploads?table=x", "-"},
    };
    for (const auto& [target, table] : cases) {
        SCOPED_TRACE(target);
        const auto path = parse_upload_target(target);
        EXPECT_EQ(path ? path->table : "-", table);
    }
    EXPECT_TRUE(is_upload_target("/api/v1/datamarts/"));
    EXPECT_FALSE(is_upload_target("/api/testdb/t/_stream_load"));
    EXPECT_EQ(bucket_of("in.c-mart.people"), "in.c-mart");
}

UploadRequest read(std::string_view target, std::string_view media, Result<void>& result) {
    const http::SentHeaders headers({{.name = "Content-Type", .value = media}});
    UploadRequest request;
    result = read_upload_head(*parse_upload_target(target), headers, request);
    return request;
}

TEST(UploadRequestTest, ReadsItsOptions) {
    Result<void> result;
    const auto request =
        read("/upload?table=t&sysOp=1&queryId=a%20b&commitOnDisconnect=true", "text/csv", result);
    EXPECT_FALSE(result.ok()) << "a blank in the id";
    const auto good = read("/upload?table=t&sysOp=1&queryId=a/b&commitOnDisconnect=true",
                           "Avro/Binary; x=y", result);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(good.deletes, true);
    EXPECT_EQ(good.query_id, "a/b");
    EXPECT_TRUE(good.commit_on_disconnect);
    EXPECT_EQ(good.format, DataFormat::avro);
}

TEST(UploadRequestTest, RefusesWhatIsNotThere) {
    const struct {
        std::string_view target;
        std::string_view media;
        std::string_view name;
    } cases[] = {
        {"/upload?table=t&sysOp=2", "text/csv", names::kUploadInvalidOption},
        {"/upload?table=t&sysOp=", "text/csv", names::kUploadInvalidOption},
        {"/upload?table=t&queryId=", "text/csv", names::kUploadInvalidOption},
        {"/upload?table=t&commitOnDisconnect=1", "text/csv", names::kUploadInvalidOption},
        {"/upload?table=t&commitondisconnect=true", "text/csv", names::kUploadInvalidOption},
        {"/upload?table=t&sysOp=0&sysOp=1", "text/csv", names::kUploadInvalidOption},
        {"/upload?table=t&sysOp=0&sysOp=0", "text/csv", names::kUploadInvalidOption},
        {"/upload?table=t&queryId=a&sysOp=0&queryId=b", "text/csv", names::kUploadInvalidOption},
        {"/upload?table=t&table=u", "text/csv", names::kUploadInvalidOption},
        {"/upload?table=t", "application/json", names::kUploadUnsupportedMediaType},
        {"/upload?table=t", "", names::kUploadUnsupportedMediaType},
    };
    for (const auto& [target, media, name] : cases) {
        SCOPED_TRACE(target);
        Result<void> result;
        read(target, media, result);
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(result.error().name(), name);
    }
}

}  // namespace
}  // namespace millrace::upload
