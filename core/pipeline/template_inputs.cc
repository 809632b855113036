#include "core/pipeline/template_inputs.h"

#include <utility>

namespace millrace::pipeline {

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
    while (reader_.next()) {
        record.body = reader_.record();
        add(record);
    }
    return batch;
}

}  // namespace millrace::pipeline
