#include "storage/target/postgres/sink_role_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "storage/target/postgres/pg_change.h"
#include "storage/target/postgres/pg_ledger.h"
#include "storage/target/postgres/pg_role.h"

namespace millrace::postgres {
namespace {

// A sink is saved after its token: one that is as new as that may have its sink in a moment.
constexpr Milliseconds kUnusedAfter = std::chrono::minutes(1);

std::string random_hex(Rng& random, int words) {
    std::string text;
    for (int i = 0; i < words; ++i) text += fmt::format("{:016x}", random.next());
    return text;
}

// Whether trying again changes nothing, until somebody changes the database.
bool is_refusal(const Error& error) {
    return error.code() == Code::conflict || error.code() == Code::invalid;
}

}  // namespace

Error role_cannot(const std::string& role, const Error& why) {
    return Error(Code::conflict,
                 fmt::format("the role \"{}\" of the sink was dropped or changed, or lacks a right "
                             "({}); disable and enable the sink, which makes its role anew",
                             role, why.operator_text()))
        .named(kSinkRoleRefused);
}

SinkRoleKeeper::SinkRoleKeeper(Pool& pool, RoleOptions options)
    : pool_(pool), options_(std::move(options)), told_(may_make_no_roles().operator_text()) {}

Result<RoleNames> SinkRoleKeeper::names() {
    TRY_ASSIGN(const auto space,
               options_.tokens.role_space(random_hex(options_.random, 1).substr(0, 8)));
    return RoleNames(space, options_.target);
}

Result<void> SinkRoleKeeper::give_access(const Sink& sink, Renewal renewal) {
    if (options_.use == RoleUse::off) return {};
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(auto found, options_.tokens.sink_token(options_.target, sink.number));
    auto token = std::move(found).value_or(SinkToken{});
    token.target = options_.target;
    token.sink = sink.number;
    token.key = sink.key;
    token.table = sink.table;
    if (renewal == Renewal::yes) token.password = Secret();
    return make(token).in("role of the sink");
}

Result<void> SinkRoleKeeper::renew_access_later(const Sink& sink) {
    if (options_.use == RoleUse::off) return {};
    const std::lock_guard lock(mutex_);
    TRY_ASSIGN(auto token, options_.tokens.sink_token(options_.target, sink.number));
    if (!token) token = SinkToken{};
    token->target = options_.target;
    token->sink = sink.number;
    token->key = sink.key;
    token->table = sink.table;
    token->state = SinkTokenState::due;
    token->password = Secret();
    token->changed_at = options_.clock.wall();
    return options_.tokens.save_sink_token(*token);
}

void SinkRoleKeeper::take_access(SinkNumber sink) {
    const std::lock_guard lock(mutex_);
    const auto token = options_.tokens.sink_token(options_.target, sink);
    if (!token.ok() || !token.value()) return;
    static_cast<void>(drop(*token.value()));  // else by tidy()
}

Result<Login> SinkRoleKeeper::login_of(const ImportRequest& request) {
    if (options_.use == RoleUse::off) return Login{};
    const auto of_file = [&] {
        return options_.tokens.sink_token_of_file(options_.target, request.file);
    };
    // What was refused where that did no harm is tried again where it does.
    const auto is_due = [&](const std::optional<SinkToken>& token) {
        return token && (token->state == SinkTokenState::due ||
                         (token->state == SinkTokenState::refused && options_.use == RoleUse::on));
    };
    TRY_ASSIGN(auto token, of_file());
    if (is_due(token)) {
        const std::lock_guard lock(mutex_);
        TRY_ASSIGN(token, of_file());
        if (is_due(token)) {
            auto made = make(*token).in("role of the sink");
            if (!made.ok() && is_refusal(made.error())) {
                return std::move(made).error().named(kSinkRoleRefused);
            }
            TRY(made);
        }
    }
    if (!token || token->table.bucket() != request.table.id.bucket()) return Login{};
    if (token->state == SinkTokenState::ready) {
        return Login{.role = token->role, .password = token->password};
    }
    return Login{};
}

Result<void> SinkRoleKeeper::make(SinkToken& token) {
    TRY_ASSIGN(const auto names, this->names());
    token.role = names.of_sink(token.sink);
    if (token.password.expose().empty()) token.password = Secret(random_hex(options_.random, 4));
    token.state = SinkTokenState::due;
    token.reason.clear();
    token.changed_at = options_.clock.wall();
    TRY(options_.tokens.save_sink_token(token));
    auto made = make_role(token, names);
    if (made.ok()) made = try_login(token, names);
    if (made.ok()) {
        token.state = SinkTokenState::ready;
        return options_.tokens.save_sink_token(token);
    }
    if (options_.use == RoleUse::on || !is_refusal(made.error())) return made;
    token.state = SinkTokenState::refused;
    token.password = Secret();
    token.reason = made.error().operator_text();
    TRY(options_.tokens.save_sink_token(token));
    // Once, where all sinks are refused for one reason.
    if (options_.tell_refused && told_ != token.reason) options_.tell_refused(token);
    told_ = token.reason;
    return {};
}

Result<void> SinkRoleKeeper::make_role(const SinkToken& token, const RoleNames& names) {
    TRY_ASSIGN(auto connection, pool_.lease_quick());
    TRY_ASSIGN(const bool may, may_make_roles(*connection));
    if (!may) return may_make_no_roles();
    const auto schema = token.table.bucket();
    TRY(begin_change(*connection, schema));
    TRY(ensure_ledger(*connection, schema));
    TRY(make_sink_role(*connection,
                       {.name = token.role,
                        .description = description_of(token),
                        .password = token.password,
                        .table = token.table},
                       names));
    return commit(*connection);
}

// A server may let it not in: pg_hba.conf, or a pooler that does not know it.
Result<void> SinkRoleKeeper::try_login(const SinkToken& token, const RoleNames& names) {
    const auto session = pool_.lease_at_once({.role = token.role, .password = token.password});
    if (session.ok()) return {};
    if (session.error().name() != kLoginRefused) return session.error();
    static_cast<void>(drop_role(token.role));
    return Error(Code::conflict,
                 fmt::format("the server does not let the roles of sinks log in ({}); allow roles "
                             "named {}... by password in pg_hba.conf, then disable and enable the "
                             "sink",
                             session.error().operator_text(), names.of_sinks()));
}

Result<void> SinkRoleKeeper::drop(const SinkToken& token) {
    if (!token.role.empty()) TRY(drop_role(token.role));
    return options_.tokens.remove_sink_token(token.target, token.sink);
}

Result<void> SinkRoleKeeper::drop_role(const std::string& role) {
    TRY_ASSIGN(const auto names, this->names());
    TRY_ASSIGN(auto connection, pool_.lease_quick());
    TRY(begin_change(*connection, role));
    TRY(drop_sink_role(*connection, role, names));
    return commit(*connection).in(fmt::format("drop role {}", role));
}

Result<void> SinkRoleKeeper::drop_unused() {
    std::vector<SinkToken> unused;
    if (options_.use == RoleUse::off) {
        TRY_ASSIGN(unused, options_.tokens.sink_tokens_of(options_.target));
    } else {
        TRY_ASSIGN(unused, options_.tokens.unused_sink_tokens(
                               options_.target, options_.clock.wall() + -kUnusedAfter));
    }
    for (const auto& token : unused) TRY(drop(token));
    return {};
}

// Such as those of a catalog that was lost.
Result<void> SinkRoleKeeper::drop_strangers() {
    TRY_ASSIGN(const auto names, this->names());
    TRY_ASSIGN(const auto tokens, options_.tokens.sink_tokens_of(options_.target));
    std::vector<std::string> there;
    {
        TRY_ASSIGN(auto connection, pool_.lease_quick());
        TRY_ASSIGN(const bool may, may_make_roles(*connection));
        if (!may) return {};
        TRY_ASSIGN(there, sink_roles(*connection, names));
    }
    for (const auto& role : there) {
        const bool is_known =
            std::ranges::any_of(tokens, [&](const SinkToken& token) { return token.role == role; });
        if (!is_known) TRY(drop_role(role));
    }
    return {};
}

Result<void> SinkRoleKeeper::tidy() {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return {};  // next time
    const auto clean = [&]() -> Result<void> {
        TRY(drop_unused());
        if (has_looked_ || options_.use == RoleUse::off) return {};
        if (options_.use == RoleUse::on) {
            TRY(options_.tokens.add_missing_sink_tokens(options_.target, options_.clock.wall()));
        }
        TRY(drop_strangers());
        has_looked_ = true;
        return {};
    };
    auto cleaned = clean();
    if (cleaned.ok() || cleaned.error().code() != Code::conflict) return {};
    return std::move(cleaned).error().in("roles of sinks that are gone");
}

Result<void> SinkRoleKeeper::probe(Connection& connection) const {
    if (options_.use != RoleUse::on) return {};
    TRY_ASSIGN(const bool may, may_make_roles(connection));
    return may ? Result<void>() : may_make_no_roles();
}

}  // namespace millrace::postgres
