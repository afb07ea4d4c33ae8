// SPDX-License-Identifier: Apache-2.0
#include "codesign/evaluation/pool.hpp"

namespace dyad::codesign {
namespace {

class InProcessPool final : public EvaluatorPool {
public:
    explicit InProcessPool(Evaluator& evaluator) : evaluator_(evaluator) {}

    bool evaluate(const std::vector<Job>& jobs, const Done& done, const Stop& stop) override {
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            if (stop()) return false;
            done(i, evaluate_safely(evaluator_, jobs[i].genome));
        }
        return true;
    }
    [[nodiscard]] unsigned workers() const override { return 1; }

private:
    Evaluator& evaluator_;
};

}  // namespace

std::unique_ptr<EvaluatorPool> in_process_pool(Evaluator& evaluator) {
    return std::make_unique<InProcessPool>(evaluator);
}

}  // namespace dyad::codesign
