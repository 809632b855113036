#pragma once
// KeyHomes: on which volumes keys of sources may be, in catalog.sqlite.

#include "core/ports/key_home_store.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class KeyHomes : public KeyHomeStore {
public:
    // The connections must outlive it.
    explicit KeyHomes(Connections& connections) : connections_(connections) {}

    Result<std::vector<KeyHome>> key_homes() override;
    Result<void> save_key_homes(std::span<const KeyHome> homes) override;
    Result<void> delete_key_homes(std::span<const KeyHome> homes) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
