// SPDX-License-Identifier: Apache-2.0
#include "arch_space/parse/substitute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace dyad::arch_space {
namespace {

using core::Node;
using Arguments = std::map<std::string, Node>;

struct BadText : std::runtime_error {
    using std::runtime_error::runtime_error;
};

bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

const Node& argument(const Arguments& arguments, const std::string& name) {
    const auto found = arguments.find(name);
    if (found != arguments.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [key, value] : arguments) known.push_back(key);
    throw BadText(fmt::format("unknown parameter '${}'{}", name, core::did_you_mean(name, known)));
}

/// sum = product {(+|-) product}; product = factor {(*|/) factor}; factor = number | $name | ( sum )
class Arithmetic {
public:
    Arithmetic(std::string_view text, const Arguments& arguments) : text_(text), arguments_(arguments) {}

    double value() {
        const auto result = sum(0);
        skip();
        if (at_ != text_.size() || !std::isfinite(result)) reject();
        return result;
    }

private:
    static constexpr int max_depth = 50;

    double sum(int depth) {
        auto result = product(depth);
        for (char op = next("+-"); op != 0; op = next("+-"))
            result = op == '+' ? result + product(depth) : result - product(depth);
        return result;
    }
    double product(int depth) {
        auto result = factor(depth);
        for (char op = next("*/"); op != 0; op = next("*/"))
            result = op == '*' ? result * factor(depth) : result / factor(depth);
        return result;
    }
    double factor(int depth) {
        if (depth > max_depth) reject();
        if (next("(") != 0) {
            const auto result = sum(depth + 1);
            if (next(")") == 0) reject();
            return result;
        }
        return next("$") != 0 ? parameter() : number(text_.substr(at_), true);
    }
    double parameter() {
        const auto start = at_;
        while (at_ < text_.size() && in_name(text_[at_])) ++at_;
        const auto& node = argument(arguments_, std::string(text_.substr(start, at_ - start)));
        return number(node.text, false);
    }
    double number(std::string_view text, bool advance) {
        double result = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
        if (error != std::errc{} || (!advance && end != text.data() + text.size())) reject();
        if (advance) at_ += static_cast<std::size_t>(end - text.data());
        return result;
    }
    char next(std::string_view any) {
        skip();
        return at_ < text_.size() && any.find(text_[at_]) != std::string_view::npos ? text_[at_++] : '\0';
    }
    void skip() {
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    }
    [[noreturn]] void reject() const {
        throw BadText(fmt::format("expected arithmetic on numbers, got '{}'", text_.substr(0, 60)));
    }

    std::string_view text_;
    const Arguments& arguments_;
    std::size_t at_ = 0;
};

bool is_name(const std::string& text) {
    return text.size() > 1 && text[0] == '$' && std::all_of(text.begin() + 1, text.end(), in_name);
}

Node scalar(const Node& body, const Arguments& arguments) {
    Node node = body;
    if (body.quoted || body.text.find('$') == std::string::npos) return node;
    if (is_name(body.text)) {
        node = argument(arguments, body.text.substr(1));
        node.line = body.line;
        node.column = body.column;
    } else {
        node.text = fmt::format("{}", Arithmetic(body.text, arguments).value());
    }
    return node;
}

}  // namespace

Node substitute(const Node& body, const Arguments& arguments,
                const std::function<void(const Node&, const std::string&)>& fail) {
    if (body.kind == Node::Kind::scalar) {
        try {
            return scalar(body, arguments);
        } catch (const BadText& bad) {
            fail(body, bad.what());
            return body;
        }
    }
    Node node = body;
    for (auto& item : node.items) item = substitute(item, arguments, fail);
    for (auto& entry : node.entries) entry.value = substitute(entry.value, arguments, fail);
    return node;
}

}  // namespace dyad::arch_space
