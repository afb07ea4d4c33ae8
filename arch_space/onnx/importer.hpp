// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "arch_space/network.hpp"
#include "arch_space/onnx/import.hpp"
#include "arch_space/onnx/model.hpp"
#include "arch_space/onnx/patterns.hpp"
#include "arch_space/onnx/value.hpp"
#include "core/error.hpp"

namespace dyad::arch_space::onnx {

/// What the first axis of the inputs is: a batch, of which one sample is imported; or an axis like any other.
enum class FirstAxis { batch, kept };
/// It is no batch: `node` computes across it, or (`fits_one`) fits an axis of size 1 only.
struct Crossed {
    std::string node;
    bool fits_one;
};

/// Walks through the graph and gathers layers.
class Importer {
public:
    /// run() throws Crossed where the first axis is taken for a batch and is none.
    Importer(const Model& model, const OnnxOptions& options, FirstAxis first);
    /// The network file. Throws core::Error.
    [[nodiscard]] std::string run();

    [[nodiscard]] bool has(const Node& node, std::size_t i) const;
    [[nodiscard]] const Value& in(const Node& node, std::size_t i) const;
    [[nodiscard]] const Value* find(const std::string& name) const;
    /// An input that must be an activation without open padding.
    [[nodiscard]] const Value& activation(const Node& node, std::size_t i) const;
    /// The small constant in an input.
    [[nodiscard]] const std::vector<double>& numbers(const Node& node, std::size_t i) const;
    void set(const Node& node, std::size_t i, Value value);
    /// The activation in another shape of as many elements.
    [[nodiscard]] Source view(const Value& value, const Shape& shape);
    [[nodiscard]] Source view(const Source& source, const Shape& shape);
    /// A matrix with its axes swapped: a layer named after the node, unless it has been swapped before or is a swapped
    /// one itself.
    [[nodiscard]] Source flipped(const Node& node, const Source& matrix);
    /// Adds a layer. `weights` is its table, for its precision and to find out who else uses it.
    [[nodiscard]] std::vector<Source> emit(const Node& node, Operator op, const std::vector<Source>& inputs,
                                           const Value* weights = nullptr);
    /// The same, where the node's first output has that shape and is all there is.
    void emit_to(const Node& node, const Shape& shape, Operator op, const std::vector<Source>& inputs,
                 const Value* weights = nullptr);
    [[nodiscard]] const Model& model() const { return model_; }
    /// Nodes that read a value.
    [[nodiscard]] std::vector<const Node*> readers(const std::string& name) const;
    /// Lets the node that makes the value `name` hand on what it reads: a layer before it has done its work.
    void absorb(const std::string& name) { absorbed_.insert(name); }
    /// Size of the batch that the file fixes; 1 otherwise, and in a Probe.
    [[nodiscard]] std::uint64_t batch() const { return probing_ ? 1 : batch_; }
    [[nodiscard]] bool fixed() const { return batch_ > 1; }
    /// Size of the batch in a Probe: the true one, or any where the file leaves it open.
    [[nodiscard]] std::uint64_t samples() const { return fixed() ? batch_ : open_batch; }
    /// Whether all constants that depend on the batch's size are known for that of a Probe.
    [[nodiscard]] bool certain() const { return certain_; }

private:
    /// Stands for the size of an open batch: a prime that sizes of networks are no multiples of.
    static constexpr std::uint64_t open_batch = 61;
    friend class Probe;
    void read_inputs(const OnnxOptions& options);
    void read_input(const ModelInput& input, const OnnxOptions& options);
    void find_batch();
    void process(const Node& node);
    void handle(const Node& node);
    void choose(const Node& node);
    [[nodiscard]] bool left(const Node& node) const;
    void hand_on(const Node& node);
    void mark(const Node& node, const std::optional<Place>& batch);
    void probe(const Node& node);
    [[nodiscard]] std::string unique(const std::string& name);
    [[nodiscard]] Source base(const Source& source) const;
    void drop_unread();
    [[nodiscard]] std::string tie(const std::string& name, const Operator& op, const Shapes& in, const Value* weights);
    void report_unsupported();

    const Model& model_;
    core::Errors errors_;
    Patterns patterns_;
    FirstAxis first_;
    std::map<std::string, Value> values_, probed_;  ///< probed: constants that the batch's size changes
    bool probing_ = false, certain_ = true;
    std::map<std::string, std::vector<const Node*>> readers_;
    std::map<std::string, std::vector<std::string>> unsupported_;  ///< nodes by operator
    std::size_t kept_ = 0;                                         ///< values of computed constants so far
    std::set<std::string> names_, absorbed_;
    std::map<std::string, int> copies_;  ///< how many layers have been given a name that many nodes have
    std::map<std::pair<std::string, Shape>, Source> views_, flips_;
    std::map<std::string, Source> bases_;  ///< what each view is one of
    struct Owner {
        std::string name;
        std::size_t kind;
        std::uint64_t parameters;
    };
    std::map<std::string, Owner> owners_;  ///< first user of each stored table
    std::uint64_t batch_ = 1;
    struct Given {
        std::string name;
        Shape shape;
        core::Precision precision;
    };
    std::vector<Given> inputs_;
    std::vector<Line> lines_;
    friend std::string write(const Importer& importer);
};

/// While it is there, the values of constants are those with a batch of samples().
class Probe {
public:
    explicit Probe(Importer& importer) : importer_(importer), before_(importer.probing_) { importer.probing_ = true; }
    ~Probe() { importer_.probing_ = before_; }
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

private:
    Importer& importer_;
    bool before_;
};

[[nodiscard]] std::string write(const Importer& importer);

/// Values of a node whose inputs are all small constants (or that only asks for a shape); false if it does not fold.
[[nodiscard]] bool fold(Importer& importer, const Node& node);

/// Translates one operator.
using Handler = void (*)(Importer&, const Node&);
struct HandlerEntry {
    const char* op;
    Handler handler;
};
/// The handler of an operator, null when there is none.
[[nodiscard]] Handler find_handler(const std::string& op);
/// All operators that have one.
[[nodiscard]] std::vector<std::string> handled_operators();

}  // namespace dyad::arch_space::onnx
