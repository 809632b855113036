#include "core/mapping/held_record.h"

namespace millrace::mapping {

std::string_view HeldRecord::keep(std::string_view text) {
    const auto begin = texts_.size();
    texts_.append(text);
    return std::string_view(texts_).substr(begin);
}

Record HeldRecord::hold(Record record) {
    std::size_t bytes = record.client_ip.size() + record.content_type.size() + record.body.size() +
                        record.query.size();
    if (record.client_certificate != nullptr) bytes += record.client_certificate->size();
    for (const auto& header : record.headers) bytes += header.name.size() + header.value.size();
    texts_.reserve(bytes);  // views must stay
    headers_.reserve(record.headers.size());
    for (const auto& header : record.headers) {
        const auto name = keep(header.name);
        headers_.push_back({.name = name, .value = keep(header.value)});
    }
    record.client_ip = keep(record.client_ip);
    record.content_type = keep(record.content_type);
    record.body = keep(record.body);
    record.query = keep(record.query);
    if (record.client_certificate != nullptr) {
        client_certificate_ = keep(*record.client_certificate);
        record.client_certificate = &client_certificate_;
    }
    record.headers = headers_;
    record.found = nullptr;
    return record;
}

void HeldRecord::release() {
    std::string().swap(texts_);  // an assignment would keep the memory
    std::vector<RequestHeader>().swap(headers_);
}

}  // namespace millrace::mapping
