#include "core/pipeline/template_inputs.h"

#include <limits>
#include <string_view>
#include <utility>

#include "core/base/error_names.h"

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
    TRY(begin(request, form, route));
    TRY(go_on(std::numeric_limits<std::uint64_t>::max()));
    return take();
}

Result<void> TemplateInputs::begin(const Record& request, RecordForm form,
                                   const SourceRoute& route) {
    route_ = &route;
    batch_ = {.project = route.key.project,
              .templates = route.mapper.templates(),
              .records = {},
              .done = nullptr};
    shared_ = nullptr;
    bytes_ = 0;
    form_ = form;
    set_request(request);
    return reader_.begin(request.body, form, request.content_type);
}

void TemplateInputs::set_request(const Record& request) {
    record_ = request;
    if (form_ != RecordForm::single) record_.content_type = "application/json";
}

void TemplateInputs::move_to(const Record& request) {
    set_request(request);
    reader_.move_to(request.body);
}

Result<bool> TemplateInputs::go_on(std::uint64_t work) {
    const auto templates = batch_.templates->size();
    for (std::uint64_t done = 0; done < work;) {
        if (!reader_.next()) return true;
        record_.body = reader_.record();
        const auto bytes = bytes_of_record(record_.body, templates);
        bytes_ += bytes;
        if (form_ != RecordForm::single && bytes_ > kTemplateBytesMax) {
            return Error(Code::too_large, "The request has too many records for templates.")
                .named(error_names::kInPayloadTooLarge);
        }
        route_->mapper.begin(record_, *scratch_);
        if (shared_ == nullptr) shared_ = route_->mapper.template_request(*scratch_);
        batch_.records.push_back(route_->mapper.template_record(*scratch_, shared_));
        done += bytes;
    }
    return false;
}

}  // namespace millrace::pipeline
