#include "core/pipeline/record_form.h"

#include "core/mapping/media_type.h"

namespace millrace::pipeline {

RecordForm record_form(std::optional<RecordForm> wished, std::string_view content_type,
                       const SourceSettings& settings) {
    if (wished) return *wished;
    const auto media = mapping::body_type_of(content_type).media;
    return media == mapping::MediaType::json_lines ? RecordForm::lines : settings.records;
}

}  // namespace millrace::pipeline
