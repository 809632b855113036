#include "api/app/app.h"

#include <memory>
#include <utility>
#include <vector>

#include "api/app/access_part.h"
#include "api/app/background_part.h"
#include "api/app/control_part.h"
#include "api/app/doors_part.h"
#include "api/app/machine_part.h"
#include "api/app/missing_parts.h"
#include "api/app/pipeline_part.h"
#include "api/app/start_conditions.h"
#include "api/app/storage_part.h"
#include "api/app/tls_part.h"

namespace millrace {
namespace {

class Service final : public App {
public:
    Service(const config::Config& config, const Kinds& kinds) : kinds_(kinds), machine_(config) {}
    ~Service() override { stop(); }

    // Before a folder that is not one's own gets as much as a lock.
    Result<void> start() {
        TRY(require(folder_conditions(machine_.config(), kinds_, machine_.disk())));
        for (auto* const part :
             std::initializer_list<Part*>{&machine_, &tls_, &storage_, &access_, &pipeline_,
                                          &doors_, &control_, &background_}) {
            started_.push_back(part);
            auto started = part->start();
            if (!started.ok()) {
                return explain_start(std::move(started).error(), machine_.config().data_dir);
            }
        }
        return {};
    }

    void stop() override {
        for (; !started_.empty(); started_.pop_back()) started_.back()->stop();
    }

    bool reload() override {
        if (!tls_.is_on()) return false;
        tls_.reload();
        return true;
    }

private:
    const Kinds kinds_;
    MachinePart machine_;
    TlsPart tls_{machine_};
    StoragePart storage_{machine_, kinds_};
    AccessPart access_{machine_, storage_};
    PipelinePart pipeline_{machine_, storage_};
    DoorsPart doors_{machine_, storage_, access_, pipeline_, tls_, kinds_};
    ControlPart control_{machine_, storage_, access_, pipeline_, tls_, doors_, kinds_};
    BackgroundPart background_{machine_, storage_, pipeline_, doors_, control_};
    std::vector<Part*> started_;
};

}  // namespace

Result<std::unique_ptr<App>> App::start(const config::Config& config, const Kinds& kinds) {
    auto service = std::make_unique<Service>(config, kinds);
    TRY(service->start());
    return std::unique_ptr<App>(std::move(service));
}

}  // namespace millrace
