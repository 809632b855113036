#pragma once
// ControlPlane: the REST API, without the network: a Request in, a Response out.
//
// Thread    handle() from any thread. Changes run on `strand`, which must run one task at a time.
// Lifetime  everything in Ports must outlive it, and the strand must be stopped before it goes.
// See       docs/api.md

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/access/sessions.h"
#include "api/access/wrong_tokens.h"
#include "api/control/auth.h"
#include "api/control/http_message.h"
#include "api/control/resource_parts.h"
#include "api/control/router.h"
#include "api/control/rows_progress.h"
#include "api/control/scope.h"
#include "api/control/service_facts.h"
#include "api/control/session_auth.h"
#include "api/control/task_wait.h"
#include "core/accounts/drain.h"
#include "core/accounts/flush.h"
#include "core/accounts/traffic_series.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/definitions/changes.h"
#include "core/definitions/definition_events.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/purge.h"
#include "core/definitions/random_text.h"
#include "core/definitions/reject_retry.h"
#include "core/definitions/reservations.h"
#include "core/definitions/route_builder.h"
#include "core/definitions/tables.h"
#include "core/definitions/tasks.h"
#include "core/lifecycle/file_change.h"
#include "core/lifecycle/file_rows.h"
#include "core/mapping/source_mapper.h"
#include "core/pipeline/recent_requests.h"
#include "core/pipeline/sink_counters.h"
#include "core/pipeline/source_route.h"
#include "core/pipeline/volume_acts.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/evaluator.h"
#include "core/ports/executor.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/load_catalog.h"
#include "core/ports/overview_reports.h"
#include "core/ports/reject_store.h"
#include "core/ports/rng.h"
#include "core/ports/sealed_slices.h"
#include "core/ports/sink_reports.h"
#include "core/ports/sink_token_store.h"
#include "core/ports/table_catalog.h"
#include "core/ports/target.h"
#include "core/ports/token_catalog.h"

namespace millrace::control {

class ControlPlane {
public:
    struct Ports {
        DefinitionCatalog& catalog;
        FileCatalog& lifecycle;
        LoadCatalog& loads;
        TableCatalog& tables;
        TokenCatalog& tokens;
        SinkTokenStore& sink_tokens;
        access::WrongTokens& wrong_tokens;
        SinkReports& reports;
        OverviewReports& overview;
        RejectStore& rejects;
        SealedSlices& slices;
        Journal& journal;
        Progress& progress;
        const lifecycle::Targets& targets;
        Evaluator& evaluator;
        pipeline::RoutePublisher& routes;
        pipeline::SinkCounterSet& sink_counters;
        pipeline::RecentRequests& recent;
        const accounts::TrafficSeries& traffic;
        pipeline::VolumeActs& volumes;
        lifecycle::ChangeFile change_file;
        lifecycle::ReadFileRows read_file_rows;
        Executor& strand;
        const Clock& clock;
        Rng& rng;  // its own
    };
    struct Options {
        Scope scope;
        Secret admin_token;
        mapping::MappingLimits mapping_limits;
        DefinitionLimits definition_limits = {};
        SettingOverrides node_settings = {};   // of the configuration
        std::function<std::string()> metrics;  // the text of /metrics
        ServiceFacts facts = {};
        SourceKinds source_kinds = {http_source_kind()};
        std::vector<AddResource> resources = {};  // besides those of its own
        // The beginning of the list of rows that a load has left out.
        std::function<std::optional<std::string>(LoadNumber)> error_log = {};
        // Whether a volume is of the installation that a backup was restored from. Empty: none is.
        std::function<Result<bool>(const VolumeId& volume)> is_from_before = {};
    };

    ControlPlane(const Ports& ports, Options options);
    ControlPlane(const ControlPlane&) = delete;
    ControlPlane& operator=(const ControlPlane&) = delete;

    // At start, before anything else: ends tasks that a stopped process left, deletes what its
    // retry of rejects left, publishes all routes and closes the files that interrupted changes
    // left open; then calls `done`.
    // Errors  those of the catalog; `done` is then not called
    Result<void> start(std::function<void()> done);

    // Never throws; every failure is an answer.
    Response handle(const Request& request);

    // What is served, for the test that compares it with openapi/openapi.yaml.
    const Router& router() const { return router_; }

    // Forgets old tasks and rejects; to be called now and then.
    Result<void> clean_up(AgeTime now);

private:
    void add_open_endpoints();
    void add_definitions();
    void add_accounts();
    ResourceParts parts();
    Response answer(const Request& request);
    Result<Response> serve(const Request& request, const Router::Match& match);
    Result<Response> change(const Call& call, const Endpoint& endpoint) const;
    Response refuse_token(const Error& error, const Request& request);
    Result<void> allow_metrics(const Request& request) const;

    const Ports ports_;
    const Options options_;
    const Auth auth_;
    TaskWait task_wait_;
    const definitions::Events events_;
    definitions::RandomText random_;
    access::Sessions sessions_;
    const SessionAuth session_auth_;
    definitions::Reservations reservations_;
    definitions::TaskRunner tasks_;
    const definitions::RouteBuilder route_builder_;
    const definitions::EditContext edits_;
    accounts::Drain drain_;
    const accounts::Flush flush_;
    definitions::Changes changes_;
    const definitions::Purge purge_;
    const definitions::RejectRetry retry_;
    definitions::Tables tables_;
    Router router_;
};

}  // namespace millrace::control
