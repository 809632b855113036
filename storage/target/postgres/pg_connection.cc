#include "storage/target/postgres/pg_connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "storage/target/postgres/pg_error.h"

namespace millrace::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLook{100};      // how often a stop is looked for
constexpr milliseconds kGrace{10'000};  // for the server to end a statement by its own timeout
constexpr milliseconds kCancel{2'000};

void finish(pg_conn* connection) {
    PQfinish(connection);
}

// The first line: what follows are hints and repetitions.
std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

Report report_of(const pg_result* result) {
    const auto field = [&](int code) {
        const auto* const text = PQresultErrorField(result, code);
        return std::string(text == nullptr ? "" : text);
    };
    Report report{.state = field(PG_DIAG_SQLSTATE),
                  .message = first_line(field(PG_DIAG_MESSAGE_PRIMARY)),
                  .context = field(PG_DIAG_CONTEXT)};
    if (report.message.empty()) report.message = first_line(PQresultErrorMessage(result));
    return report;
}

bool is_set(const std::atomic<bool>* stop) {
    return stop != nullptr && stop->load(std::memory_order_relaxed);
}

Error given_up() {
    return {Code::unavailable, "given up: the service stops"};
}

// Waits for the socket; false: the time is up.
bool poll_for(int socket, short events, milliseconds span) {
    pollfd entry{.fd = socket, .events = events, .revents = 0};
    return ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(span.count(), 0))) > 0;
}

bool is_state(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return text.size() == 5 && std::ranges::any_of(text, is_digit) &&
           std::ranges::all_of(text, [&](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); });
}

// "28P01" of "FATAL:  28P01: password authentication failed ..."; the other words are translated.
std::string_view state_in(std::string_view text) {
    for (auto colon = text.find(':'); colon != std::string_view::npos;
         colon = text.find(':', colon + 1)) {
        if (colon < 6 || text[colon - 6] != ' ') continue;
        const auto state = text.substr(colon - 5, 5);
        if (is_state(state)) return state;
    }
    return {};
}

// Several hosts are tried, and say a line each.
Error not_connected(std::string_view text, const Login& login) {
    const auto state = state_in(text);
    const auto begin = state.empty() ? 0 : text.rfind('\n', text.find(state)) + 1;
    const auto said = first_line(text.substr(begin));
    // 42501: it may not connect to this database; 22023: what the dsn sets is not for it.
    const bool is_refused =
        state.starts_with("28") || state.starts_with("42") || state.starts_with("22");
    if (!login.is_of_dsn() && is_refused) {
        return Error(Code::conflict, said).named(kLoginRefused);
    }
    return {Code::unavailable, fmt::format("PostgreSQL cannot be reached: {}", said)};
}

// Settings of a session. What the database or the role says of synchronous_commit is kept where it
// promises at least that a commit is on disk. search_path stays: triggers of a table may need it.
constexpr std::string_view kSetUp =
    "SELECT pg_backend_pid(), current_setting('server_encoding'),"
    " set_config('datestyle', 'ISO, YMD', false), set_config('timezone', 'UTC', false),"
    " set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
    " set_config('standard_conforming_strings', 'on', false),"
    " set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
    " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

}  // namespace

Result<void> check_dsn(const std::string& dsn) {
    char* message = nullptr;
    auto* const parsed = PQconninfoParse(dsn.c_str(), &message);
    const std::string said = message == nullptr ? "" : first_line(message);
    PQfreemem(message);
    PQconninfoFree(parsed);
    if (parsed != nullptr) return {};
    // What libpq quotes may be a part of the password.
    return Error(Code::invalid,
                 fmt::format("dsn is no connection string of PostgreSQL ({}); it is such as "
                             "\"host=db.example dbname=warehouse user=millrace\"",
                             said.substr(0, said.find('"'))));
}

std::size_t Rows::size() const {
    return static_cast<std::size_t>(PQntuples(result_.get()));
}

bool Rows::is_null(std::size_t row, int column) const {
    return PQgetisnull(result_.get(), static_cast<int>(row), column) != 0;
}

std::string_view Rows::text(std::size_t row, int column) const {
    const int at = static_cast<int>(row);
    return {PQgetvalue(result_.get(), at, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), at, column))};
}

std::string_view Rows::command() const {
    return PQcmdStatus(result_.get());
}

std::uint64_t Rows::written() const {
    const std::string_view text = PQcmdTuples(result_.get());
    std::uint64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

void Rows::clear(pg_result* result) {
    PQclear(result);
}

Connection::Connection(pg_conn* connection, ConnectOptions options, Login login)
    : connection_(connection, finish), options_(std::move(options)), login_(std::move(login)) {}

Result<Connection> Connection::open(const ConnectOptions& options, const std::atomic<bool>* stop,
                                    const Login& login) {
    // Those before the dsn may be otherwise in it: a peer that is gone is noticed within a minute.
    std::vector<const char*> keys = {
        "tcp_user_timeout", "keepalives_idle", "keepalives_interval",      "keepalives_count",
        "dbname",           "client_encoding", "fallback_application_name"};
    std::vector<const char*> values = {"60000", "30",      "10", "3", options.dsn.c_str(),
                                       "UTF8",  "millrace"};
    if (!login.is_of_dsn()) {
        keys.insert(keys.end(), {"user", "password"});
        values.insert(values.end(), {login.role.c_str(), login.password.expose().c_str()});
    }
    keys.push_back(nullptr);
    values.push_back(nullptr);
    Connection opened(PQconnectStartParams(keys.data(), values.data(), 1), options, login);
    auto* const raw = opened.connection_.get();
    check(raw != nullptr, "no memory for a connection");
    // So that what is said of a login has its SQLSTATE, which libpq has no function for.
    if (!login.is_of_dsn()) PQsetErrorVerbosity(raw, PQERRORS_VERBOSE);
    const auto until = steady_clock::now() + options.connect_timeout;
    for (auto step = PGRES_POLLING_WRITING; step != PGRES_POLLING_OK;) {
        if (PQstatus(raw) == CONNECTION_BAD || step == PGRES_POLLING_FAILED) {
            return not_connected(PQerrorMessage(raw), login);
        }
        while (!poll_for(
            PQsocket(raw), step == PGRES_POLLING_READING ? POLLIN : POLLOUT,
            std::min(kLook, std::chrono::ceil<milliseconds>(until - steady_clock::now())))) {
            if (is_set(stop)) return given_up();
            if (steady_clock::now() < until) continue;
            return Error(Code::unavailable,
                         fmt::format("PostgreSQL did not answer within {} ms (connect-timeout)",
                                     options.connect_timeout.count()));
        }
        step = PQconnectPoll(raw);
    }
    PQsetErrorVerbosity(raw, PQERRORS_DEFAULT);
    PQsetnonblocking(raw, 1);
    PQsetNoticeReceiver(
        raw, [](void*, const PGresult*) {}, nullptr);
    opened.stop_ = stop;
    opened.expect_quick(true);
    TRY(opened.set_up());
    opened.expect_quick(false);
    return opened;
}

Result<void> Connection::set_up() {
    const auto ms = [](milliseconds span) { return fmt::format("{}ms", span.count()); };
    TRY_ASSIGN(const auto answer, run(std::string(kSetUp),
                                      {ms(options_.statement_timeout), ms(options_.lock_timeout)}));
    backend_ = answer.text(0, 0);
    if (answer.text(0, 1) == "UTF8") return {};
    return Error(
        Code::conflict,
        fmt::format("the database has the encoding {}, and rows are UTF-8; create one with "
                    "ENCODING 'UTF8' TEMPLATE template0, and name it in dsn",
                    answer.text(0, 1)));
}

Result<std::string> Connection::verifier_of(const std::string& role, const Secret& password) {
    if (is_broken()) return broken();
    char* const made = PQencryptPasswordConn(connection_.get(), password.expose().c_str(),
                                             role.c_str(), "scram-sha-256");
    if (made == nullptr) {
        return Error(Code::unavailable, fmt::format("libpq made no verifier of a password: {}",
                                                    first_line(PQerrorMessage(connection_.get()))));
    }
    std::string text(made);
    PQfreemem(made);
    return text;
}

Connection::Deadline Connection::deadline() const {
    const auto whole = options_.statement_timeout + kGrace;
    return steady_clock::now() + (is_quick_ ? std::min(options_.quick_timeout, whole) : whole);
}

bool Connection::is_broken() const {
    return connection_ == nullptr || PQstatus(connection_.get()) != CONNECTION_OK;
}

// A session that is idle hears nothing but its end: the reason first, and then that it is over.
bool Connection::was_closed() {
    return is_broken() || poll_for(PQsocket(connection_.get()), POLLIN, milliseconds(0));
}

Error Connection::broken() const {
    return {Code::unavailable,
            fmt::format("the connection to PostgreSQL broke: {}",
                        connection_ == nullptr ? std::string("it was given up")
                                               : first_line(PQerrorMessage(connection_.get())))};
}

void Connection::close() {
    connection_.reset();
}

// By a session of its own: the request of libpq has no timeout and no TLS.
void Connection::cancel() {
    auto options = options_;
    options.connect_timeout = std::min(options.connect_timeout, kCancel);
    options.statement_timeout = kCancel;
    options.quick_timeout = kCancel;
    auto other = open(options, nullptr, login_);
    if (!other.ok()) return;
    static_cast<void>(other.value().run("SELECT pg_cancel_backend($1)", {backend_}));
}

Result<void> Connection::wait(Wait what, Deadline deadline) {
    auto* const raw = connection_.get();
    const auto events = static_cast<short>(what == Wait::room ? POLLIN | POLLOUT : POLLIN);
    while (!poll_for(PQsocket(raw), events, kLook)) {
        if (is_set(stop_)) {
            cancel();
            close();
            return given_up();
        }
        if (steady_clock::now() < deadline) continue;
        close();
        return Error(Code::unavailable,
                     is_quick_ ? fmt::format("PostgreSQL has not answered for {} ms",
                                             options_.quick_timeout.count())
                               : "PostgreSQL does not answer any more (statement-timeout)");
    }
    if (PQconsumeInput(raw) == 0) return broken();
    return {};
}

Result<void> Connection::flush(Deadline deadline) {
    while (true) {
        const int left = PQflush(connection_.get());
        if (left == 0) return {};
        if (left < 0) return broken();
        TRY(wait(Wait::room, deadline));
    }
}

Result<std::optional<Rows>> Connection::next_part(Deadline deadline) {
    while (PQisBusy(connection_.get()) != 0) TRY(wait(Wait::answer, deadline));
    auto* const result = PQgetResult(connection_.get());
    if (result == nullptr) return std::optional<Rows>();
    return std::optional<Rows>(Rows(result));
}

Result<Rows> Connection::answer(Deadline deadline) {
    failure_.reset();
    TRY(flush(deadline));
    std::optional<Rows> last;
    std::optional<Error> failure;
    while (true) {
        auto part = next_part(deadline);
        if (!part.ok()) return failure ? *std::move(failure) : std::move(part).error();
        if (!part.value()) break;
        last = std::move(part).value();
        const auto status = PQresultStatus(last->result());
        if (status == PGRES_COPY_IN) break;
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && !failure) {
            failure_ = report_of(last->result());
            failure = error_of(*failure_);
        }
    }
    if (failure) return *std::move(failure);
    if (!last) return broken();
    return *std::move(last);
}

Result<Rows> Connection::run(const std::string& sql, const Parameters& parameters) {
    if (is_broken()) return broken();
    if (is_set(stop_)) return given_up();
    std::vector<const char*> values;
    for (const auto& value : parameters) values.push_back(value ? value->c_str() : nullptr);
    const int sent =
        PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                          values.data(), nullptr, nullptr, 0);
    if (sent == 0) return broken();
    return answer(deadline());
}

Result<void> Connection::begin_copy(const std::string& sql) {
    TRY_ASSIGN(const auto begun, run(sql));
    check(PQresultStatus(begun.result()) == PGRES_COPY_IN, "no COPY: {}", sql);
    return {};
}

Result<void> Connection::put(std::string_view bytes) {
    if (is_set(stop_)) return given_up();
    if (PQputCopyData(connection_.get(), bytes.data(), static_cast<int>(bytes.size())) != 1) {
        return broken();
    }
    return flush(deadline());
}

Result<std::uint64_t> Connection::end_copy() {
    if (PQputCopyEnd(connection_.get(), nullptr) != 1) return broken();
    TRY_ASSIGN(const auto answered, answer(deadline()));
    return answered.written();
}

void Connection::roll_back() {
    if (is_broken()) return;
    auto* const raw = connection_.get();
    stop_ = nullptr;
    const auto soon = steady_clock::now() + kGrace;
    if (PQtransactionStatus(raw) == PQTRANS_ACTIVE) {
        // Ends a COPY; anything else that runs was left by a break.
        if (PQputCopyEnd(raw, "given up") != 1 || !flush(soon).ok()) return close();
        static_cast<void>(answer(soon));
    }
    if (is_broken() || PQtransactionStatus(raw) == PQTRANS_IDLE) return;
    if (PQsendQuery(raw, "ROLLBACK") == 0 || !answer(soon).ok()) close();
}

}  // namespace millrace::postgres
