// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/tensor.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "arch_space/onnx/decode.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::arch_space::onnx {
namespace {

namespace fs = std::filesystem;
using ::onnx::TensorProto;

std::optional<Scalar> scalar_of(std::int32_t type) {
    switch (type) {
        case TensorProto::FLOAT:
            return Scalar::f32;
        case TensorProto::DOUBLE:
            return Scalar::f64;
        case TensorProto::FLOAT16:
            return Scalar::f16;
        case TensorProto::BFLOAT16:
            return Scalar::bf16;
        case TensorProto::INT8:
            return Scalar::i8;
        case TensorProto::UINT8:
        case TensorProto::BOOL:
            return Scalar::u8;
        case TensorProto::INT16:
            return Scalar::i16;
        case TensorProto::UINT16:
            return Scalar::u16;
        case TensorProto::INT32:
            return Scalar::i32;
        case TensorProto::INT64:
            return Scalar::i64;
        default:
            return std::nullopt;
    }
}

Shape shape_of(const TensorProto& tensor) {
    Shape shape;
    for (const auto size : tensor.dims()) {
        if (size < 0 || static_cast<std::uint64_t>(size) > max_elements)
            throw core::Error(fmt::format("tensor '{}' has an axis of size {}", clean(tensor.name()), size));
        shape.push_back(static_cast<std::uint64_t>(size));
    }
    if (shape.size() > 16)
        throw core::Error(fmt::format("tensor '{}' has {} axes", clean(tensor.name()), shape.size()));
    return shape;
}

/// Where a tensor lies in a file beside the model. Throws core::Error when that is not there, or too short.
struct Outside {
    fs::path file;
    std::uint64_t offset;
};
Outside outside(const TensorProto& tensor, const fs::path& folder, std::uint64_t length) {
    fs::path location;
    std::uint64_t offset = 0;
    for (const auto& entry : tensor.external_data()) {
        if (entry.key() == "location") location = entry.value();
        if (entry.key() == "offset") offset = std::strtoull(entry.value().c_str(), nullptr, 10);
    }
    bool inside = !location.empty() && !location.is_absolute();
    for (const auto& part : location) inside = inside && part != "..";
    if (!inside)
        throw core::Error(fmt::format("tensor '{}' lies in '{}', expected a file in the model's folder",
                                      clean(tensor.name()), clean(location.string())));
    std::error_code failure;
    const auto size = fs::file_size(folder / location, failure);
    if (failure)
        throw core::Error(fmt::format("tensor '{}' lies in '{}', which cannot be read", clean(tensor.name()),
                                      clean(location.string())));
    if (offset > size || length > size - offset)
        throw core::Error(fmt::format("tensor '{}' has {} bytes from {} on in '{}', which has {}", clean(tensor.name()),
                                      length, offset, clean(location.string()), size));
    return {folder / location, offset};
}

std::string read_outside(const Outside& place, std::size_t length) {
    std::ifstream file(place.file, std::ios::binary);
    std::string bytes(length, '\0');
    file.seekg(static_cast<std::streamoff>(place.offset));
    if (!file.read(bytes.data(), static_cast<std::streamsize>(length)))
        throw core::Error(fmt::format("'{}' cannot be read", clean(place.file.filename().string())));
    return bytes;
}

template <class Field>
std::optional<std::vector<double>> typed(const Field& field) {
    if (field.empty()) return std::nullopt;
    std::vector<double> values;
    for (const auto value : field) values.push_back(static_cast<double>(value));
    return values;
}

/// Values that stand in a field of their own type. Half precision stands there as bits.
std::optional<std::vector<double>> typed_values(const TensorProto& tensor, Scalar scalar) {
    if (scalar == Scalar::f32) return typed(tensor.float_data());
    if (scalar == Scalar::f64) return typed(tensor.double_data());
    if (scalar == Scalar::i64) return typed(tensor.int64_data());
    auto values = typed(tensor.int32_data());
    if (values && (scalar == Scalar::f16 || scalar == Scalar::bf16))
        for (auto& value : *values) value = decode_half(static_cast<std::uint16_t>(value), scalar);
    return values;
}

std::optional<std::vector<double>> values_of(const TensorProto& tensor, std::uint64_t count, const fs::path& folder) {
    const auto scalar = scalar_of(tensor.data_type());
    const auto length = count * (scalar ? bytes_of(*scalar) : 0);
    const bool is_outside = tensor.data_location() == TensorProto::EXTERNAL;
    const auto place = is_outside ? std::optional(outside(tensor, folder, length)) : std::nullopt;
    if (count > most_values || !scalar) return std::nullopt;
    if (count == 0) return std::vector<double>{};
    const auto bytes = place ? read_outside(*place, length) : tensor.raw_data();
    auto values = bytes.empty() ? typed_values(tensor, *scalar) : std::optional(decode(bytes, *scalar));
    if (values && (values->size() != count || (!bytes.empty() && bytes.size() != length)))
        throw core::Error(
            fmt::format("tensor '{}' has {} values, expected {}", clean(tensor.name()), values->size(), count));
    return values;
}

}  // namespace

std::string clean(const std::string& text) {
    auto result = core::shortened(text, 200);
    for (auto& c : result)
        if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~' || c == '"' || c == '\\')
            c = '_';
    return result;
}

core::Precision precision_of(std::int32_t type) {
    using core::Precision;
    switch (type) {
        case TensorProto::FLOAT16:
            return Precision::fp16;
        case TensorProto::BFLOAT16:
            return Precision::bf16;
        case TensorProto::INT8:
        case TensorProto::UINT8:
            return Precision::int8;
        case TensorProto::INT16:
        case TensorProto::UINT16:
            return Precision::int16;
        case TensorProto::INT32:
        case TensorProto::INT64:
        case TensorProto::UINT32:
        case TensorProto::UINT64:
        case TensorProto::BOOL:
            return Precision::int32;
        default:
            return Precision::fp32;
    }
}

Stored stored(const TensorProto& tensor, const fs::path& folder) try {
    Stored result{shape_of(tensor), precision_of(tensor.data_type()), false, std::nullopt};
    result.whole = core::is_integer(result.precision);
    result.values = values_of(tensor, elements(result.shape), folder);
    return result;
} catch (const BadShape& bad) {
    throw core::Error(fmt::format("tensor '{}': {}", clean(tensor.name()), bad.what()));
}

Bytes::Bytes(const ::onnx::TensorProto& tensor, const fs::path& folder) {
    const auto scalar = scalar_of(tensor.data_type());
    width_ = scalar ? bytes_of(*scalar) : 0;
    const auto length = width_ * elements(shape_of(tensor));
    if (tensor.data_location() == TensorProto::EXTERNAL) {
        const auto place = outside(tensor, folder, length);
        file_.open(place.file, std::ios::binary);
        offset_ = place.offset;
    } else {
        raw_ = &tensor.raw_data();
        if (raw_->size() != length) width_ = 0;
    }
}

std::string Bytes::of(std::uint64_t element) {
    if (raw_ != nullptr) return raw_->substr(element * width_, width_);
    std::string bytes(width_, '\0');
    file_.seekg(static_cast<std::streamoff>(offset_ + element * width_));
    file_.read(bytes.data(), static_cast<std::streamsize>(width_));
    return bytes;
}

}  // namespace dyad::arch_space::onnx
