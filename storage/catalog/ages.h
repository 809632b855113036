#pragma once
// Ages: the clock of ages in catalog.sqlite.

#include "core/ports/age_store.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class Ages : public AgeStore {
public:
    // The connections must outlive it.
    explicit Ages(Connections& connections) : connections_(connections) {}

    Result<AgeTime> load_age(WallTime now) override;
    Result<void> save_age(AgeTime age) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
