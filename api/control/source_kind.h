#pragma once
// SourceKind: one way to receive records, as far as the REST API is concerned.
//
// Its name is the `type` of a source, and the field of its own part in requests and answers:
// {"type": "http", "http": {"url": ...}}.
//
// Thread  any.

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/control/json_body.h"
#include "core/base/result.h"
#include "core/definitions/reject_reader.h"
#include "core/definitions/restored_details.h"
#include "core/model/column.h"
#include "core/model/settings.h"
#include "core/model/source.h"

namespace millrace::control {

struct Scope;

struct SourceKind {
    std::string name;  // "http"

    // Its own part of the body that creates a source -> Source::details, a JSON object. The part is
    // null where the body has none. Empty: bodies have no such part.
    std::function<std::string(const Json* part, Problems& problems)> parse = nullptr;

    // Its own part of the body of a PATCH and the details before -> the details after it. It may be
    // called several times. Empty: the details of a source stay as they were made.
    std::function<std::string(const Json& part, const std::string& details, Problems& problems)>
        patch = nullptr;

    // Its details after a rollback. Empty: those of the version, with the secrets of today.
    definitions::RestoreDetails roll_back = nullptr;

    // Its own part of an answer.
    std::function<nlohmann::ordered_json(const Source& source, const Scope& scope)> render;

    // How large a row of such a source may be at least, in bytes, whatever the node allows; 0: as
    // the node says. Empty: 0.
    std::function<std::uint64_t(const std::string& details)> row_bytes = nullptr;

    // Its own settings, which no sink has; keys are "source.NAME.something". Its door finds what
    // the node and the source set in SourceRoute::kind_settings.
    std::vector<SettingSpec> settings = {};

    // Whether a sink of such a source may have these columns. Empty: any may.
    // Errors  invalid: why not, and what helps
    std::function<Result<void>(const std::string& details, const std::vector<Column>& columns)>
        check_columns = nullptr;

    // How its rejects are read before they are mapped again. Empty: they are what was kept.
    std::function<std::shared_ptr<definitions::RejectReader>(const Source& source)> reject_reader =
        nullptr;
};

// Events are sent to a URL with a secret; see docs/ingest.md.
SourceKind http_source_kind();

using SourceKinds = std::vector<SourceKind>;

// Null if there is none of that name.
const SourceKind* find_kind(std::span<const SourceKind> kinds, std::string_view name);

// Whether a sink of a source of that kind, with these details, may have the columns.
// Errors  those of SourceKind::check_columns
Result<void> check_columns(std::span<const SourceKind> kinds, const SourceKindName& kind,
                           const std::string& details, const std::vector<Column>& columns);

// The settings that sources of that kind have besides the general ones.
std::span<const SettingSpec> settings_of_kind(std::span<const SourceKind> kinds,
                                              const SourceKindName& name);

}  // namespace millrace::control
