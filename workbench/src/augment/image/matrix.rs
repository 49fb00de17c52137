//! Affine maps of the plane.

/// Maps (x, y) to (a x + b y + c, d x + e y + f).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
    pub e: f64,
    pub f: f64,
}

impl Matrix {
    pub const IDENTITY: Matrix = Matrix { a: 1.0, b: 0.0, c: 0.0, d: 0.0, e: 1.0, f: 0.0 };

    pub fn shift(x: f64, y: f64) -> Matrix {
        Matrix { c: x, f: y, ..Matrix::IDENTITY }
    }

    pub fn scale(x: f64, y: f64) -> Matrix {
        Matrix { a: x, e: y, ..Matrix::IDENTITY }
    }

    /// Counter-clockwise as seen, where y grows downwards.
    pub fn rotation(degrees: f64) -> Matrix {
        let (sin, cos) = degrees.to_radians().sin_cos();
        // So that quarter turns hold no trace of pi's rounding.
        let (sin, cos) = ((sin * 1e15).round() / 1e15, (cos * 1e15).round() / 1e15);
        Matrix { a: cos, b: sin, c: 0.0, d: -sin, e: cos, f: 0.0 }
    }

    /// Along x by `x` degrees, then along y by `y` degrees; areas stay.
    pub fn shear(x: f64, y: f64) -> Matrix {
        let along_x = Matrix { b: x.to_radians().tan(), ..Matrix::IDENTITY };
        along_x.then(&Matrix { d: y.to_radians().tan(), ..Matrix::IDENTITY })
    }

    /// This map about the point (x, y).
    pub fn about(&self, x: f64, y: f64) -> Matrix {
        Matrix::shift(-x, -y).then(self).then(&Matrix::shift(x, y))
    }

    /// This map, and after it `next`.
    pub fn then(&self, next: &Matrix) -> Matrix {
        Matrix {
            a: next.a * self.a + next.b * self.d,
            b: next.a * self.b + next.b * self.e,
            c: next.a * self.c + next.b * self.f + next.c,
            d: next.d * self.a + next.e * self.d,
            e: next.d * self.b + next.e * self.e,
            f: next.d * self.c + next.e * self.f + next.f,
        }
    }

    /// The map back. The steps' settings keep the determinant far from 0.
    pub fn inverse(&self) -> Matrix {
        let determinant = self.a * self.e - self.b * self.d;
        let (a, b) = (self.e / determinant, -self.b / determinant);
        let (d, e) = (-self.d / determinant, self.a / determinant);
        Matrix { a, b, c: -(a * self.c + b * self.f), d, e, f: -(d * self.c + e * self.f) }
    }

    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f)
    }
}
