#include "core/pipeline/template_inputs.h"

#include <string_view>
#include <utility>

namespace millrace::pipeline {
namespace {

// Beside its body: what is kept of a record, and of each of its values, until they have come.
constexpr std::size_t kRecordBytes = 128;
constexpr std::size_t kValueBytes = 256;

std::size_t bytes_of_record(std::string_view body, std::size_t templates) {
    return body.size() + kRecordBytes + templates * kValueBytes;
}

}  // namespace

std::size_t bytes_of(const TemplateBatch& batch) {
    std::size_t bytes = 0;
    for (const auto& record : batch.records) {
        bytes += bytes_of_record(record.body, batch.templates->size());
    }
    return bytes;
}

Result<TemplateBatch> TemplateInputs::collect(const Record& request, RecordForm form,
                                              const SourceRoute& route) {
    TemplateBatch batch{.project = route.key.project,
                        .templates = route.mapper.templates(),
                        .records = {},
                        .done = nullptr};
    std::shared_ptr<const TemplateRequest> shared;
    const auto add = [&](const Record& record) {
        route.mapper.begin(record, *scratch_);
        if (shared == nullptr) shared = route.mapper.template_request(*scratch_);
        batch.records.push_back(route.mapper.template_record(*scratch_, shared));
    };
    if (form == RecordForm::single) {
        add(request);
        return batch;
    }
    TRY(reader_.begin(request.body, form));
    auto record = request;
    record.content_type = "application/json";
    std::size_t bytes = 0;
    while (reader_.next()) {
        record.body = reader_.record();
        bytes += bytes_of_record(record.body, batch.templates->size());
        if (bytes > kTemplateBytesMax) {
            return Error(Code::too_large, "The request has too many records for templates.")
                .named("stream.in.payloadTooLarge");
        }
        add(record);
    }
    return batch;
}

}  // namespace millrace::pipeline
