// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "codesign/experiment/experiment.hpp"
#include "codesign/run/run.hpp"

struct sqlite3;

namespace dyad::codesign {

/// What makes a run this run: two runs with equal identities end in the same result. By name, in plain text.
using Identity = std::map<std::string, std::string>;

/// run.sqlite: what a run is made from (tables `run` and `configs`) and every evaluated pair (table `pairs`). Each
/// store() is one transaction, so whatever kills the program leaves a file that can be read and continued.
class Database {
public:
    /// Opens or creates. Throws core::Error with the reason when the file cannot be used or is of another kind.
    explicit Database(const std::filesystem::path& file);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Nothing before begin() was called on this file.
    [[nodiscard]] Identity identity() const;
    /// Writes the tables of a new run.
    void begin(const Identity& identity, const std::vector<ConfigText>& configs);
    void store(const Experiment& experiment, const std::vector<Pair>& pairs);
    /// What an accuracy evaluator said of networks, by fingerprint; `question` is all else that decides the answer.
    [[nodiscard]] std::map<std::string, Evaluation> answers(const std::string& question) const;
    void store_answer(const std::string& question, const std::string& network, const Evaluation& answer);
    /// Adds all pairs and answers of another run of the same space.
    void copy(const std::filesystem::path& other);
    void finish();
    [[nodiscard]] bool finished() const;

    [[nodiscard]] std::vector<ConfigText> configs() const;
    /// By id, one after another: no more than one is in memory.
    void for_each_pair(const std::function<void(Pair)>& visit) const;
    [[nodiscard]] std::uint64_t count_pairs() const;
    /// Those with ids from `first` to `last`.
    [[nodiscard]] std::vector<Pair> pairs_between(std::uint64_t first, std::uint64_t last) const;

private:
    class Statement;
    [[nodiscard]] Pair read_pair(const Statement& row) const;
    void execute(const char* sql) const;
    void transaction(const std::function<void()>& body) const;
    [[nodiscard]] Statement prepare(const char* sql) const;
    [[noreturn]] void fail() const;

    std::filesystem::path file_;
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> connection_;
};

}  // namespace dyad::codesign
