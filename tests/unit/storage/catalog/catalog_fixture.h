#pragma once
// A catalog in a file of its own, which can be opened again as after a restart.

#include <gtest/gtest.h>

#include <memory>

#include "storage/catalog/sqlite_catalog.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::catalog {

class CatalogTest : public testing::Test {
protected:
    void SetUp() override { reopen(); }
    void reopen() {
        catalog_.reset();
        catalog_ = SqliteCatalog::open(directory_ / "catalog.sqlite", test_secrets()).value();
    }

    testing_support::TempDirectory directory_;
    std::unique_ptr<SqliteCatalog> catalog_;
};

}  // namespace millrace::catalog
