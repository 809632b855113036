#include "storage/sqlite/read_pool.h"

namespace millrace::sqlite {

Result<std::unique_ptr<Database>> ReadPool::take() {
    auto idle = idle_.with([](auto& databases) -> std::unique_ptr<Database> {
        if (databases.empty()) return nullptr;
        auto last = std::move(databases.back());
        databases.pop_back();
        return last;
    });
    if (idle != nullptr) return idle;
    TRY_ASSIGN(auto opened, Database::open(path_, options_));
    return std::make_unique<Database>(std::move(opened));
}

void ReadPool::give_back(std::unique_ptr<Database> database) {
    idle_.with([&](auto& databases) {
        if (databases.size() < kept_max_) databases.push_back(std::move(database));
    });
}

}  // namespace millrace::sqlite
