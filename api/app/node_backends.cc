#include "api/app/node_backends.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "api/log/log.h"
#include "core/ports/target_care.h"
#include "storage/os/write_trial.h"

namespace millrace {
namespace {

// With the default one, which is of the first kind.
template <typename Kind>
config::Backends with_default(config::Backends configured, const std::vector<Kind>& kinds) {
    configured.try_emplace(
        std::string(config::kDefaultBackend),
        config::Backend{.kind = std::string(kinds.front().config.name), .options = {}});
    return configured;
}

template <typename Kind>
Result<const Kind*> kind_of(const std::string& name, const std::vector<Kind>& kinds) {
    const auto found =
        std::ranges::find_if(kinds, [&](const Kind& kind) { return kind.config.name == name; });
    if (found != kinds.end()) return &*found;
    std::string known;
    for (const auto& kind : kinds)
        known += fmt::format("{}{}", known.empty() ? "" : ", ", kind.config.name);
    return Error(Code::invalid, fmt::format("there is no kind \"{}\", but {}", name, known));
}

// What waits for something that is not configured.
struct Waiting {
    std::set<SinkNumber> sinks;
    std::uint64_t rows = 0;
};

}  // namespace

std::string epoch_name(std::string_view token) {
    return fmt::format("restored-{}", token);
}

Result<std::map<StagingName, std::unique_ptr<lifecycle::MarkedStaging>>> open_stagings(
    const config::Config& config, const std::vector<StagingKind>& kinds, Disk& disk,
    const lifecycle::MarkedStaging::Ports& marks, const std::string& epoch, Whose whose) {
    std::map<StagingName, std::unique_ptr<lifecycle::MarkedStaging>> by_name;
    for (const auto& [name, backend] : with_default(config.stagings, kinds)) {
        TRY_ASSIGN(const auto* const kind, kind_of(backend.kind, kinds).in("staging " + name));
        if (whose == Whose::of_this_machine && !kind->is_local) continue;
        TRY_ASSIGN(auto opened, kind->open({.disk = disk,
                                            .data_dir = config.data_dir,
                                            .name = name,
                                            .options = backend.options,
                                            .epoch = epoch}));
        auto ports = marks;
        if (kind->is_local) ports.good_for = Milliseconds{0};
        by_name.emplace(StagingName(name), std::make_unique<lifecycle::MarkedStaging>(
                                               StagingName(name), std::move(opened), ports));
    }
    return by_name;
}

Result<std::unique_ptr<NodeBackends>> NodeBackends::open(
    const config::Config& config, const Kinds& kinds, Disk& disk, catalog::SqliteCatalog& catalog,
    const lifecycle::MarkedStaging::Ports& marks, const std::string& epoch) {
    std::unique_ptr<NodeBackends> opened(new NodeBackends());
    opened->kinds_ = kinds;
    TRY(opened->open_targets(config, disk, catalog,
                             {.tokens = catalog, .clock = marks.clock, .random = marks.random}));
    TRY(opened->open_all_stagings(config, disk, marks, epoch));
    return opened;
}

Result<void> NodeBackends::open_targets(const config::Config& config, Disk& disk,
                                        DefinitionCatalog& catalog, const RoleParts& roles) {
    for (const auto& kind : kinds_.targets) of_kinds_.push_back({.kind = &kind, .targets = {}});
    lifecycle::Targets::ByName by_name;
    std::map<TargetName, lifecycle::TargetRules> rules;
    std::map<TargetName, lifecycle::ImportLimit> limits;
    for (const auto& [name, backend] : with_default(config.targets, kinds_.targets)) {
        TRY_ASSIGN(const auto* const kind,
                   kind_of(backend.kind, kinds_.targets).in("target " + name));
        const BackendPlace place{.disk = disk,
                                 .data_dir = config.data_dir,
                                 .name = name,
                                 .options = backend.options,
                                 .roles = &roles};
        TRY_ASSIGN(const auto imports, imports_of(place).in("target " + name));
        if (kind->look) TRY(kind->look(place, catalog));
        TRY_ASSIGN(auto target, kind->open(place));
        by_name.emplace(TargetName(name), target.get());
        rules.emplace(TargetName(name), lifecycle::TargetRules{.check_table = kind->check_table,
                                                               .values = kind->values});
        limits.emplace(TargetName(name),
                       lifecycle::ImportLimit{.imports_max = imports,
                                              .is_bucket_one = !kind->has_many_writers});
        for (auto& of_kind : of_kinds_) {
            if (of_kind.kind == kind) of_kind.targets.push_back(target.get());
        }
        if (kind->folder) folders_.emplace(name, kind->folder(place));
        owned_targets_.push_back(std::move(target));
    }
    targets_.emplace(std::move(by_name), std::move(rules));
    import_limits_ = lifecycle::ImportLimits(std::move(limits));
    return {};
}

Result<void> NodeBackends::open_all_stagings(const config::Config& config, Disk& disk,
                                             const lifecycle::MarkedStaging::Ports& marks,
                                             const std::string& epoch) {
    TRY_ASSIGN(owned_stagings_,
               open_stagings(config, kinds_.stagings, disk, marks, epoch, Whose::all));
    for (const auto& [name, backend] : with_default(config.stagings, kinds_.stagings)) {
        TRY_ASSIGN(const auto* const kind, kind_of(backend.kind, kinds_.stagings));
        if (!kind->folder) continue;
        staging_folders_.emplace(name, kind->folder({.disk = disk,
                                                     .data_dir = config.data_dir,
                                                     .name = name,
                                                     .options = backend.options,
                                                     .epoch = epoch}));
    }
    lifecycle::Stagings::ByName by_name;
    for (const auto& [name, staging] : owned_stagings_) by_name.emplace(name, staging.get());
    stagings_.emplace(std::move(by_name), StagingName(config.staging_in_use));
    TRY(stagings_->at(stagings_->of_new()));
    return {};
}

Result<void> NodeBackends::tell_missing(catalog::SqliteCatalog& catalog) {
    std::map<TargetName, Waiting> targets;
    TRY_ASSIGN(const auto sources, catalog.all_sources());
    for (const auto& source : sources) {
        TRY_ASSIGN(const auto sinks, catalog.all_sinks(source.key));
        for (const auto& sink : sinks) {
            if (targets_->find(sink.target) == nullptr)
                targets[sink.target].sinks.insert(sink.number);
        }
    }
    TRY_ASSIGN(const auto waiting, catalog.rows_to_import());
    for (const auto& [sink, rows] : waiting) {
        TRY_ASSIGN(const auto mapping, catalog.mapping(sink));
        if (targets_->find(mapping.target) != nullptr) continue;
        targets[mapping.target].sinks.insert(sink.sink);
        targets[mapping.target].rows += rows;
    }
    for (const auto& [name, what] : targets) {
        missing_targets_.insert(name);
        log::error("target_unconfigured",
                   {{"target", name.value},
                    {"sinks", std::uint64_t{what.sinks.size()}},
                    {"rows", what.rows},
                    {"message",
                     "it is not configured, and its files wait for it; configure it again "
                     "([targets.NAME])"}});
    }
    TRY_ASSIGN(const auto staged, catalog.rows_by_staging());
    for (const auto& [name, rows] : staged) {
        if (stagings_->find(name) != nullptr) continue;
        missing_stagings_.insert(name);
        log::error("staging_unconfigured",
                   {{"staging", name.value},
                    {"rows", rows},
                    {"message",
                     "it is not configured, and the files of what is in it wait for it; "
                     "configure it again ([stagings.NAME])"}});
    }
    return {};
}

Result<void> NodeBackends::probe_staging(const StagingName& name,
                                         lifecycle::MarkedStaging& staging) const {
    TRY(staging.probe());
    const auto folder = staging_folders_.find(name);
    std::error_code failure;  // one that is not there is made by the first upload
    if (folder == staging_folders_.end() || !std::filesystem::exists(folder->second, failure)) {
        return {};
    }
    return os::try_writing(folder->second);
}

std::vector<NodeBackends::Probed> NodeBackends::probe() const {
    std::vector<Probed> probed;
    for (const auto& [name, target] : targets_->all()) {
        auto* const care = dynamic_cast<TargetCare*>(target);
        probed.push_back({.what = "target " + name.value,
                          .outcome = care == nullptr ? Result<void>() : care->probe()});
    }
    for (const auto& [name, staging] : owned_stagings_) {
        probed.push_back(
            {.what = "staging " + name.value, .outcome = probe_staging(name, *staging)});
    }
    return probed;
}

void NodeBackends::stop() {
    for (const auto& [_, staging] : owned_stagings_) staging->stop();
}

void NodeBackends::add_metrics(MetricsText& text) const {
    text.family("millrace_backend_up", "gauge",
                "1 while the target or staging is configured, 0 if rows or sinks name it only.");
    for (const auto& [name, target] : targets_->all()) text.sample({{"target", name.value}}, 1);
    for (const auto& name : missing_targets_) text.sample({{"target", name.value}}, 0);
    for (const auto& [name, staging] : stagings_->all()) text.sample({{"staging", name.value}}, 1);
    for (const auto& name : missing_stagings_) text.sample({{"staging", name.value}}, 0);
    for (const auto& [kind, targets] : of_kinds_) {
        if (kind->add_metrics && !targets.empty()) kind->add_metrics(text, targets);
    }
}

}  // namespace millrace
