// DIV-5: an agent's weight for the next buyer, smaller the more buyers wait beyond the threshold.
// Rationals are held as integers over fixed scales, so that sums and comparisons are exact and the same everywhere.

/// `e = w / (1 + max(0, pending − busyThreshold))`.
public struct EffectiveWeight: Hashable, Sendable {
    public let weight: Int
    /// `1 + max(0, pending − busyThreshold)`, at least 1.
    public let divisor: Int

    public init(weight: Int, pending: Int, busyThreshold: Int) {
        self.weight = weight
        self.divisor = 1 + max(0, pending - busyThreshold)
    }

    public var fraction: Fraction { Fraction(weight, divisor) }

    /// lcm(1…24): `share` is exact up to a divisor of 24; beyond it is rounded down by less than 2·10⁻¹⁰ of a weight.
    static let shareScale: Int64 = 5_354_228_880
    /// lcm(1…41): `cost` is exact for every weight up to 41 and every weight that divides this number; for others it
    /// is rounded down by less than 10⁻¹⁴ of a pick.
    static let costScale: Int128 = 219_060_189_739_591_200

    /// e, over `shareScale`.
    var share: Int64 { Int64(weight) * Self.shareScale / Int64(divisor) }
    /// 1 / e in virtual time, over `costScale`. The weight must not be 0.
    var cost: Int128 { VirtualTime.part(Self.costScale, divisor, of: weight) }
}
