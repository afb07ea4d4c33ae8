// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/ridge.hpp"

#include <Eigen/Dense>

namespace dyad::arch_space {
namespace {

using Matrix = Eigen::Matrix<double, Ridge::columns, Ridge::columns>;
using Vector = Eigen::Matrix<double, Ridge::columns, 1>;

Vector to_vector(const Ridge::Row& row) { return Vector::Map(row.data()); }
Ridge::Row to_row(const Vector& vector) {
    Ridge::Row row;
    Vector::Map(row.data()) = vector;
    return row;
}

}  // namespace

Ridge::Ridge(const std::vector<Row>& x, const std::vector<double>& y, const std::vector<double>& weights,
             const Row& scale, double ridge)
    : scale_(scale) {
    double total = 0;
    Vector centre = Vector::Zero();
    for (std::size_t i = 0; i < x.size(); ++i) {
        total += weights[i];
        centre += weights[i] * to_vector(x[i]);
        mean_ += weights[i] * y[i];
    }
    mean_ /= total;
    centre_ = to_row(centre / total);

    Matrix gram = Matrix::Identity() * ridge;
    Vector moment = Vector::Zero();
    for (std::size_t i = 0; i < x.size(); ++i) {
        const Vector z = to_vector(scaled(x[i]));
        gram += weights[i] * z * z.transpose();
        moment += weights[i] * (y[i] - mean_) * z;
    }
    const Eigen::LDLT<Matrix> solver(gram);
    coefficients_ = to_row(solver.solve(moment));
    const Matrix inverse = solver.solve(Matrix::Identity());
    for (std::size_t i = 0; i < columns; ++i) inverse_[i] = to_row(inverse.col(static_cast<Eigen::Index>(i)));
}

Ridge::Row Ridge::scaled(const Row& x) const {
    Row z;
    for (std::size_t i = 0; i < columns; ++i) z[i] = (x[i] - centre_[i]) / scale_[i];
    return z;
}

double Ridge::predict(const Row& x) const { return mean_ + to_vector(scaled(x)).dot(to_vector(coefficients_)); }

double Ridge::leverage(const Row& x) const {
    const Row z = scaled(x);
    double sum = 0;
    for (std::size_t i = 0; i < columns; ++i) sum += z[i] * to_vector(inverse_[i]).dot(to_vector(z));
    return sum;
}

Ridge::Row Ridge::slopes() const {
    Row slopes;
    for (std::size_t i = 0; i < columns; ++i) slopes[i] = coefficients_[i] / scale_[i];
    return slopes;
}

}  // namespace dyad::arch_space
