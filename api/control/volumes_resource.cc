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
    return json;
}

Result<Response> list(const Services& services, const Call&) {
    TRY_ASSIGN(const auto reports, services.volumes.list());
    auto volumes = OrderedJson::array();
    for (const auto& report : reports) volumes.push_back(render_volume(report));
    return json_response(
        200, {{"projectId", services.scope.project.value}, {"volumes", std::move(volumes)}});
}

Result<Response> ended(Result<VolumeRecord> record) {
    if (!record.ok()) return std::move(record).error();
    return json_response(200, render_volume({.record = std::move(record).value()}));
}

Result<Response> retire(const Services& services, const Call& call) {
    TRY(services.volumes.leave(call.path.volume));
    return ended(services.volumes.retire(call.path.volume, instant_of(services.clock)));
}

Result<Response> give_up(const Services& services, const Call& call) {
    return ended(services.volumes.give_up(call.path.volume, services.clock.wall()));
}

}  // namespace

void add_volumes(Router& router, const Services& services) {
    const auto add = [&](const char* method, std::string_view pattern, auto handler) {
        router.add(method, pattern, Access::token,
                   [&services, handler](const Call& call) { return handler(services, call); });
    };
    add("GET", "/v1/volumes", list);
    add("POST", "/v1/volumes/{volumeName}/retire", retire);
    add("POST", "/v1/volumes/{volumeName}/lost", give_up);
}

}  // namespace millrace::control
