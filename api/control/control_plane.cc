#include "api/control/control_plane.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "api/control/aggregation_resource.h"
#include "api/control/api_errors.h"
#include "api/control/control_events.h"
#include "api/control/documentation_resource.h"
#include "api/control/files_resource.h"
#include "api/control/flush_resource.h"
#include "api/control/known_host.h"
#include "api/control/ledger_resource.h"
#include "api/control/loads_resource.h"
#include "api/control/overview_resource.h"
#include "api/control/query_names.h"
#include "api/control/receipts_resource.h"
#include "api/control/rejects_resource.h"
#include "api/control/render.h"
#include "api/control/requests_resource.h"
#include "api/control/settings_resource.h"
#include "api/control/sink_tokens_resource.h"
#include "api/control/sinks_resource.h"
#include "api/control/sources_resource.h"
#include "api/control/statistics_resource.h"
#include "api/control/tables_resource.h"
#include "api/control/tasks_resource.h"
#include "api/control/test_resource.h"
#include "api/control/tokens_resource.h"
#include "api/control/versions_resource.h"
#include "api/control/volumes_resource.h"
#include "api/control/wait_request.h"
#include "core/base/check.h"
#include "core/model/kind_settings.h"

namespace millrace::control {
namespace {

constexpr std::string_view kMetricsPath = "/metrics";

bool is_of_console(std::string_view path) {
    return path.starts_with(kConsolePath);
}

// Browsers may call from any page; the token is what protects. Metrics need none, and the console
// is a page itself, so they are for no other page. A cookie never counts for another page: the
// header that would let it is not sent.
void add_cors(const Request& request, Response& response) {
    if (!request.origin || request.path == kMetricsPath || is_of_console(request.path)) return;
    response.headers.emplace_back("Access-Control-Allow-Origin", *request.origin);
    response.headers.emplace_back("Access-Control-Expose-Headers", "X-Request-Id, ETag");
    response.headers.emplace_back("Vary", "Origin");
}

// Answers have secrets in them, and are true for a moment only.
void forbid_storing(Response& response) {
    const auto is_set = [](const auto& header) { return header.first == "Cache-Control"; };
    if (std::ranges::any_of(response.headers, is_set)) return;
    response.headers.emplace_back("Cache-Control", "no-store");
}

// The methods of a path. HEAD is answered wherever GET is, OPTIONS everywhere.
std::string allow_text(const std::vector<std::string>& methods) {
    auto text = fmt::format("{}", fmt::join(methods, ", "));
    if (std::ranges::find(methods, "GET") != methods.end()) text += ", HEAD";
    return text + ", OPTIONS";
}

Response preflight(const std::vector<std::string>& methods) {
    return Response{
        .status = 204,
        .body = "",
        .content_type = "",
        .headers = {{"Allow", allow_text(methods)},
                    {"Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE"},
                    {"Access-Control-Allow-Headers",
                     "Content-Type, X-StorageApi-Token, Authorization, X-KBC-ProjectId, If-Match"},
                    {"Access-Control-Max-Age", "600"}}};
}

Response plain_text(std::string text, std::string content_type) {
    return Response{.status = 200,
                    .body = std::move(text),
                    .content_type = std::move(content_type),
                    .headers = {}};
}

Response failure(const Error& error, const Request& request) {
    auto response = error_response(error, request.id);
    if (response.status >= 500) {
        emit(RequestFailed{.request_id = request.id,
                           .method = request.method,
                           .path = request.path,
                           .error = error});
    }
    return response;
}

// The kinds are seen through the scope, and stay where they are when the options are moved.
ControlPlane::Options with_kinds(ControlPlane::Options options) {
    for (const auto& kind : options.source_kinds) {
        const auto prefix = setting_prefix(SourceKindName(kind.name));
        for (const auto& setting : kind.settings) {
            check(setting.key.starts_with(prefix) && find_setting(setting.key) == nullptr,
                  "the setting {} of a kind is not below {}", setting.key, prefix);
        }
    }
    options.scope.source_kinds = options.source_kinds;
    return options;
}

}  // namespace

ControlPlane::ControlPlane(const Ports& ports, Options options)
    : ports_(ports),
      options_(with_kinds(std::move(options))),
      auth_(options_.admin_token, options_.scope.project, ports.tokens),
      task_wait_({.scope = options_.scope, .catalog = ports.catalog, .progress = ports.progress}),
      events_(task_wait_.with_ends(logged_events())),
      random_(ports.rng),
      sessions_(ports.clock, [this](std::size_t length) { return random_.make(length); }),
      session_auth_(auth_, sessions_, options_.scope.api_url),
      tasks_(ports.catalog, ports.strand, ports.clock, random_, events_),
      route_builder_(
          options_.mapping_limits, options_.node_settings, ports.sink_counters,
          [&targets = ports.targets](const TargetName& name) { return targets.value_rules(name); },
          [this](const Source& source) {
              const auto* const kind = find_kind(options_.source_kinds, source.kind.value);
              return kind == nullptr || !kind->row_bytes ? 0 : kind->row_bytes(source.details);
          },
          &ports.recent),
      edits_{.catalog = ports.catalog,
             .targets = ports.targets,
             .random = random_,
             .limits = options_.mapping_limits,
             .definitions = options_.definition_limits,
             .routes = route_builder_,
             .node = options_.node_settings},
      drain_(ports.lifecycle, ports.journal, ports.strand, ports.clock),
      flush_({.reports = ports.reports,
              .journal = ports.journal,
              .strand = ports.strand,
              .drain = drain_,
              .try_now =
                  [change_file = ports.change_file](FileId file) {
                      change_file({.file = file, .act = lifecycle::FileAct::retry},
                                  [](const Result<void>&) {});  // the next look tells
                  }}),
      changes_({.edits = edits_,
                .journal = ports.journal,
                .routes = ports.routes,
                .drain = drain_,
                .tasks = tasks_,
                .strand = ports.strand,
                .clock = ports.clock,
                .events = events_}),
      purge_({.edits = edits_,
              .lifecycle = ports.lifecycle,
              .loads = ports.loads,
              .tables = ports.tables,
              .journal = ports.journal,
              .drain = drain_,
              .changes = changes_,
              .tasks = tasks_,
              .strand = ports.strand,
              .clock = ports.clock}),
      retry_(
          {.catalog = ports.catalog,
           .rejects = ports.rejects,
           .slices = ports.slices,
           .evaluator = ports.evaluator,
           .clock = ports.clock,
           .random = random_,
           .strand = ports.strand,
           .routes = route_builder_,
           .events = events_,
           .reader_of = [this](const Source& source) -> std::shared_ptr<definitions::RejectReader> {
               const auto* const kind = find_kind(options_.source_kinds, source.kind.value);
               if (kind == nullptr || !kind->reject_reader) return nullptr;
               return kind->reject_reader(source);
           }}),
      tables_({.tables = ports.tables,
               .loads = ports.loads,
               .definitions = ports.catalog,
               .lifecycle = ports.lifecycle,
               .journal = ports.journal,
               .targets = ports.targets}) {
    add_open_endpoints();
    add_definitions();
    add_accounts();
    add_tables(router_, {.scope = options_.scope, .tables = tables_, .progress = ports.progress});
    add_loads(router_, {.scope = options_.scope,
                        .loads = ports.loads,
                        .definitions = ports.catalog,
                        .files = ports.lifecycle,
                        .error_log = options_.error_log});
    add_tokens(router_, {.scope = options_.scope, .tokens = ports.tokens, .random = random_});
    add_sink_tokens(router_, {.scope = options_.scope,
                              .catalog = ports.catalog,
                              .targets = ports.targets,
                              .tokens = ports.sink_tokens});
    add_volumes(router_, {.scope = options_.scope, .volumes = ports.volumes, .clock = ports.clock});
    for (const auto& add : options_.resources) add(router_, parts());
}

void ControlPlane::add_open_endpoints() {
    for (const auto* path : {"/", "/v1", "/v1/"}) {
        router_.add("GET", path, Access::open, [this](const Call&) -> Result<Response> {
            return json_response(200,
                                 {{"api", "stream"},
                                  {"documentation", options_.scope.api_url + "/v1/documentation"}});
        });
    }
    router_.add("GET", "/health-check", Access::open,
                [](const Call&) -> Result<Response> { return plain_text("OK", "text/plain"); });
    router_.add("GET", kMetricsPath, Access::open, [this](const Call& call) -> Result<Response> {
        TRY(allow_metrics(call.request));
        return plain_text(options_.metrics(), "text/plain; version=0.0.4");
    });
    add_documentation(router_);
}

// What changes and tries definitions.
void ControlPlane::add_definitions() {
    const auto& scope = options_.scope;
    add_sources(router_, {.scope = scope,
                          .edits = edits_,
                          .changes = changes_,
                          .reservations = reservations_,
                          .purge = purge_});
    add_sinks(router_, {.scope = scope,
                        .edits = edits_,
                        .changes = changes_,
                        .reservations = reservations_,
                        .evaluator = ports_.evaluator});
    add_settings(router_,
                 {.scope = scope, .edits = edits_, .changes = changes_, .volumes = ports_.volumes});
    add_versions(router_, {.scope = scope, .edits = edits_, .changes = changes_});
    add_tasks(router_, {.scope = scope,
                        .catalog = ports_.catalog,
                        .wait = task_wait_,
                        .progress = ports_.progress});
    add_test(router_, {.catalog = ports_.catalog,
                       .routes = route_builder_,
                       .targets = ports_.targets,
                       .evaluator = ports_.evaluator,
                       .random = random_,
                       .clock = ports_.clock,
                       .columns_max = options_.definition_limits.columns});
    add_rejects(router_, {.scope = scope,
                          .catalog = ports_.catalog,
                          .rejects = ports_.rejects,
                          .retry = retry_,
                          .tasks = tasks_,
                          .clock = ports_.clock});
}

// What tells where rows are.
void ControlPlane::add_accounts() {
    const auto& scope = options_.scope;
    add_statistics(router_, {.catalog = ports_.catalog,
                             .lifecycle = ports_.lifecycle,
                             .reports = ports_.reports,
                             .journal = ports_.journal,
                             .clock = ports_.clock});
    add_aggregation(router_, {.scope = scope,
                              .catalog = ports_.catalog,
                              .lifecycle = ports_.lifecycle,
                              .reports = ports_.reports,
                              .journal = ports_.journal});
    add_ledger(router_, {.catalog = ports_.catalog,
                         .lifecycle = ports_.lifecycle,
                         .rejects = ports_.rejects,
                         .journal = ports_.journal,
                         .sink_counters = ports_.sink_counters});
    add_flush(router_, {.scope = scope,
                        .catalog = ports_.catalog,
                        .lifecycle = ports_.lifecycle,
                        .journal = ports_.journal,
                        .rejects = ports_.rejects,
                        .flush = flush_,
                        .tasks = tasks_});
    add_files(router_, {.scope = scope,
                        .catalog = ports_.catalog,
                        .lifecycle = ports_.lifecycle,
                        .loads = ports_.loads,
                        .reports = ports_.reports,
                        .journal = ports_.journal,
                        .change_file = ports_.change_file,
                        .read_rows = ports_.read_file_rows});
    add_requests(router_, {.scope = scope,
                           .catalog = ports_.catalog,
                           .node = options_.node_settings,
                           .recent = ports_.recent,
                           .progress = ports_.progress});
    add_overview(router_, {.scope = scope,
                           .facts = options_.facts,
                           .traffic = ports_.traffic,
                           .catalog = ports_.catalog,
                           .lifecycle = ports_.lifecycle,
                           .loads = ports_.loads,
                           .reports = ports_.overview,
                           .journal = ports_.journal,
                           .volumes = ports_.volumes,
                           .clock = ports_.clock});
    add_receipts(router_, {.scope = scope,
                           .catalog = ports_.catalog,
                           .lifecycle = ports_.lifecycle,
                           .journal = ports_.journal,
                           .progress = ports_.progress,
                           .is_from_before = options_.is_from_before});
}

ResourceParts ControlPlane::parts() {
    return {.scope = options_.scope,
            .auth = auth_,
            .wrong_tokens = ports_.wrong_tokens,
            .sessions = sessions_,
            .session_auth = session_auth_,
            .edits = edits_,
            .changes = changes_,
            .reservations = reservations_,
            .purge = purge_,
            .flush = flush_,
            .tasks = tasks_,
            .evaluator = ports_.evaluator,
            .random = random_,
            .clock = ports_.clock};
}

Result<void> ControlPlane::start(std::function<void()> done) {
    TRY(definitions::remove_announced_slices(ports_.rejects, ports_.slices, events_));
    TRY_ASSIGN(auto saved, tasks_.recover());
    return changes_.publish_all([this, saved = std::move(saved), done = std::move(done)] {
        tasks_.end_saved(saved);
        done();
    });
}

Result<void> ControlPlane::clean_up(AgeTime now) {
    TRY(tasks_.clean_tasks(now));
    constexpr std::uint32_t kAtOnce = 1000;
    while (true) {
        TRY_ASSIGN(const auto deleted, ports_.rejects.delete_expired_rejects(now, kAtOnce));
        if (deleted < kAtOnce) return {};
    }
}

Response ControlPlane::handle(const Request& request) {
    auto response = [&] {
        try {
            return answer(request);
        } catch (const std::exception& exception) {
            return failure(Error(Code::internal, exception.what()), request);
        }
    }();
    add_cors(request, response);
    forbid_storing(response);
    return response;
}

Response ControlPlane::answer(const Request& request) {
    const auto match = router_.match(request.method, request.path);
    if (match.allowed.empty()) return failure(endpoint_not_found(request.path), request);
    if (request.method == "OPTIONS") return preflight(match.allowed);
    if (match.endpoint == nullptr) {
        auto response = failure(method_not_allowed(request.method, request.path), request);
        response.headers.emplace_back("Allow", allow_text(match.allowed));
        return response;
    }
    auto served = serve(request, match);
    return served.ok() ? std::move(served).value() : failure(served.error(), request);
}

Result<Response> ControlPlane::serve(const Request& request, const Router::Match& match) {
    Call call(request, match.path);
    if (match.endpoint->access == Access::open) return match.endpoint->handle(call);

    const bool has_session = SessionAuth::decides(request);
    auto authenticated =
        has_session ? session_auth_.authenticate(request) : auth_.authenticate(request);
    if (!authenticated.ok()) {
        // Ids of sessions are too long to guess, and those of ended ones are shown by honest pages.
        if (has_session) return authenticated.error();
        return refuse_token(authenticated.error(), request);
    }
    auto caller = std::move(authenticated).value();
    TRY(require_api(caller));
    if (match.endpoint->has_branch()) TRY(check_branch(options_.scope, match.path.branch));
    if (match.endpoint->needs_admin()) TRY(require_admin(caller));
    if (!match.endpoint->takes_any_query()) {
        TRY(check_query_names(request, match.endpoint->query_names()));
    }
    call.is_admin = require_admin(caller).ok();
    call.actor = std::move(caller.actor);
    call.source.project = options_.scope.project;
    call.source.branch = options_.scope.branch;
    call.source.source = match.path.source;
    call.sink.source = call.source;
    call.sink.sink = match.path.sink;
    call.stamp.at = ports_.clock.wall();
    call.stamp.by = call.actor;
    if (match.endpoint->needs_admin()) return change(call, *match.endpoint);
    return match.endpoint->handle(call);
}

// With `wait` its answer is what its task has come to.
Result<Response> ControlPlane::change(const Call& call, const Endpoint& endpoint) const {
    TRY_ASSIGN(const auto wait, parse_wait(call.request));  // nothing is done where that is wrong
    const auto& waiting = call.request.waiting;
    if (waiting && !waiting->task.empty()) {
        return task_wait_.answer_change(call.request, wait, waiting->task);
    }
    TRY_ASSIGN(auto response, endpoint.handle(call));
    if (wait == Milliseconds{0} || response.task.empty()) return response;
    return task_wait_.answer_change(call.request, wait, response.task);
}

Response ControlPlane::refuse_token(const Error& error, const Request& request) {
    if (error.code() != Code::unauthorized) return failure(error, request);
    const auto wait = ports_.wrong_tokens.note(request.client_ip);
    if (wait == Milliseconds(0)) return failure(error, request);
    auto response = failure(access::too_many_wrong_tokens(), request);
    response.headers.emplace_back(
        "Retry-After", fmt::format("{}", std::chrono::ceil<std::chrono::seconds>(wait).count()));
    return response;
}

Result<void> ControlPlane::allow_metrics(const Request& request) const {
    if (is_known_host(request.host.value_or(""), options_.scope.api_url)) return {};
    const auto caller = auth_.authenticate(request);
    if (caller.ok() && require_api(caller.value()).ok()) return {};
    return forbidden(
        "Metrics are answered under the name in api.public-url, under addresses and names without "
        "a dot, or with a token of the role admin or readonly.");
}

}  // namespace millrace::control
