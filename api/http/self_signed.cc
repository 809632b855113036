#include "api/http/self_signed.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace millrace::http {
namespace {

constexpr long kDay = 24L * 60 * 60;
constexpr long kYear = 365 * kDay;

template <typename T, auto free>
struct FreeOf {
    void operator()(T* owned) const noexcept { free(owned); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeOf<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeOf<X509, X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreeOf<X509_EXTENSION, X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, FreeOf<BIO, BIO_free>>;

bool is_address(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> room{};
    return ::inet_pton(AF_INET, host.c_str(), room.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), room.data()) == 1;
}

std::string alternative_names(const std::vector<std::string>& hosts) {
    std::string all;
    for (const auto& host : hosts) {
        all +=
            fmt::format("{}{}:{}", all.empty() ? "" : ",", is_address(host) ? "IP" : "DNS", host);
    }
    return all;
}

bool add_extension(X509& certificate, int kind, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

bool add_extensions(X509& certificate, const std::vector<std::string>& hosts) {
    return add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(certificate, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
           add_extension(certificate, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, NID_subject_alt_name, alternative_names(hosts));
}

bool name_it(X509& certificate, const std::string& name) {
    auto* const subject = X509_get_subject_name(&certificate);
    const auto add = [&](const char* field, std::string_view text) {
        return X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(text.data()),
                                          static_cast<int>(text.size()), -1, 0) == 1;
    };
    return add("O", "Millrace, self-signed") && add("CN", name.substr(0, 64)) &&
           X509_set_issuer_name(&certificate, subject) == 1;
}

bool number_it(X509& certificate) {
    std::array<unsigned char, 8> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return false;
    std::uint64_t number = 0;
    for (const auto byte : random) number = number << 8 | byte;
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), number >> 1 | 1) == 1;
}

std::string text_of(const Bio& bio) {
    char* begin = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &begin);
    return {begin, static_cast<std::size_t>(size)};
}

}  // namespace

Result<SelfSigned> make_self_signed(const std::vector<std::string>& hosts, WallTime now) {
    const auto failed = [] { return Error(Code::internal, "OpenSSL cannot make a certificate"); };
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    if (key == nullptr || certificate == nullptr) return failed();
    std::time_t seconds = now.unix_ms / 1000;
    const bool made =
        X509_set_version(certificate.get(), X509_VERSION_3) == 1 && number_it(*certificate) &&
        X509_time_adj_ex(X509_getm_notBefore(certificate.get()), 0, -kDay, &seconds) != nullptr &&
        X509_time_adj_ex(X509_getm_notAfter(certificate.get()), 0, kYear, &seconds) != nullptr &&
        name_it(*certificate, hosts.front()) &&
        X509_set_pubkey(certificate.get(), key.get()) == 1 && add_extensions(*certificate, hosts) &&
        X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0;
    const Bio out(BIO_new(BIO_s_mem()));
    const Bio key_out(BIO_new(BIO_s_mem()));
    if (!made || PEM_write_bio_X509(out.get(), certificate.get()) != 1 ||
        PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
            1) {
        return failed();
    }
    return SelfSigned{.certificate = text_of(out), .key = text_of(key_out)};
}

}  // namespace millrace::http
