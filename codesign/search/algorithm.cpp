// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/algorithm.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "codesign/search/archive.hpp"
#include "codesign/search/evolution.hpp"

namespace dyad::codesign {
namespace {

/// Every generation drawn from all over the space.
class RandomSearch final : public Algorithm {
public:
    RandomSearch(const core::ChoiceSpace& space, const SearchOptions& options) : options_(options), novelty_(space) {}

    std::vector<core::Genome> ask() override {
        std::vector<core::Genome> genomes;
        if (generation_ == options_.generations) return genomes;
        for (std::size_t i = 0; generation_ == 0 && i < options_.start.size() && i < options_.population; ++i)
            if (novelty_.add(options_.start[i])) genomes.push_back(options_.start[i]);
        for (std::size_t i = genomes.size(); i < options_.population; ++i) {
            core::Stream random(options_.seed, "random search", generation_, i);
            if (auto genome = novelty_.draw(random)) genomes.push_back(std::move(*genome));
        }
        ++generation_;
        return genomes;
    }
    void tell(const std::vector<Fitness>&) override {}

private:
    SearchOptions options_;
    Novelty novelty_;
    std::size_t generation_ = 0;
};

/// Every setting of the space, in order.
class ExhaustiveSearch final : public Algorithm {
public:
    ExhaustiveSearch(const core::ChoiceSpace& space, const SearchOptions& options)
        : space_(space), batch_(options.population), size_(space.size()) {
        if (size_ == 0) throw std::logic_error("a space with continuous genes has no end");
    }
    std::vector<core::Genome> ask() override {
        std::vector<core::Genome> genomes;
        while (next_ < size_ && genomes.size() < batch_) genomes.push_back(space_.at(next_++));
        return genomes;
    }
    void tell(const std::vector<Fitness>&) override {}

private:
    const core::ChoiceSpace& space_;
    std::size_t batch_;
    std::uint64_t size_, next_ = 0;
};

/// (1+lambda): each generation mutates one pair; of it and its children the least crowded among those that nothing seen
/// so far dominates is next (the acceptance of PAES: Knowles and Corne, "Approximating the nondominated front using the
/// Pareto archived evolution strategy", 2000, with crowding distance for its grid).
class LocalSearch final : public Algorithm {
public:
    LocalSearch(const core::ChoiceSpace& space, const SearchOptions& options)
        : space_(space), options_(options), novelty_(space) {}

    std::vector<core::Genome> ask() override {
        asked_.clear();
        if (generation_ == options_.generations) return asked_;
        for (std::size_t i = 0; generation_ == 0 && i < options_.start.size() && i < options_.population; ++i)
            if (novelty_.add(options_.start[i])) asked_.push_back(options_.start[i]);
        for (std::size_t i = asked_.size(); i < options_.population && !novelty_.used_up(); ++i) {
            core::Stream random(options_.seed, "local search", generation_, i);
            if (auto genome = neighbour(random)) asked_.push_back(std::move(*genome));
        }
        ++generation_;
        return asked_;
    }

    void tell(const std::vector<Fitness>& fitness) override {
        if (fitness.size() != asked_.size()) throw std::logic_error("told of other candidates than asked");
        for (std::size_t i = 0; i < asked_.size(); ++i) {
            archive_.insert(genomes_.size(), fitness[i]);
            genomes_.push_back(asked_[i]);
        }
        choose_parent();
    }

private:
    std::optional<core::Genome> neighbour(core::Stream& random) {
        constexpr int attempts = 50;
        for (int attempt = 0; attempt < attempts && parent_; ++attempt) {
            auto genome = child(space_, genomes_[*parent_], genomes_[*parent_], options_.variation, random);
            if (novelty_.add(genome)) return genome;
        }
        return novelty_.draw(random);
    }

    /// Among the parent and its children that are in the archive; failing those, the parent stays.
    void choose_parent() {
        std::vector<Fitness> all;
        std::vector<std::size_t> front;
        for (const auto& member : archive_.members()) {
            front.push_back(all.size());
            all.push_back(member.fitness);
        }
        const auto room = crowding(all, front);
        const auto first_child = genomes_.size() - asked_.size();
        double widest = -1;
        const auto before = parent_;
        for (std::size_t i = 0; i < front.size(); ++i) {
            const auto id = archive_.members()[i].id;
            if (id < first_child && before != id) continue;
            if (room[i] <= widest) continue;
            widest = room[i];
            parent_ = id;
        }
    }

    const core::ChoiceSpace& space_;
    SearchOptions options_;
    Novelty novelty_;
    std::size_t generation_ = 0;
    std::vector<core::Genome> asked_, genomes_;
    Archive archive_;
    std::optional<std::size_t> parent_;
};

}  // namespace

const char* name(Method method) {
    constexpr const char* names[]{"nsga2", "nsga3", "random", "exhaustive", "local"};
    return names[static_cast<std::size_t>(method)];
}

std::unique_ptr<Algorithm> make_algorithm(const core::ChoiceSpace& space, const SearchOptions& options,
                                          std::size_t objectives) {
    switch (options.method) {
        case Method::nsga2:
            return std::make_unique<Evolution>(space, options, crowding_survival());
        case Method::nsga3:
            return std::make_unique<Evolution>(space, options, niching_survival(objectives, options.population));
        case Method::random:
            return std::make_unique<RandomSearch>(space, options);
        case Method::exhaustive:
            return std::make_unique<ExhaustiveSearch>(space, options);
        case Method::local:
            return std::make_unique<LocalSearch>(space, options);
    }
    throw std::logic_error("no such search method");
}

}  // namespace dyad::codesign
