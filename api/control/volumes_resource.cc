#include "api/control/volumes_resource.h"

#include "api/control/json_body.h"
#include "api/control/render.h"

namespace millrace::control {
namespace {

OrderedJson render_volume(const pipeline::VolumeReport& report) {
    const auto& record = report.record;
    OrderedJson json = {{"name", record.name}, {"state", to_string(record.state)}};
    if (record.state == VolumeState::active) json["standing"] = to_string(report.standing);
    if (record.uuid) json["id"] = to_string(*record.uuid);
    if (record.first_seen != WallTime()) json["firstSeen"] = format_utc(record.first_seen);
    if (record.state != VolumeState::active) json["since"] = format_utc(record.since);
    if (!record.directory.empty()) json["directory"] = record.directory;
    if (record.state == VolumeState::lost) {
        json["givenUp"] = {{"files", record.given_up.files},
                           {"slices", record.given_up.slices},
                           {"records", record.given_up.rows},
                           {"keySources", record.given_up.key_sources}};
    }
    if (!report.pinned.empty()) {
        auto sources = OrderedJson::array();
        for (const auto& source : report.pinned) sources.push_back(source.value);
        json["pinnedSources"] = std::move(sources);
    }
    return json;
}

Result<Response> list(const VolumesApi& api, const Call&) {
    TRY_ASSIGN(const auto reports, api.volumes.list());
    auto volumes = OrderedJson::array();
    for (const auto& report : reports) volumes.push_back(render_volume(report));
    return json_response(200,
                         {{"projectId", api.scope.project.value}, {"volumes", std::move(volumes)}});
}

Result<Response> ended(const VolumesApi& api, Result<VolumeRecord> record) {
    if (!record.ok()) return std::move(record).error();
    return json_response(200, render_volume(api.volumes.report_of(std::move(record).value())));
}

Result<Response> retire(const VolumesApi& api, const Call& call) {
    TRY(api.volumes.leave(call.path.volume));
    return ended(api, api.volumes.retire(call.path.volume, instant_of(api.clock)));
}

Result<Response> give_up(const VolumesApi& api, const Call& call) {
    return ended(api, api.volumes.give_up(call.path.volume, api.clock.wall()));
}

}  // namespace

void add_volumes(Router& router, const VolumesApi& api) {
    const Routes<VolumesApi> routes(router, api);
    routes.add("GET", "/v1/volumes", list);
    routes.add("POST", "/v1/volumes/{volumeName}/retire", retire);
    routes.add("POST", "/v1/volumes/{volumeName}/lost", give_up);
}

}  // namespace millrace::control
