// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "codesign/experiment/target.hpp"
#include "codesign/run/pair_text.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;
constexpr int schema_version = 1;
constexpr int application_id = 0x44594144;  // "DYAD", so that file(1) and we know our own

constexpr const char* schema =
    "CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
    "CREATE TABLE configs (position INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL,"
    "                      sha256 TEXT NOT NULL, text TEXT NOT NULL);"
    // genome: the values of all genes, exactly; genes: the labels of the active ones; the others are JSON objects too.
    "CREATE TABLE pairs (id INTEGER PRIMARY KEY, genome TEXT NOT NULL, genes TEXT NOT NULL, objectives TEXT NOT NULL,"
    "                    violations TEXT NOT NULL, reason TEXT, fidelity TEXT NOT NULL, metrics TEXT NOT NULL);"
    // What an accuracy evaluator said of a network (its fingerprint); metrics as in pairs.
    "CREATE TABLE answers (network TEXT NOT NULL, question TEXT NOT NULL, metrics TEXT NOT NULL,"
    "                      PRIMARY KEY (network, question));";

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

/// A prepared statement: bind in order, then step.
class Database::Statement {
public:
    Statement(const Database& database, const char* sql) : database_(database) {
        if (sqlite3_prepare_v2(database.connection_.get(), sql, -1, &statement_, nullptr) != SQLITE_OK) database.fail();
    }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(const std::string& text) {
        sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
        return *this;
    }
    Statement& bind(std::uint64_t number) {
        sqlite3_bind_int64(statement_, ++bound_, static_cast<sqlite3_int64>(number));
        return *this;
    }
    Statement& bind_null() {
        sqlite3_bind_null(statement_, ++bound_);
        return *this;
    }
    /// True while there is a row.
    [[nodiscard]] bool step() {
        const int code = sqlite3_step(statement_);
        if (code != SQLITE_ROW && code != SQLITE_DONE) database_.fail();
        return code == SQLITE_ROW;
    }
    /// Runs to the end and makes ready for the next set of values.
    void run() {
        (void)step();
        sqlite3_reset(statement_);
        bound_ = 0;
    }
    [[nodiscard]] std::string text(int column) const {
        const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
        return data == nullptr ? ""
                               : std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
    }
    [[nodiscard]] std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }

private:
    const Database& database_;
    sqlite3_stmt* statement_ = nullptr;
    int bound_ = 0;
};

Database::Database(const std::filesystem::path& file) : file_(file), connection_(nullptr, sqlite3_close) {
    sqlite3* raw = nullptr;
    const int code = sqlite3_open(file.c_str(), &raw);
    connection_.reset(raw);
    if (code != SQLITE_OK) fail();
    sqlite3_busy_timeout(raw, 5000);
    auto kind = prepare("PRAGMA application_id");
    auto version = prepare("PRAGMA user_version");
    auto tables = prepare("SELECT count(*) FROM sqlite_master");
    if (!kind.step() || !version.step() || !tables.step()) fail();
    if (tables.number(0) == 0) return;
    if (kind.number(0) != application_id) throw core::Error(fmt::format("{}: not a run of dyad", file.string()));
    if (version.number(0) != schema_version)
        throw core::Error(fmt::format("{}: written with schema version {}, expected {}", file.string(),
                                      version.number(0), schema_version));
}

Database::~Database() = default;

void Database::fail() const {
    const char* why = connection_ ? sqlite3_errmsg(connection_.get()) : "out of memory";
    throw core::Error(fmt::format("{}: {}", file_.string(), why));
}

Database::Statement Database::prepare(const char* sql) const { return {*this, sql}; }

void Database::execute(const char* sql) const {
    if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

void Database::transaction(const std::function<void()>& body) const {
    execute("BEGIN IMMEDIATE");
    try {
        body();
        execute("COMMIT");
    } catch (...) {
        sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
        throw;
    }
}

Identity Database::identity() const {
    Identity identity;
    if (auto tables = prepare("SELECT count(*) FROM sqlite_master"); !tables.step() || tables.number(0) == 0)
        return identity;
    auto rows = prepare("SELECT key, value FROM run WHERE key <> 'finished'");
    while (rows.step()) identity[rows.text(0)] = rows.text(1);
    return identity;
}

void Database::begin(const Identity& identity, const std::vector<ConfigText>& configs) {
    transaction([&] {
        execute(fmt::format("PRAGMA application_id = {}", application_id).c_str());
        execute(fmt::format("PRAGMA user_version = {}", schema_version).c_str());
        execute(schema);
        auto row = prepare("INSERT INTO run VALUES (?, ?)");
        for (const auto& [key, value] : identity) row.bind(key).bind(value).run();
        auto config = prepare("INSERT INTO configs VALUES (?, ?, ?, ?, ?, ?)");
        std::uint64_t position = 0;
        for (const auto& c : configs)
            config.bind(++position).bind(c.kind).bind(c.name).bind(c.file).bind(c.sha256).bind(c.text).run();
    });
}

void Database::store(const Experiment& experiment, const std::vector<Pair>& pairs) {
    transaction([&] {
        auto row = prepare("INSERT OR REPLACE INTO pairs VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        for (const auto& pair : pairs) {
            row.bind(pair.id).bind(text_of(Json(pair.genome))).bind(text_of(genes_json(experiment, pair.genome)));
            row.bind(text_of(objectives_json(experiment, pair.evaluation)));
            row.bind(text_of(violations_json(experiment, pair.evaluation)));
            pair.evaluation.failed() ? row.bind(pair.evaluation.reason) : row.bind_null();
            row.bind(std::string(models::name(fidelity_of(experiment, pair.genome))))
                .bind(text_of(to_json(pair.evaluation)))
                .run();
        }
    });
}

std::map<std::string, Evaluation> Database::answers(const std::string& question) const {
    std::map<std::string, Evaluation> answers;
    auto table = prepare("SELECT 1 FROM sqlite_master WHERE name = 'answers'");
    if (!table.step()) return answers;  // of a run before there were evaluators
    auto rows = prepare("SELECT network, metrics FROM answers WHERE question = ?");
    rows.bind(question);
    while (rows.step()) {
        const auto metrics = Json::parse(rows.text(1), nullptr, false);
        if (!metrics.is_object()) throw core::Error(fmt::format("{}: an answer is damaged", file_.string()));
        answers.emplace(rows.text(0), evaluation_from_json(metrics));
    }
    return answers;
}

void Database::store_answer(const std::string& question, const std::string& network, const Evaluation& answer) {
    prepare("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)")
        .bind(network)
        .bind(question)
        .bind(text_of(to_json(answer)))
        .run();
}

void Database::copy(const std::filesystem::path& other) {
    prepare("ATTACH ? AS other").bind(other.string()).run();
    transaction([&] {
        execute("INSERT INTO pairs SELECT * FROM other.pairs");
        auto table = prepare("SELECT 1 FROM other.sqlite_master WHERE name = 'answers'");
        if (table.step()) execute("INSERT OR IGNORE INTO answers SELECT * FROM other.answers");
    });
    execute("DETACH other");
}

void Database::finish() { execute("INSERT OR REPLACE INTO run VALUES ('finished', 'true')"); }

bool Database::finished() const { return prepare("SELECT 1 FROM run WHERE key = 'finished'").step(); }

std::vector<ConfigText> Database::configs() const {
    std::vector<ConfigText> configs;
    auto rows = prepare("SELECT kind, name, file, sha256, text FROM configs ORDER BY position");
    while (rows.step()) configs.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4)});
    return configs;
}

Pair Database::read_pair(const Statement& row) const {
    const auto genome = Json::parse(row.text(1), nullptr, false), metrics = Json::parse(row.text(2), nullptr, false);
    if (!genome.is_array() || !metrics.is_object())
        throw core::Error(fmt::format("{}: pair {} is damaged", file_.string(), row.number(0)));
    return {static_cast<std::uint64_t>(row.number(0)), genome.get<core::Genome>(), evaluation_from_json(metrics)};
}

void Database::for_each_pair(const std::function<void(Pair)>& visit) const {
    auto rows = prepare("SELECT id, genome, metrics FROM pairs ORDER BY id");
    while (rows.step()) visit(read_pair(rows));
}

std::uint64_t Database::count_pairs() const {
    auto rows = prepare("SELECT count(*) FROM pairs");
    return rows.step() ? static_cast<std::uint64_t>(rows.number(0)) : 0;
}

std::vector<Pair> Database::pairs_between(std::uint64_t first, std::uint64_t last) const {
    std::vector<Pair> pairs;
    auto rows = prepare("SELECT id, genome, metrics FROM pairs WHERE id BETWEEN ? AND ? ORDER BY id");
    rows.bind(first).bind(last);
    while (rows.step()) pairs.push_back(read_pair(rows));
    return pairs;
}

}  // namespace dyad::codesign
